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
package org.binaryops.kan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.GradientCollector;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("gpu")
class KanLinearGpuTest {

    private static SequentialBlock network(Extrapolation extrapolation) {
        return new SequentialBlock()
                .add(KanLinear.builder().setUnits(5).optExtrapolation(extrapolation).build())
                .add(
                        KanLinear.builder()
                                .setUnits(3)
                                .optRange(-.3, .3)
                                .optExtrapolation(extrapolation)
                                .build());
    }

    /** The output and the gradients of the input and of all parameters. */
    private static List<double[]> run(Device device, byte[] weights, double[] at, Extrapolation e)
            throws Exception {
        try (NDManager manager = NDManager.newBaseManager(device)) {
            SequentialBlock block = network(e);
            block.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(weights)));
            for (Parameter p : block.getParameters().values()) {
                p.getArray().setRequiresGradient(p.requiresGradient());
            }
            NDArray x = manager.create(at, new Shape(at.length / 4, 4));
            x.setRequiresGradient(true);
            List<double[]> results = new ArrayList<>();
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(manager, block, x).singletonOrThrow();
                assertEquals(device.isGpu(), y.getDevice().isGpu());
                results.add(y.toDoubleArray());
                collector.backward(y.square().sum());
            }
            results.add(x.getGradient().toDoubleArray());
            for (Parameter p : block.getParameters().values()) {
                if (p.requiresGradient()) {
                    results.add(p.getArray().getGradient().toDoubleArray());
                }
            }
            return results;
        }
    }

    @ParameterizedTest
    @EnumSource(Extrapolation.class)
    void agreesWithTheCpu(Extrapolation extrapolation) throws Exception {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no CUDA device");
        compare(Device.gpu(), extrapolation);
    }

    /** The comparison itself, where there is no second device. */
    @ParameterizedTest
    @EnumSource(Extrapolation.class)
    void agreesWithItself(Extrapolation extrapolation) throws Exception {
        compare(Device.cpu(), extrapolation);
    }

    private static void compare(Device device, Extrapolation extrapolation) throws Exception {
        byte[] weights;
        double[] at = new Random(6).doubles(40 * 4, -1.3, 1.3).toArray();
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            SequentialBlock block = network(extrapolation);
            block.initialize(manager, DataType.FLOAT64, new Shape(1, 4));
            weights = Blocks.save(block);
        }
        List<double[]> expected = run(Device.cpu(), weights, at, extrapolation);
        List<double[]> actual = run(device, weights, at, extrapolation);
        assertEquals(8, expected.size());
        for (int i = 0; i < expected.size(); ++i) {
            assertArrayEquals(expected.get(i), actual.get(i), 1e-9);
        }
    }
}
