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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;
import org.binaryops.nn.QuantLinear;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.binaryops.training.MeanSquaredError;

/** Checks of quantizers against formulas that a test writes out in plain Java. */
final class Formulas {

    private static final double[] EDGES = {
        -3,
        -1.5,
        -1,
        -0.75,
        -0.25,
        -0.1,
        -0.0,
        0.0,
        1e-9,
        1e-7,
        1e-4,
        0.1,
        0.25,
        0.5,
        0.75,
        1,
        1.5,
        2,
        3,
        40,
        Math.nextUp(1.0),
        Math.nextDown(1.0),
        Double.MIN_VALUE,
        -Double.MIN_VALUE,
        1e300,
        -1e300
    };

    private Formulas() {}

    static double sign(double x) {
        return x >= 0 ? 1 : -1;
    }

    /** Checks forward and backward of an elementwise quantizer, with random upstream gradients. */
    static void assertFollows(
            Quantizer quantizer, DoubleUnaryOperator value, DoubleUnaryOperator derivative) {
        Random random = new Random(7);
        double[] x =
                DoubleStream.concat(Arrays.stream(EDGES), random.doubles(1000, -2, 2)).toArray();
        double[] upstream = random.doubles(x.length, -2, 2).toArray();
        double[] expected = new double[x.length];
        for (int i = 0; i < x.length; ++i) {
            expected[i] = upstream[i] * derivative.applyAsDouble(x[i]);
        }
        double[] values = Arrays.stream(x).map(value).toArray();
        assertArrayEquals(
                values, Gradients.values(x, a -> quantizer.quantize(null, a, true)), 1e-12);
        assertArrayEquals(values, Gradients.values(x, a -> quantizer.quantizeFrozen(null, a)), 0);
        assertArrayEquals(
                expected, Gradients.at(x, upstream, a -> quantizer.quantize(null, a, true)), 1e-10);
    }

    /** The derivative at points, for an upstream gradient of ones. */
    static double[] derivative(Quantizer quantizer, double... x) {
        double[] ones = new double[x.length];
        Arrays.fill(ones, 1);
        return Gradients.at(x, ones, a -> quantizer.quantize(null, a, true));
    }

    /** The values of a quantizer of weights, which needs no parameters, in float64. */
    static double[] values(Quantizer quantizer, double[] w, Shape shape) {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray array = manager.create(w, shape);
            NDArray y = quantizer.quantize(null, array, false);
            assertEquals(shape, y.getShape());
            double[] values = y.toDoubleArray();
            assertArrayEquals(
                    values,
                    quantizer.quantizeFrozen(null, array).toDoubleArray(),
                    0,
                    "a frozen weight has the values of a trained one");
            return values;
        }
    }

    /** The gradient at w of the sum of Q(w) ⊙ upstream, in float64. */
    static double[] gradient(Quantizer quantizer, double[] w, Shape shape, double[] upstream) {
        return Gradients.at(
                w,
                upstream,
                a -> quantizer.quantize(null, a.reshape(shape), true).reshape(w.length));
    }

    /** A trainer moves the weights of a quantized layer, and its steps leave nothing behind. */
    static void assertTrainsInLinear(Quantizer input, Quantizer weight) {
        Engine.getInstance().setRandomSeed(3);
        try (Model model = Model.newInstance("layer")) {
            QuantLinear layer =
                    QuantLinear.builder()
                            .setUnits(5)
                            .optInputQuantizer(input)
                            .optWeightQuantizer(weight)
                            .build();
            model.setBlock(layer);
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new MeanSquaredError())
                            .optOptimizer(
                                    Optimizer.sgd()
                                            .setLearningRateTracker(Tracker.fixed(0.1f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(4, 6));
                NDArray w = layer.getParameters().get("weight").getArray();
                float[] before = w.toFloatArray();
                Leaks.assertNothingLeft(model.getNDManager(), 20, step -> step(trainer, step));
                float[] after = w.toFloatArray();
                for (float v : after) {
                    assertTrue(Float.isFinite(v), "finite weights");
                }
                assertFalse(Arrays.equals(before, after), "the weights move");
            }
        }
    }

    private static void step(Trainer trainer, NDManager manager) {
        NDArray x = manager.randomUniform(-1, 1, new Shape(4, 6));
        NDArray target = manager.randomUniform(-1, 1, new Shape(4, 5));
        x.setRequiresGradient(true);
        try (GradientCollector collector = trainer.newGradientCollector()) {
            NDArray y = trainer.forward(new NDList(x)).singletonOrThrow();
            Gradients.backward(collector, y.sub(target).square().mean());
        }
        try (NDArray gradient = x.getGradient()) {
            float[] values = gradient.toFloatArray();
            for (float v : values) {
                assertTrue(Float.isFinite(v), "finite gradients of the input");
            }
            assertFalse(Arrays.equals(values, new float[values.length]), "some gradient");
        }
        trainer.step();
    }

    /** A garbage collection between forward and backward changes no gradient. */
    static void assertKeepsItsGradient(Supplier<? extends Quantizer> quantizer) {
        assertArrayEquals(
                gradientAcross(quantizer.get(), false), gradientAcross(quantizer.get(), true));
    }

    private static float[] gradientAcross(Quantizer quantizer, boolean collect) {
        Engine.getInstance().setRandomSeed(9);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.randomUniform(-2, 2, new Shape(6, 5));
            w.setRequiresGradient(true);
            quantizer.initialize(manager, DataType.FLOAT32, w.getShape());
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y =
                        quantizer.quantize(new ParameterStore(manager, false), w, true).square();
                Gradients.backward(collector, y.sum(), collect);
            }
            return w.getGradient().toFloatArray();
        }
    }

    static void assertMessage(String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
