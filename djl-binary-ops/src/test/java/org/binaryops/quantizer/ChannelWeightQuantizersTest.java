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

import static org.binaryops.quantizer.Formulas.assertMessage;
import static org.binaryops.quantizer.Formulas.gradient;
import static org.binaryops.quantizer.Formulas.sign;
import static org.binaryops.quantizer.Formulas.values;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** IrNetWeight, ReCuWeight and XnorWeight against their formulas, channel by channel. */
class ChannelWeightQuantizersTest {

    private static final double[] GOLDEN = {.5, -.2, .1, .9, -.3, .3, -.05, .02};
    private static final Shape GOLDEN_SHAPE = new Shape(2, 4);
    private static final Shape[] SHAPES = {
        new Shape(5, 7), new Shape(3, 4, 2), new Shape(4, 2, 3, 3), new Shape(1, 200)
    };
    private static final double[] PROGRESS = {0, 0.3, 0.5, 1};

    /** Values and gradients of a row, written by the formula of a method. */
    private interface RowFormula {
        void apply(double[] w, double[] upstream, double[] value, double[] gradient);
    }

    private static double[] weights(Random random, Shape shape) {
        double[] w = random.doubles(shape.size(), -1.5, 1.5).toArray();
        // Edges of the windows among them, and channels of another spread.
        w[0] = 1;
        w[1] = -1;
        w[2] = 0;
        w[3] = Math.nextUp(1.0);
        int columns = (int) (shape.size() / shape.get(0));
        for (int i = columns; i < w.length; ++i) {
            w[i] *= 1 + i / columns;
        }
        return w;
    }

    private static void assertFollowsRows(Quantizer quantizer, RowFormula formula) {
        Random random = new Random(11);
        for (Shape shape : SHAPES) {
            double[] w = weights(random, shape);
            double[] upstream = random.doubles(w.length, -2, 2).toArray();
            int rows = (int) shape.get(0);
            int columns = w.length / rows;
            double[] value = new double[w.length];
            double[] gradient = new double[w.length];
            for (int r = 0; r < rows; ++r) {
                int from = r * columns;
                double[] rowValue = new double[columns];
                double[] rowGradient = new double[columns];
                formula.apply(
                        Arrays.copyOfRange(w, from, from + columns),
                        Arrays.copyOfRange(upstream, from, from + columns),
                        rowValue,
                        rowGradient);
                System.arraycopy(rowValue, 0, value, from, columns);
                System.arraycopy(rowGradient, 0, gradient, from, columns);
            }
            assertArrayEquals(value, values(quantizer, w, shape), 1e-12);
            assertArrayEquals(gradient, gradient(quantizer, w, shape, upstream), 1e-11);
        }
    }

    private static double mean(double[] v) {
        return Arrays.stream(v).sum() / v.length;
    }

    private static double meanAbs(double[] v) {
        return Arrays.stream(v).map(Math::abs).sum() / v.length;
    }

    private static double[] centred(double[] w) {
        double mean = mean(w);
        return Arrays.stream(w).map(v -> v - mean).toArray();
    }

    private static double variance(double[] centred) {
        return Arrays.stream(centred).map(v -> v * v).sum() / (centred.length - 1);
    }

    /**
     * The gradient at w of Σ h ⊙ c·(w − mean)/√(var + ε), from the derivatives of mean and
     * variance: ∂u_i/∂w_j = c/r·(δ_ij − 1/n) − c·w0_i·w0_j/((n − 1)·r³) with w0 = w − mean, r =
     * √(var + ε).
     */
    private static void standardizationGradient(
            double[] w, double[] h, double c, double epsilon, double[] gradient) {
        int n = w.length;
        double[] w0 = centred(w);
        double r = Math.sqrt(variance(w0) + epsilon);
        for (int j = 0; j < n; ++j) {
            gradient[j] = 0;
            for (int i = 0; i < n; ++i) {
                double same = i == j ? 1 : 0;
                gradient[j] +=
                        h[i]
                                * (c / r * (same - 1.0 / n)
                                        - c * w0[i] * w0[j] / ((n - 1) * r * r * r));
            }
        }
    }

