/*
 * Copyright 2026 the djl-binary-ops authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.binaryops.bench;

import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.Mlp;
import org.binaryops.network.ResNet;
import org.binaryops.network.SmallConvNet;
import org.binaryops.network.VggSmall;

/** The networks of the bench by name. */
final class Networks {

    static final String SMALL_CONV = "small-conv";

    private static final Map<String, BiFunction<BinaryMethod, Integer, Block>> ALL =
            new LinkedHashMap<>();

    static {
        ALL.put(SMALL_CONV, SmallConvNet::build);
        ALL.put(
                "mlp",
                (method, classes) ->
                        new SequentialBlock()
                                .add(Blocks.batchFlattenBlock())
                                .add(Mlp.build(method, classes, 256, 256)));
        ALL.put("resnet-20", ResNet::cifar20);
        ALL.put("resnet-18", ResNet::resnet18);
        ALL.put("vgg-small", VggSmall::build);
    }

    private Networks() {}

    /** Throws an {@link IllegalArgumentException} that lists the names if this is none of them. */
    static void check(String network) {
        if (!ALL.containsKey(network)) {
            throw new IllegalArgumentException(
                    "--networks: expected some of "
                            + String.join(", ", ALL.keySet())
                            + ", but got '"
                            + network
                            + "'.");
        }
    }

    /** Builds a new network for images [batch, channels, side, side]. */
    static Block create(String network, String method, int classes) {
        check(network);
        return ALL.get(network).apply(BinaryMethod.named(method), classes);
    }
}
