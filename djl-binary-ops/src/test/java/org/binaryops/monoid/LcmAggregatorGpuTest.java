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
package org.binaryops.monoid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("gpu")
class LcmAggregatorGpuTest {

    /** Output, associativity loss and gradients, on one device. */
    private static NDArray[] results(byte[] saved, Device device, NDManager host, NDArray clean)
            throws Exception {
        try (NDManager manager = NDManager.newBaseManager(device)) {
            LcmAggregator block = LcmAggregator.builder().optLearnedIdentity(true).build();
            block.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(saved)));
            block.freezeParameters(false);
            NDArray elements = manager.create(clean.toDoubleArray(), clean.getShape());
            elements.setRequiresGradient(true);
            NDArray mask =
                    manager.create(
                            new boolean[] {
                                true, false, true, true, true,
                                false, false, false, false, false,
                                false, true, false, false, true
                            },
                            new Shape(3, 5));
            ParameterStore store = new ParameterStore(manager, false);
            NDList inputs = new NDList(elements, mask);
            NDArray result;
            NDArray law;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                result = block.forward(store, inputs, true).get(0);
                law = block.associativityLoss(store, inputs, true);
                collector.backward(result.square().sum().add(law));
            }
            assertEquals(device, result.getDevice());
            NDArray byLengths = block.aggregate(store, elements, new int[] {5, 0, 1}, false);
            assertEquals(device, byLengths.getDevice());
            return new NDArray[] {
                host.create(result.toDoubleArray()),
                host.create(law.toDoubleArray()),
                host.create(elements.getGradient().toDoubleArray()),
                host.create(
                        PlainMonoid.parameter(block, "weight_hh").getGradient().toDoubleArray()),
                host.create(byLengths.toDoubleArray())
            };
        }
    }

    @Test
    void theGpuGivesWhatTheCpuGives() throws Exception {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no CUDA device");
        compare(Device.gpu());
    }

    /** Runs the same code on the CPU twice, so that it is known to work where no GPU is. */
    @Test
    void theComparisonItselfRuns() throws Exception {
        compare(Device.cpu());
    }

    private static void compare(Device device) throws Exception {
        try (NDManager host = NDManager.newBaseManager(Device.cpu())) {
            LcmAggregator block = LcmAggregator.builder().optLearnedIdentity(true).build();
            block.initialize(host, DataType.FLOAT64, new Shape(3, 5, 8));
            byte[] saved = Blocks.save(block);
            NDArray clean = host.randomNormal(0, 1, new Shape(3, 5, 8), DataType.FLOAT64);
            NDArray[] expected = results(saved, Device.cpu(), host, clean);
            NDArray[] actual = results(saved, device, host, clean);
            for (int i = 0; i < expected.length; ++i) {
                assertArrayEquals(expected[i].toDoubleArray(), actual[i].toDoubleArray(), 1e-10);
            }
        }
    }
}