    @Test
    void irNetFollowsThePaper() {
        for (double progress : PROGRESS) {
            IrNetWeight quantizer = new IrNetWeight();
            quantizer.setProgress(progress);
            double t = Math.pow(10, -3 + 4 * progress);
            double k = Math.max(1 / t, 1);
            assertFollowsRows(
                    quantizer,
                    (w, upstream, value, gradient) -> {
                        double[] w0 = centred(w);
                        double deviation = Math.sqrt(variance(w0));
                        double[] standard = Arrays.stream(w0).map(v -> v / deviation).toArray();
                        double s =
                                Math.pow(2, Math.rint(Math.log(meanAbs(standard)) / Math.log(2)));
                        double[] h = new double[w.length];
                        for (int i = 0; i < w.length; ++i) {
                            value[i] = s * sign(standard[i]);
                            double tanh = Math.tanh(t * standard[i]);
                            h[i] = upstream[i] * s * k * t * (1 - tanh * tanh);
                        }
                        standardizationGradient(w, h, 1, 0, gradient);
                    });
        }
    }

    @Test
    void irNetMatchesThePublishedNumbers() {
        assertArrayEquals(
                new double[] {1, -1, -1, 1, -.5, .5, -.5, .5},
                values(new IrNetWeight(), GOLDEN, GOLDEN_SHAPE),
                0);
        // With k·t = 1 at the start, the gradient is that of s · ŵ: a row's ŵ is orthogonal to it.
        double[] standard = {
            .365563, -1.096689, -.47001, 1.201136, -1.185351, 1.246138, -.17223, .111443
        };
        double[] gradient = gradient(new IrNetWeight(), GOLDEN, GOLDEN_SHAPE, standard);
        assertArrayEquals(new double[8], gradient, 1e-4);
    }

    @Test
    void irNetScaleIsAPowerOfTwoExactlyInFloat32() {
        Random random = new Random(5);
        try (NDManager manager = NDManager.newBaseManager()) {
            for (int columns : new int[] {3, 10, 1000, 100_000}) {
                float[] w = new float[columns];
                // One weight far out: the mean of |ŵ| is 2 (n − 1) / n^1.5.
                w[0] = 1;
                w[1] = random.nextFloat() * 1e-6f;
                double mean = 2 * (columns - 1) / Math.pow(columns, 1.5);
                float power = (float) Math.pow(2, Math.rint(Math.log(mean) / Math.log(2)));
                float[] values =
                        new IrNetWeight()
                                .quantize(null, manager.create(w, new Shape(1, columns)), false)
                                .toFloatArray();
                assertEquals(power, values[0]);
                assertEquals(-power, values[columns - 1]);
            }
        }
    }

    @Test
    void irNetKeepsAChannelOfEqualWeightsFinite() {
        double[] w = {.25, .25, .25, .25, 0, 0, 0, 0};
        assertArrayEquals(new double[8], values(new IrNetWeight(), w, GOLDEN_SHAPE), 0);
        assertArrayEquals(
                new double[8], gradient(new IrNetWeight(), w, GOLDEN_SHAPE, GOLDEN), 1e-12);
    }

    @Test
    void reCuFollowsThePaper() {
        for (double progress : PROGRESS) {
            ReCuWeight quantizer = new ReCuWeight();
            quantizer.setProgress(progress);
            double a = (.99 - .85) / (Math.E - 1);
            double tau = a * Math.exp(progress) + .85 - a;
            Random random = new Random(13);
            for (Shape shape : SHAPES) {
                double[] w = weights(random, shape);
                // Far enough out to be clamped at every τ.
                w[4] = 9;
                double[] upstream = random.doubles(w.length, -2, 2).toArray();
                assertReCu(quantizer, tau, w, shape, upstream);
            }
        }
    }

