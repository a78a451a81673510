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
package org.binaryops.packed;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.Random;
import org.binaryops.testing.Blocks;

/** Blocks as training leaves them, without the training: random weights and statistics. */
public final class TrainedNets {

    private TrainedNets() {}

    /** Initializes a block and gives every parameter but fixed thresholds a random value. */
    public static <B extends Block> B trained(
            NDManager manager, Random random, B block, Shape input) {
        block.initialize(manager, DataType.FLOAT32, input);
        for (Pair<String, Parameter> pair : block.getParameters()) {
            String name = pair.getValue().getName();
            if (name.equals("thresholds")) {
                continue;
            }
            NDArray array = pair.getValue().getArray();
            float[] values = new float[Math.toIntExact(array.size())];
            for (int i = 0; i < values.length; ++i) {
                values[i] = value(random, name);
            }
            array.set(values);
        }
        return block;
    }

    private static float value(Random random, String name) {
        float normal = (float) random.nextGaussian();
        float magnitude = (float) Math.exp(3 * random.nextGaussian());
        int special = random.nextInt(20);
        return switch (name) {
            case "runningVar" -> special == 0 ? 0 : special == 1 ? 1e12f : magnitude;
            case "runningMean" -> special == 0 ? 1e6f : special < 4 ? 0 : 10 * normal;
            case "gamma" -> special < 2 ? 0 : special == 2 ? -0f : normal;
            case "beta" -> special == 0 ? 1e8f : special < 4 ? 0 : normal;
            case "scale" -> special == 0 ? 0 : normal;
            // exact zeros occur in weights: their sign is +1
            default -> special == 0 ? 0 : normal / 4;
        };
    }

    /** The inference output of a block on a batch. */
    public static float[] run(NDManager manager, Block block, float[] rows, Shape shape) {
        try (NDManager scope = manager.newSubManager()) {
            return Blocks.infer(scope, block, scope.create(rows, shape))
                    .singletonOrThrow()
                    .toFloatArray();
        }
    }
}
