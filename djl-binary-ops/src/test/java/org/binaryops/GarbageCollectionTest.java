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
package org.binaryops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.binaryops.kan.AfKanBasis;
import org.binaryops.kan.AfKanLinear;
import org.binaryops.kan.AfNormalization;
import org.binaryops.kan.AfReduction;
import org.binaryops.kan.Extrapolation;
import org.binaryops.kan.KanLinear;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.PowerQuantizer;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.codebook.Snap;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A garbage collection between forward and backward changes no gradient of any family. */
class GarbageCollectionTest {

    @ParameterizedTest
    @EnumSource(WeightScale.class)
    void binaryNetworks(WeightScale scale) {
        for (Supplier<? extends org.binaryops.quantizer.Quantizer> weight :
                List.<Supplier<? extends org.binaryops.quantizer.Quantizer>>of(
                        ReSte::new, BiPer::new, ApproxSign::new)) {
            assertUnmoved(
                    () ->
                            BinaryMlp.builder()
                                    .setOutputs(3)
                                    .addHidden(8)
                                    .optNormalizedInput(2)
                                    .optActivation(ReSte::new)
                                    .optWeight(weight)
                                    .optScale(scale)
                                    .build(),
                    new Shape(6, 5));
        }
    }

    @ParameterizedTest
    @EnumSource(Extrapolation.class)
    void kanLayers(Extrapolation extrapolation) {
        assertUnmoved(
                () -> KanLinear.builder().setUnits(4).optExtrapolation(extrapolation).build(),
                new Shape(6, 5));
    }

    @ParameterizedTest
    @EnumSource(AfNormalization.class)
    void afKanLayers(AfNormalization normalization) {
        for (AfReduction reduction : AfReduction.values()) {
            assertUnmoved(
                    () ->
                            AfKanLinear.builder()
                                    .setUnits(4)
                                    .optBasis(AfKanBasis.builder().optNormalization(normalization))
                                    .optReductions(reduction)
                                    .build(),
                    new Shape(6, 5));
        }
    }

    @ParameterizedTest
    @EnumSource(PowerQuantizer.ExponentGradient.class)
    void powerQuantizer(PowerQuantizer.ExponentGradient gradient) {
        assertUnmoved(
                () ->
                        QuantLinear.builder()
                                .setUnits(4)
                                .optWeightQuantizer(PowerQuantizer.perTensor(4, gradient))
                                .build(),
                new Shape(6, 5));
    }

    @ParameterizedTest
    @EnumSource(Snap.class)
    void codeSimilarities(Snap snap) {
        assertArrayEquals(gradient(snap, false), gradient(snap, true));
    }

    private static float[] gradient(Snap snap, boolean collect) {
        Engine.getInstance().setRandomSeed(11);
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray x = manager.randomNormal(new Shape(6, 5));
            NDArray codes = manager.randomNormal(new Shape(4, 5));
            x.setRequiresGradient(true);
            Gradients.backward(collector, snap.similarities(x, codes).square().sum(), collect);
            return x.getGradient().toFloatArray();
        }
    }

    @Test
    void monoids() {
        assertUnmoved(() -> LcmAggregator.builder().build(), new Shape(3, 5, 8));
    }

    private static void assertUnmoved(Supplier<Block> block, Shape input) {
        // In float64 a number of the wanted type must not be left in the JVM's buffer either.
        for (DataType type : List.of(DataType.FLOAT32, DataType.FLOAT64)) {
            List<double[]> undisturbed = gradients(block.get(), type, input, false);
            List<double[]> disturbed = gradients(block.get(), type, input, true);
            for (int i = 0; i < undisturbed.size(); ++i) {
                assertArrayEquals(undisturbed.get(i), disturbed.get(i), type + ", parameter " + i);
            }
        }
    }

    private static List<double[]> gradients(
            Block block, DataType type, Shape input, boolean collect) {
        Engine.getInstance().setRandomSeed(11);
        try (NDManager manager = NDManager.newBaseManager()) {
            block.initialize(manager, type, input);
            NDArray x = manager.randomNormal(0, 1.5f, input, type);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(manager, block, x).singletonOrThrow();
                Gradients.backward(collector, y.square().sum(), collect);
            }
            List<double[]> gradients = new ArrayList<>();
            for (Parameter parameter : block.getParameters().values()) {
                if (parameter.requiresGradient()) {
                    NDArray gradient = parameter.getArray().getGradient();
                    gradients.add(gradient.toType(DataType.FLOAT64, true).toDoubleArray());
                }
            }
            return gradients;
        }
    }
}
