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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KanConvTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Engine.getInstance().setRandomSeed(5);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** The function of one edge, with the mask and a silu branch. */
    private static double edge(Map<String, double[]> p, int edge, double x) {
        double[] t = CoxDeBoor.uniform(5, 3, -1, 1);
        double sum = 0;
        for (int m = 0; m < 8; ++m) {
            sum +=
                    p.get("coefficients")[edge * 8 + m]
                            * CoxDeBoor.extended(t, 3, m, x, Extrapolation.LINEAR)[0];
        }
        double silu = x / (1 + Math.exp(-x));
        return p.get("mask")[edge] * (p.get("base")[edge] * silu + p.get("scale")[edge] * sum);
    }

    @Test
    void twoDimensionsFollowTheFormula() {
        int channels = 2;
        int filters = 3;
        int h = 5;
        int w = 4;
        int kh = 3;
        int kw = 2;
        KanConv2d layer =
                KanConv2d.builder()
                        .setFilters(filters)
                        .setKernelShape(new Shape(kh, kw))
                        .optStride(new Shape(2, 1))
                        .optPadding(new Shape(1, 0))
                        .optDilation(new Shape(1, 2))
                        .optBias(true)
                        .build();
        Shape shape = new Shape(2, channels, h, w);
        Blocks.initialize64(manager, layer, shape);
        Random random = new Random(1);
        Formulas.perturb(layer, random, 1);
        double[][] mask = layer.getMask();
        mask[1][3] = 0;
        mask[2][0] = .5;
        layer.setMask(mask);
        int oh = (h + 2 - kh) / 2 + 1;
        int ow = w - 2 * (kw - 1);
        assertEquals(new Shape(2, filters, oh, ow), layer.getOutputShapes(new Shape[] {shape})[0]);
        Formulas.check(
                manager,
                layer,
                random.doubles(shape.size(), -1.4, 1.4).toArray(),
                shape,
                (x, p) -> {
                    double[] y = new double[2 * filters * oh * ow];
                    for (int o = 0; o < y.length; ++o) {
                        int column = o % ow;
                        int row = o / ow % oh;
                        int j = o / ow / oh % filters;
                        int b = o / ow / oh / filters;
                        y[o] = p.get("bias")[j];
                        for (int q = 0; q < channels * kh * kw; ++q) {
                            int c = q / (kh * kw);
                            int r = 2 * row + q / kw % kh - 1;
                            int s = column + 2 * (q % kw);
                            if (r >= 0 && r < h) {
                                double at = x[((b * channels + c) * h + r) * w + s];
                                y[o] += edge(p, j * channels * kh * kw + q, at);
                            }
                        }
                    }
                    return y;
                });
    }

    @Test
    void oneDimensionFollowsTheFormula() {
        int channels = 2;
        int w = 6;
        KanConv1d layer =
                KanConv1d.builder()
                        .setFilters(2)
                        .setKernelShape(new Shape(3))
                        .optPadding(new Shape(1))
                        .build();
        Shape shape = new Shape(2, channels, w);
        Blocks.initialize64(manager, layer, shape);
        Random random = new Random(2);
        Formulas.perturb(layer, random, 1);
        Formulas.check(
                manager,
                layer,
                random.doubles(shape.size(), -1.4, 1.4).toArray(),
                shape,
                (x, p) -> {
                    double[] y = new double[2 * 2 * w];
                    for (int o = 0; o < y.length; ++o) {
                        int j = o / w % 2;
                        for (int q = 0; q < channels * 3; ++q) {
                            int s = o % w + q % 3 - 1;
                            if (s >= 0 && s < w) {
                                double at = x[(o / w / 2 * channels + q / 3) * w + s];
                                y[o] += edge(p, j * channels * 3 + q, at);
                            }
                        }
                    }
                    return y;
                });
    }

    @Test
    void savesLoadsAndLeaksNothing() {
        KanConv2d.Builder builder =
                KanConv2d.builder().setFilters(3).setKernelShape(new Shape(2, 2));
        for (int round = 0; round < 2; ++round) {
            KanConv2d trained = builder.build();
            trained.initialize(manager, DataType.FLOAT32, new Shape(1, 2, 4, 4));
            NDArray x = manager.randomUniform(-1, 1, new Shape(3, 2, 4, 4));
            KanConv2d fresh = builder.build();
            Blocks.assertRoundTrip(manager, trained, fresh, x);
            Leaks.assertNothingLeft(
                    manager,
                    20,
                    scratch -> {
                        NDArray input = scratch.randomUniform(-1, 1, new Shape(1, 2, 4, 4));
                        Blocks.train(scratch, trained, input);
                    });
        }
    }

    /** A convolution over another basis, and over a pool: S-ConvKAN. */
    @Test
    void selectsItsKernelElements() {
        KanConv2d layer =
                KanConv2d.builder()
                        .setFilters(2)
                        .setKernelShape(new Shape(2, 2))
                        .optPool(new FourierBasis(2), new ChebyshevBasis(2))
                        .build();
        Shape shape = new Shape(2, 3, 4, 4);
        Blocks.initialize64(manager, layer, shape);
        Formulas.perturb(layer, new Random(4), 1);
        SpaceSelection selection = layer.getSelection().orElseThrow();
        assertEquals(12, selection.choices()[0].length);
        NDArray x = manager.create(new Random(5).doubles(96, -1, 1).toArray(), shape);
        selection.setTemperature(1e-3);
        double[] sharp = Blocks.infer(manager, layer, x).singletonOrThrow().toDoubleArray();
        selection.prune();
        double[] pruned = Blocks.infer(manager, layer, x).singletonOrThrow().toDoubleArray();
        Formulas.close("a cold softmax is the choice", sharp, pruned, 1e-6);
    }

    @Test
    void badArgumentsGetOneSentence() {
        BasesTest.refused("kernelShape", () -> KanConv2d.builder().setFilters(1).build());
        BasesTest.refused(
                "kernelShape",
                () -> KanConv2d.builder().setFilters(1).setKernelShape(new Shape(2)).build());
        BasesTest.refused(
                "filters", () -> KanConv1d.builder().setKernelShape(new Shape(2)).build());
        BasesTest.refused(
                "stride",
                () ->
                        KanConv1d.builder()
                                .setFilters(1)
                                .setKernelShape(new Shape(2))
                                .optStride(new Shape(0))
                                .build());
        KanConv1d layer = KanConv1d.builder().setFilters(1).setKernelShape(new Shape(3)).build();
        layer.initialize(manager, DataType.FLOAT32, new Shape(1, 2, 5));
        for (Shape bad : new Shape[] {new Shape(1, 2), new Shape(1, 3, 5), new Shape(1, 2, 2)}) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Blocks.infer(manager, layer, manager.zeros(bad)));
            assertTrue(e.getMessage().startsWith("KanConv1d"), e.getMessage());
        }
    }
}
