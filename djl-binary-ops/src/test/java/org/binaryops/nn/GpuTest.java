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
package org.binaryops.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.ReSte;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same network on the CPU and on a CUDA device; skipped where there is none. */
@Tag("gpu")
class GpuTest {

    private static SequentialBlock network() {
        return BinaryMlp.builder()
                .setOutputs(10)
                .addHidden(64)
                .optNormalizedInput(3)
                .optActivation(ApproxSign::new)
                .optWeight(ReSte::new)
                .optScale(WeightScale.LAYER_MEAN)
                .build();
    }

    @Test
    void aCudaDeviceGivesTheResultsOfTheCpu() throws Exception {
        Assumptions.assumeTrue(Engine.getInstance().getGpuCount() > 0, "no CUDA device");
        try (NDManager cpu = NDManager.newBaseManager(Device.cpu());
                NDManager gpu = NDManager.newBaseManager(Device.gpu())) {
            SequentialBlock onCpu = network();
            onCpu.initialize(cpu, DataType.FLOAT32, new Shape(32, 20));
            SequentialBlock onGpu = network();
            onGpu.loadParameters(
                    gpu, new DataInputStream(new ByteArrayInputStream(Blocks.save(onCpu))));
            onGpu.getParameters()
                    .forEach(
                            pair ->
                                    pair.getValue()
                                            .getArray()
                                            .setRequiresGradient(
                                                    pair.getValue().requiresGradient()));
            NDArray x = cpu.randomNormal(new Shape(32, 20));
            NDArray there = x.toDevice(Device.gpu(), true);
            NDArray y = step(cpu, onCpu, x);
            NDArray z = step(gpu, onGpu, there);
            assertEquals(Device.gpu(), z.getDevice());
            assertArrayEquals(y.toFloatArray(), z.toFloatArray(), 1e-4f);
            onCpu.getParameters()
                    .forEach(
                            pair -> {
                                if (pair.getValue().requiresGradient()) {
                                    assertArrayEquals(
                                            gradient(onCpu, pair.getKey()),
                                            gradient(onGpu, pair.getKey()),
                                            1e-3f,
                                            pair.getKey());
                                }
                            });
        }
    }

    private static float[] gradient(Block block, String parameter) {
        return block.getParameters().get(parameter).getArray().getGradient().toFloatArray();
    }

    private static NDArray step(NDManager manager, Block block, NDArray x) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y =
                    block.forward(new ParameterStore(manager, false), new NDList(x), true)
                            .singletonOrThrow();
            collector.backward(y.square().sum());
            return y;
        }
    }
}
