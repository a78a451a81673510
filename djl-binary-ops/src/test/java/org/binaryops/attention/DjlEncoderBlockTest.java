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
package org.binaryops.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import java.util.List;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The encoder layer in the place of DJL's {@code TransformerEncoderBlock}, which takes the same
 * inputs, but normalizes over the batch.
 */
class DjlEncoderBlockTest {

    private static final Shape SHAPE = new Shape(2, 5, 12);

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(7);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static TransformerEncoderBlock djl() {
        return new TransformerEncoderBlock(12, 3, 24, 0, list -> Activation.gelu(list));
    }

    private static QuantEncoderLayer ours(String method) {
        return QuantEncoderLayer.builder()
                .setUnits(12)
                .setHeads(3)
                .setHidden(24)
                .optMethod(AttentionMethod.named(method))
                .build();
    }

    static List<String> all() {
        return AttentionMethod.names();
    }

    @ParameterizedTest
    @MethodSource("all")
    void takesTheInputsOfDjlsEncoderBlock(String method) {
        NDArray x = manager.randomNormal(SHAPE);
        NDArray offset = manager.zeros(new Shape(2, 1, 1, 5));
        for (NDArray[] inputs : new NDArray[][] {{x}, {x, offset}}) {
            for (Block block : new Block[] {djl(), ours(method)}) {
                // DJL's cannot be initialized with the mask that it takes.
                block.initialize(manager, DataType.FLOAT32, SHAPE);
                NDArray y = Blocks.infer(manager, block, inputs).head();
                assertEquals(SHAPE, y.getShape());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("org.binaryops.attention.AttentionMembersTest#rowwise")
    void itsMaskHidesPositions(String method) {
        NDArray x = manager.randomNormal(SHAPE);
        NDArray other = x.duplicate();
        other.set(new NDIndex(":, 3:"), manager.randomNormal(new Shape(2, 2, 12)));
        NDArray offset = manager.zeros(new Shape(2, 1, 1, 5));
        offset.set(new NDIndex(":, :, :, 3:"), -100000);
        NDIndex visible = new NDIndex(":, :3");
        QuantEncoderLayer layer = ours(method);
        layer.initialize(manager, DataType.FLOAT32, SHAPE);
        Blocks.train(manager, layer, x, offset); // sets the steps
        NDArray y = Blocks.infer(manager, layer, x, offset).head();
        NDArray changed = Blocks.infer(manager, layer, other, offset).head();
        assertArrayEquals(
                y.get(visible).toFloatArray(), changed.get(visible).toFloatArray(), 2e-6f);
    }
}