    private static void assertReCu(
            ReCuWeight quantizer, double tau, double[] w, Shape shape, double[] upstream) {
        int rows = (int) shape.get(0);
        int columns = w.length / rows;
        double c = 2 * Math.sqrt(2);
        double[] standard = new double[w.length];
        for (int r = 0; r < rows; ++r) {
            double[] w0 = centred(Arrays.copyOfRange(w, r * columns, (r + 1) * columns));
            double deviation = Math.sqrt(variance(w0) + 1e-5);
            for (int i = 0; i < columns; ++i) {
                standard[r * columns + i] = w0[i] / (deviation / c);
            }
        }
        double q = -meanAbs(standard) * Math.log(2 - 2 * tau);
        double[] value = new double[w.length];
        double[] h = new double[w.length];
        for (int i = 0; i < w.length; ++i) {
            value[i] = sign(Math.max(-q, Math.min(q, standard[i])));
            h[i] = Math.abs(standard[i]) <= q ? upstream[i] : 0;
        }
        if (tau < .86) {
            assertFalse(Arrays.equals(upstream, h), "some weights are clamped");
        }
        double[] gradient = new double[w.length];
        for (int r = 0; r < rows; ++r) {
            double[] row = new double[columns];
            standardizationGradient(
                    Arrays.copyOfRange(w, r * columns, (r + 1) * columns),
                    Arrays.copyOfRange(h, r * columns, (r + 1) * columns),
                    c,
                    1e-5,
                    row);
            System.arraycopy(row, 0, gradient, r * columns, columns);
        }
        assertArrayEquals(value, values(quantizer, w, shape), 0);
        assertArrayEquals(gradient, gradient(quantizer, w, shape, upstream), 1e-11);
    }

    @Test
    void reCuScheduleMatchesThePublishedNumbers() {
        double[] published = {
            .85, .858569, .868039, .878505, .890072, .902856, .916984, .932597, .949853, .968924,
            .99
        };
        ReCuWeight quantizer = new ReCuWeight();
        for (int epoch = 0; epoch <= 10; ++epoch) {
            quantizer.setProgress(epoch / 10.0);
            assertEquals(published[epoch], quantizer.quantile(), 6e-7);
        }
    }

    @Test
    void reCuClampsAtThePublishedQuantile() {
        // Q / mean|w₁| is 1.203973 at τ = .85 and 3.912023 at τ = .99: weights on both sides of it.
        int n = 400;
        double[] w = new double[n];
        Arrays.setAll(w, i -> i % 2 == 0 ? .5 : -.5);
        for (double[] published : new double[][] {{0, 1.203973}, {1, 3.912023}}) {
            ReCuWeight quantizer = new ReCuWeight();
            quantizer.setProgress(published[0]);
            for (double side : new double[] {-1e-3, 1e-3}) {
                // Two weights of the magnitude m, with m = ratio · mean: solved for the mean.
                double ratio = published[1] + side;
                double m = ratio * (n - 2) * .5 / (n - 2 * ratio);
                w[0] = m;
                w[1] = -m;
                double[] upstream = new double[n];
                upstream[0] = 1;
                double[] gradient = gradient(quantizer, w, new Shape(1, n), upstream);
                if (side < 0) {
                    assertTrue(gradient[0] > 0.1, "inside the clamp");
                } else {
                    assertEquals(0, gradient[0], "outside the clamp");
                }
            }
        }
    }

    @Test
    void reCuIsBinaryForEqualWeightsToo() {
        double[] w = {.25, .25, .25, .25, 0, 0, 0, 0};
        double[] ones = new double[8];
        Arrays.fill(ones, 1);
        assertArrayEquals(ones, values(new ReCuWeight(), w, GOLDEN_SHAPE), 0);
        for (double g : gradient(new ReCuWeight(), w, GOLDEN_SHAPE, GOLDEN)) {
            assertTrue(Double.isFinite(g));
        }
        assertTrue(new ReCuWeight().isBinary());
        assertFalse(new IrNetWeight().isBinary());
        assertFalse(new XnorWeight(XnorWeight.Derivative.PAPER).isBinary());
    }

