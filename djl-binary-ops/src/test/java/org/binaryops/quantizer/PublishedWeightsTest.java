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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Supplier;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** CentredWeight (BiViT, BiBench's linear XNOR-Net), BwnWeight (BiT) and the scaled XnorWeight. */
class PublishedWeightsTest {

    private static final double[] GOLDEN = {.5, -.2, .1, .9, -.3, .3, -.05, .02};
    private static final Shape GOLDEN_SHAPE = new Shape(2, 4);

    private static double mean(double[] v, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; ++i) {
            sum += v[i];
        }
        return sum / (to - from);
    }

    private static double[] abs(double[] v) {
        return Arrays.stream(v).map(Math::abs).toArray();
    }

    /** A method that takes the mean of each channel first and gives it its derivative back. */
    private abstract static class CentredRule implements LayerFormulas.Rule {
        abstract double scale(double[] centred);

        abstract double factor(double centred, double[] row);

        private double[] centredRow(double[] w, int from, int n) {
            double mean = mean(w, from, from + n);
            return Arrays.stream(w, from, from + n).map(v -> v - mean).toArray();
        }

        @Override
        public double[] value(double[] w, Shape shape) {
            int n = w.length / (int) shape.get(0);
            double[] y = new double[w.length];
            for (int from = 0; from < w.length; from += n) {
                double[] c = centredRow(w, from, n);
                for (int i = 0; i < n; ++i) {
                    y[from + i] = scale(c) * sign(c[i]);
                }
            }
            return y;
        }

        @Override
        public double[] pullback(double[] w, Shape shape, double[] upstream) {
            int n = w.length / (int) shape.get(0);
            double[] gradient = new double[w.length];
            for (int from = 0; from < w.length; from += n) {
                double[] c = centredRow(w, from, n);
                double[] h = new double[n];
                for (int i = 0; i < n; ++i) {
                    h[i] = upstream[from + i] * factor(c[i], c);
                }
                for (int i = 0; i < n; ++i) {
                    gradient[from + i] = h[i] - mean(h, 0, n);
                }
            }
            return gradient;
        }
    }

    private static final LayerFormulas.Rule BIVIT =
            new CentredRule() {
                @Override
                double scale(double[] centred) {
                    return 1;
                }

                @Override
                double factor(double centred, double[] row) {
                    return Math.abs(centred) < 1 ? 1 : 0;
                }
            };

    private static CentredWeight biVit() {
        return new CentredWeight(StraightThroughSign.open());
    }

    private static CentredWeight xnor(XnorWeight.Derivative derivative) {
        return new CentredWeight(new XnorWeight(derivative));
    }

    private static LayerFormulas.Rule centredXnor(XnorWeight.Derivative derivative) {
        return new CentredRule() {
            @Override
            double scale(double[] centred) {
                return mean(abs(centred), 0, centred.length);
            }

            @Override
            double factor(double centred, double[] row) {
                double window = Math.abs(centred) <= 1 ? 1 : 0;
                switch (derivative) {
                    case PAPER:
                        return 1.0 / row.length + scale(row) * window;
                    case SCALED:
                        return scale(row) * window;
                    default:
                        return window;
                }
            }
        };
    }

    private static LayerFormulas.Rule bwn(boolean perChannel) {
        return new LayerFormulas.Rule() {
            @Override
            public double[] value(double[] w, Shape shape) {
                int n = w.length / (int) shape.get(0);
                double mean = mean(w, 0, w.length);
                double[] y = new double[w.length];
                for (int i = 0; i < w.length; ++i) {
                    int row = i / n * n;
                    double scale =
                            perChannel ? mean(abs(w), row, row + n) : mean(abs(w), 0, w.length);
                    y[i] = scale * sign(w[i] - mean);
                }
                return y;
            }

            @Override
            public double[] pullback(double[] w, Shape shape, double[] upstream) {
                return upstream;
            }
        };
    }

    private static final LayerFormulas.Rule SCALED =
            new LayerFormulas.Rule() {
                private double scale(double[] w, Shape shape, int i) {
                    int n = w.length / (int) shape.get(0);
                    return mean(abs(w), i / n * n, i / n * n + n);
                }

                @Override
                public double[] value(double[] w, Shape shape) {
                    double[] y = new double[w.length];
                    Arrays.setAll(y, i -> scale(w, shape, i) * sign(w[i]));
                    return y;
                }

                @Override
                public double[] pullback(double[] w, Shape shape, double[] upstream) {
                    double[] g = new double[w.length];
                    Arrays.setAll(
                            g, i -> Math.abs(w[i]) <= 1 ? upstream[i] * scale(w, shape, i) : 0);
                    return g;
                }
            };

    private static void assertFollows(Supplier<Quantizer> quantizer, LayerFormulas.Rule rule) {
        Random random = new Random(29);
        for (Shape shape :
                new Shape[] {
                    new Shape(5, 7), new Shape(3, 4, 2), new Shape(4, 2, 3, 3), new Shape(6, 1)
                }) {
            double[] w = random.doubles(shape.size(), -2, 2.5).toArray();
            check(quantizer.get(), rule, w, shape, random);
        }
        // Edges, with sums that are exact: a mean of 0 or .25 and weights at it, at ±1 from it and
        // next to that; equal weights; zeros.
        check(
                quantizer.get(),
                rule,
                new double[] {1, -1, 0, 0, 1.25, -.75, .25, .25},
                GOLDEN_SHAPE,
                random);
        double above = Math.nextUp(1.0);
        double below = Math.nextDown(1.0);
        check(
                quantizer.get(),
                rule,
                new double[] {above, -above, -0.0, 0, below, -below, 3, -3},
                GOLDEN_SHAPE,
                random);
        check(
                quantizer.get(),
                rule,
                new double[] {.5, .5, .5, .5, 0, 0, 0, 0},
                GOLDEN_SHAPE,
                random);
        LayerFormulas.assertThroughLinear(
                new ApproxSign(),
                quantizer.get(),
                l -> {},
                l -> LayerFormulas.APPROX_SIGN,
                l -> rule);
        LayerFormulas.assertThroughConvolution(
                new ApproxSign(),
                quantizer.get(),
                l -> {},
                l -> LayerFormulas.APPROX_SIGN,
                l -> rule);
    }

    private static void check(
            Quantizer quantizer, LayerFormulas.Rule rule, double[] w, Shape shape, Random random) {
        double[] upstream = random.doubles(w.length, -2, 2).toArray();
        assertArrayEquals(rule.value(w, shape), values(quantizer, w, shape), 1e-12);
        assertArrayEquals(
                rule.pullback(w, shape, upstream), gradient(quantizer, w, shape, upstream), 1e-12);
    }

    @Test
    void biVitFollowsThePaper() {
        assertFollows(PublishedWeightsTest::biVit, BIVIT);
        // The row means are .325 and -.0075.
        assertArrayEquals(
                new double[] {1, -1, -1, 1, -1, 1, -1, 1},
                values(biVit(), GOLDEN, GOLDEN_SHAPE),
                0);
        assertTrue(biVit().isBinary());
    }

    @Test
    void bitFollowsThePaper() {
        assertFollows(BwnWeight::perLayer, bwn(false));
        assertFollows(BwnWeight::perChannel, bwn(true));
        // mean W = .15875, mean|W| = .29625; by rows .425 and .1675.
        double m = .29625;
        assertArrayEquals(
                new double[] {m, -m, -m, m, -m, m, -m, -m},
                values(BwnWeight.perLayer(), GOLDEN, GOLDEN_SHAPE),
                1e-15);
        assertArrayEquals(
                new double[] {.425, -.425, -.425, .425, -.1675, .1675, -.1675, -.1675},
                values(BwnWeight.perChannel(), GOLDEN, GOLDEN_SHAPE),
                1e-15);
        assertFalse(BwnWeight.perLayer().isBinary());
        assertTrue(BwnWeight.perChannel().isPerChannel());
    }

    @Test
    void xnorOfBiBenchsLinearLayersCentresAndScalesItsGradient() {
        for (XnorWeight.Derivative derivative : XnorWeight.Derivative.values()) {
            assertFollows(() -> xnor(derivative), centredXnor(derivative));
        }
        // By hand: c = .175, -.525, -.225, .575, so α = .375; and α = .1675 for the second row.
        double[] expected = {.375, -.375, -.375, .375, -.1675, .1675, -.1675, .1675};
        assertArrayEquals(
                expected, values(xnor(XnorWeight.Derivative.SCALED), GOLDEN, GOLDEN_SHAPE), 1e-12);
    }

    @Test
    void theScaledDerivativeIsThatOfAProduct() {
        assertFollows(() -> new XnorWeight(XnorWeight.Derivative.SCALED), SCALED);
    }

    @Test
    void settingsAreSavedAndChecked() throws IOException, MalformedModelException {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray w = manager.randomNormal(new Shape(4, 6));
            CentredWeight biVit = biVit();
            biVit.initialize(manager, DataType.FLOAT32, w.getShape());
            Blocks.assertRoundTrip(manager, biVit, biVit(), w);
            BwnWeight bwn = BwnWeight.perLayer();
            bwn.initialize(manager, DataType.FLOAT32, w.getShape());
            Blocks.assertRoundTrip(manager, bwn, BwnWeight.perLayer(), w);
            assertMalformed(
                    "BwnWeight: this quantizer has a scale per channel, but the file has one per"
                            + " layer",
                    manager,
                    bwn,
                    BwnWeight.perChannel());
            CentredWeight xnor = xnor(XnorWeight.Derivative.SCALED);
            xnor.initialize(manager, DataType.FLOAT32, w.getShape());
            Blocks.assertRoundTrip(manager, xnor, xnor(XnorWeight.Derivative.SCALED), w);
            assertMalformed(
                    "XnorWeight: this quantizer has the derivative 1 (UNSCALED), but the file has"
                            + " 2",
                    manager,
                    xnor,
                    xnor(XnorWeight.Derivative.UNSCALED));

            // A file of version 1 has the shapes only.
            XnorWeight plain = new XnorWeight(XnorWeight.Derivative.PAPER);
            plain.initialize(manager, DataType.FLOAT32, w.getShape());
            byte[] bytes = Blocks.save(plain);
            bytes[0] = 1;
            try (DataInputStream in =
                    new DataInputStream(new ByteArrayInputStream(bytes, 0, bytes.length - 1))) {
                XnorWeight old = new XnorWeight(XnorWeight.Derivative.PAPER);
                old.loadParameters(manager, in);
                assertEquals(0, in.available());
                assertTrue(old.isInitialized());
            }
        }
    }

    @Test
    void theOpenWindowPassesNothingAtItsEnds() {
        Formulas.assertFollows(
                StraightThroughSign.open(), Formulas::sign, x -> Math.abs(x) < 1 ? 1 : 0);
        try (NDManager manager = NDManager.newBaseManager()) {
            float below = Math.nextDown(1f);
            NDArray x = manager.create(new float[] {1, -1, below, -below, 0, 3e38f});
            assertArrayEquals(
                    new float[] {0, 0, 1, 1, 1, 0},
                    StraightThroughSign.open().derivative(x).toFloatArray());
        }
    }

    private static void assertMalformed(
            String message, NDManager manager, Quantizer saved, Quantizer into) {
        assertEquals(
                message,
                assertThrows(
                                MalformedModelException.class,
                                () ->
                                        into.loadParameters(
                                                manager,
                                                new DataInputStream(
                                                        new ByteArrayInputStream(
                                                                Blocks.save(saved)))))
                        .getMessage());
    }

    @Test
    void theyTrainALayer() {
        Formulas.assertTrainsInLinear(new StraightThroughSign(), biVit());
        Formulas.assertTrainsInLinear(
                LearnedShift.forLinear(ElasticQuantizer.signed(1)), BwnWeight.perLayer());
        Formulas.assertTrainsInLinear(
                new StraightThroughSign(), xnor(XnorWeight.Derivative.SCALED));
        Formulas.assertKeepsItsGradient(PublishedWeightsTest::biVit);
        Formulas.assertKeepsItsGradient(BwnWeight::perLayer);
        Formulas.assertKeepsItsGradient(BwnWeight::perChannel);
        Formulas.assertKeepsItsGradient(() -> xnor(XnorWeight.Derivative.SCALED));
    }

    @Test
    void nothingIsLeftOnTheManagerOfTheWeight() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            NDArray w = lasting.randomNormal(new Shape(4, 6));
            w.setRequiresGradient(true);
            Quantizer[] quantizers = {
                biVit(),
                BwnWeight.perLayer(),
                BwnWeight.perChannel(),
                xnor(XnorWeight.Derivative.SCALED)
            };
            Leaks.assertNothingLeft(
                    lasting,
                    50,
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
        assertMessage(
                "BwnWeight takes weights of two axes or more, the first the output channel, but got"
                        + " shape (3).",
                () -> values(BwnWeight.perChannel(), new double[3], new Shape(3)));
        assertMessage("derivative must be given, but was null.", () -> new XnorWeight(null));
    }
}
