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
package org.binaryops.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.GradientCollector;
import ai.djl.training.loss.Loss;
import java.util.function.DoubleUnaryOperator;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Penalties of latent weights in a loss, value and gradient, against their formulas. */
class RegularizedLossTest {

    private static final Shape INPUT = new Shape(2, 3);

    private static Block layer(int units, Quantizer weight) {
        return QuantLinear.builder().setUnits(units).optWeightQuantizer(weight).build();
    }

    private static Block net(boolean binaryStage) {
        BiPer[] biPer = {new BiPer(20, 0.5), new BiPer(3, 0.5)};
        for (BiPer b : biPer) {
            b.setStage(binaryStage ? BiPer.Stage.BINARY : BiPer.Stage.PERIODIC);
        }
        return new SequentialBlock()
                .add(layer(4, biPer[0]))
                .add(layer(5, new StraightThroughSign()))
                .add(layer(2, biPer[1]));
    }

    private static NDArray weight(Block net, int layer) {
        return net.getChildren()
                .get(layer)
                .getValue()
                .getDirectParameters()
                .get("weight")
                .getArray();
    }

    /** Checks the penalty's value and its gradients, with a task whose loss is constant. */
    private static void assertPenalty(
            Block net,
            WeightRegularizer regularizer,
            DoubleUnaryOperator[] values,
            DoubleUnaryOperator[] slopes) {
        try (NDManager manager = NDManager.newBaseManager()) {
            net.initialize(manager, DataType.FLOAT64, INPUT);
            Loss loss = new RegularizedLoss(Loss.l1Loss(), net, regularizer);
            NDList label = new NDList(manager.create(new double[] {1, 2}));
            NDList prediction = new NDList(manager.create(new double[] {0.5, 4}));
            double[][] actual = new double[3][];
            double total;
            try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                NDArray sum = loss.evaluate(label, prediction);
                Gradients.backward(collector, sum);
                total = sum.toDoubleArray()[0];
            }
            double expected = 1.25;
            for (int i = 0; i < 3; ++i) {
                double[] w = weight(net, i).toDoubleArray();
                double[] slope = new double[w.length];
                for (int k = 0; values[i] != null && k < w.length; ++k) {
                    expected += values[i].applyAsDouble(w[k]);
                    slope[k] = slopes[i].applyAsDouble(w[k]);
                }
                actual[i] =
                        weight(net, i)
                                .getGradient()
                                .toType(DataType.FLOAT64, false)
                                .toDoubleArray();
                assertArrayEquals(slope, actual[i], 1e-12, "layer " + i);
            }
            assertEquals(expected, total, 1e-12);
        }
    }

    @Test
    void theSineOfBiPerIsPulledToZeroInBothStages() {
        double tau = 0.7;
        // Means over 12 and 10 weights; the layer with a sign in between has no penalty.
        DoubleUnaryOperator[] values = {
            w -> tau * Math.pow(Math.sin(20 * w), 2) / 12,
            null,
            w -> tau * (0.5 - 0.5 * Math.cos(2 * 3 * w)) / 10
        };
        DoubleUnaryOperator[] slopes = {
            w -> tau * 20 * Math.sin(40 * w) / 12, null, w -> tau * 3 * Math.sin(6 * w) / 10
        };
        for (boolean binaryStage : new boolean[] {false, true}) {
            assertPenalty(net(binaryStage), new PeriodicRegularizer(tau), values, slopes);
        }
    }

    @Test
    void bnnPlusPullsOneBitWeightsToAlpha() {
        double a = 0.4;
        assertPenalty(
                net(true),
                BinaryRegularizer.manhattan(0.1, a),
                new DoubleUnaryOperator[] {null, w -> 0.1 * Math.abs(a - Math.abs(w)), null},
                new DoubleUnaryOperator[] {
                    null, w -> -0.1 * Math.signum(a - Math.abs(w)) * Math.signum(w), null
                });
        assertPenalty(
                net(true),
                BinaryRegularizer.euclidean(0.1, a),
                new DoubleUnaryOperator[] {null, w -> 0.1 * Math.pow(a - Math.abs(w), 2), null},
                new DoubleUnaryOperator[] {
                    null, w -> -0.2 * (a - Math.abs(w)) * Math.signum(w), null
                });
    }

    @Test
    void aGarbageCollectionBeforeTheBackwardPassChangesNothing() {
        for (WeightRegularizer regularizer :
                new WeightRegularizer[] {
                    new PeriodicRegularizer(0.7), BinaryRegularizer.euclidean(0.1, 0.4)
                }) {
            float[][] gradients = new float[2][];
            Block net = net(false);
            try (NDManager manager = NDManager.newBaseManager()) {
                net.initialize(manager, DataType.FLOAT32, INPUT);
                int layer = regularizer instanceof PeriodicRegularizer ? 0 : 1;
                for (int run = 0; run < 2; ++run) {
                    try (GradientCollector collector = manager.getEngine().newGradientCollector()) {
                        NDArray sum =
                                new RegularizedLoss(Loss.l1Loss(), net, regularizer)
                                        .evaluate(
                                                new NDList(manager.ones(new Shape(2))),
                                                new NDList(manager.ones(new Shape(2))));
                        Gradients.backward(collector, sum, run == 1);
                    }
                    NDArray gradient = weight(net, layer).getGradient();
                    gradients[run] = gradient.toFloatArray();
                    gradient.subi(gradient);
                }
            }
            assertArrayEquals(gradients[0], gradients[1], 0);
            assertTrue(gradients[0][0] != 0);
        }
    }

    @Test
    void hundredsOfStepsLeaveNothing() {
        Block net = net(false);
        Runs.train(
                net,
                Runs.config(
                        new RegularizedLoss(
                                new MeanSquaredError(), net, new PeriodicRegularizer(0.1)),
                        0.01),
                DataType.FLOAT32,
                INPUT,
                trainer ->
                        Leaks.assertNothingLeft(
                                trainer.getModel().getNDManager(),
                                300,
                                m ->
                                        Runs.step(
                                                trainer,
                                                m,
                                                m.ones(INPUT),
                                                m.ones(new Shape(2, 2)))));
    }

    @Test
    void wrongSettingsAreNamed() {
        assertEquals(
                "tau must be finite, but was NaN.",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new PeriodicRegularizer(Double.NaN))
                        .getMessage());
        assertEquals(
                "alpha must be positive, but was -1.0.",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> BinaryRegularizer.manhattan(1, -1))
                        .getMessage());
    }
}