    @Test
    void xnorFollowsThePaperAndTheCode() {
        for (XnorWeight.Derivative derivative : XnorWeight.Derivative.values()) {
            assertFollowsRows(
                    new XnorWeight(derivative),
                    (w, upstream, value, gradient) -> {
                        double alpha = meanAbs(w);
                        for (int i = 0; i < w.length; ++i) {
                            double window = Math.abs(w[i]) <= 1 ? 1 : 0;
                            value[i] = alpha * sign(w[i]);
                            double[] factors = {
                                1.0 / w.length + alpha * window, window, alpha * window
                            };
                            gradient[i] = upstream[i] * factors[derivative.ordinal()];
                        }
                    });
        }
        assertArrayEquals(
                new double[] {.425, -.425, .425, .425, -.1675, .1675, -.1675, .1675},
                values(new XnorWeight(XnorWeight.Derivative.PAPER), GOLDEN, GOLDEN_SHAPE),
                1e-12);
    }

    @Test
    void stateIsSavedWithTheBlock() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.randomNormal(new Shape(4, 6));
            IrNetWeight irNet = new IrNetWeight();
            irNet.initialize(manager, w.getDataType(), w.getShape());
            irNet.setProgress(0.7);
            IrNetWeight freshIrNet = new IrNetWeight();
            Blocks.assertRoundTrip(manager, irNet, freshIrNet, w);
            assertEquals(
                    irNet.getEstimator().steepness(), freshIrNet.getEstimator().steepness(), 0);

            ReCuWeight reCu = new ReCuWeight();
            reCu.initialize(manager, w.getDataType(), w.getShape());
            reCu.setProgress(0.7);
            ReCuWeight freshReCu = new ReCuWeight();
            Blocks.assertRoundTrip(manager, reCu, freshReCu, w);
            assertEquals(reCu.quantile(), freshReCu.quantile(), 0);

            XnorWeight xnor = new XnorWeight(XnorWeight.Derivative.UNSCALED);
            xnor.initialize(manager, w.getDataType(), w.getShape());
            Blocks.assertRoundTrip(
                    manager, xnor, new XnorWeight(XnorWeight.Derivative.UNSCALED), w);
        }
    }

    @Test
    void theyTrainALayer() {
        Formulas.assertTrainsInLinear(new ErrorDecayEstimator(), new IrNetWeight());
        Formulas.assertTrainsInLinear(new ApproxSign(), new ReCuWeight());
        for (XnorWeight.Derivative derivative : XnorWeight.Derivative.values()) {
            Formulas.assertTrainsInLinear(new StraightThroughSign(), new XnorWeight(derivative));
        }
    }

    @Test
    void nothingIsLeftOnTheManagerOfTheWeight() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            NDArray w = lasting.randomNormal(new Shape(4, 6));
            w.setRequiresGradient(true);
            Quantizer[] quantizers = {
                new IrNetWeight(),
                new ReCuWeight(),
                new XnorWeight(XnorWeight.Derivative.PAPER),
                new XnorWeight(XnorWeight.Derivative.UNSCALED)
            };
            Leaks.assertNothingLeft(
                    lasting,
                    100,
                    manager -> {
                        for (Quantizer quantizer : quantizers) {
                            quantizer.quantize(null, w, true).close();
                            quantizer.quantizeFrozen(null, w).close();
                        }
                    });
        }
    }

    @Test
    void badArgumentsAreNamed() {
        assertMessage("start must be in (0.5, 1), but was 0.5.", () -> new ReCuWeight(.5, .99));
        assertMessage("end must be in (0.5, 1), but was 1.0.", () -> new ReCuWeight(.85, 1));
        for (Quantizer quantizer :
                new Quantizer[] {
                    new IrNetWeight(), new ReCuWeight(), new XnorWeight(XnorWeight.Derivative.PAPER)
                }) {
            assertMessage(
                    quantizer.getClass().getSimpleName()
                            + " takes weights of two axes or more, the first the output channel,"
                            + " but got shape (3).",
                    () -> values(quantizer, new double[3], new Shape(3)));
        }
    }

    @Test
    void aGarbageCollectionChangesNoGradient() {
        Formulas.assertKeepsItsGradient(IrNetWeight::new);
        Formulas.assertKeepsItsGradient(ReCuWeight::new);
        Formulas.assertKeepsItsGradient(() -> new XnorWeight(XnorWeight.Derivative.PAPER));
        Formulas.assertKeepsItsGradient(() -> new XnorWeight(XnorWeight.Derivative.UNSCALED));
    }
}
