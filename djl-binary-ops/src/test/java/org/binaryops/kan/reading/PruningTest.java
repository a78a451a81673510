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
package org.binaryops.kan.reading;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.binaryops.kan.Affine;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanWidth;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Attribution and pruning on networks of linear edges, whose deviations are known. */
class PruningTest {

    private static final int SAMPLES = 50;

    private NDManager manager;
    private NDArray x;
    private double[] deviation;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        Random random = new Random(2);
        double[] in = new double[3 * SAMPLES];
        for (int i = 0; i < in.length; ++i) {
            in[i] = 2 * random.nextDouble() - 1;
        }
        x = manager.create(in, new Shape(SAMPLES, 3));
        deviation = new double[3];
        for (int i = 0; i < 3; ++i) {
            double mean = 0;
            for (int s = 0; s < SAMPLES; ++s) {
                mean += in[3 * s + i] / SAMPLES;
            }
            for (int s = 0; s < SAMPLES; ++s) {
                deviation[i] += Math.pow(in[3 * s + i] - mean, 2) / (SAMPLES - 1);
            }
            deviation[i] = Math.sqrt(deviation[i]);
        }
    }

    @AfterEach
    void close() {
        manager.close();
    }

    /** Edges that multiply by a number; 0 removes. */
    private Kan linear(double[][]... layers) {
        KanWidth[] widths = new KanWidth[layers.length + 1];
        widths[0] = KanWidth.of(layers[0][0].length);
        for (int l = 0; l < layers.length; ++l) {
            widths[l + 1] = KanWidth.of(layers[l].length);
        }
        Kan kan = Kan.builder().setWidths(widths).optSeed(0).build();
        kan.initialize(manager, DataType.FLOAT64, new Shape(1, widths[0].nodes()));
        for (int l = 0; l < layers.length; ++l) {
            for (int j = 0; j < layers[l].length; ++j) {
                for (int i = 0; i < layers[l][j].length; ++i) {
                    Affine affine = new Affine(1, 0, layers[l][j][i], 0);
                    kan.fix(new Edge(l, i, j), SymbolicLibrary.standard().get("x"), affine);
                }
            }
        }
        return kan;
    }

    @Test
    void scoresFollowTheRecursion() {
        // Node 0 is 2 x1, node 1 is 0.5 x2 alone; both go on with the weights 1 and 3.
        Kan kan = linear(new double[][] {{2, 0, 0}, {0, .5, 0}}, new double[][] {{1, 3}});
        Attribution scores = Attribution.of(kan, x);
        double first = 2 * deviation[0];
        double second = .5 * deviation[1];
        NDArray y = Blocks.infer(manager, kan, x).head();
        double[] values = y.toDoubleArray();
        double mean = y.mean().toDoubleArray()[0];
        double sum = 0;
        for (double v : values) {
            sum += (v - mean) * (v - mean);
        }
        double whole = Math.sqrt(sum / (SAMPLES - 1)) + 1e-4;
        assertEquals(1, scores.node(2, 0), 1e-14);
        assertEquals(first / whole, scores.edge(new Edge(1, 0, 0)), 1e-12);
        assertEquals(3 * second / whole, scores.edge(new Edge(1, 1, 0)), 1e-12);
        assertEquals(3 * second / whole, scores.node(1, 1), 1e-12);
        double back = first / whole * first / (first + 1e-4);
        assertEquals(back, scores.edge(new Edge(0, 0, 0)), 1e-12);
        assertEquals(back, scores.node(0, 0), 1e-12);
        assertEquals(0, scores.node(0, 2));
        Map<String, Double> features = scores.features(List.of("a", "b", "c"));
        assertEquals(1, features.values().stream().mapToDouble(v -> v).sum(), 1e-12);
        assertEquals("c", List.copyOf(features.keySet()).get(2));
    }

    @Test
    void whatDoesLittleGoes() {
        double[][] hidden = {{1, 0, 0}, {.001, .001, 0}, {.002, 1, .001}};
        Kan kan = linear(hidden, new double[][] {{1, .5, 1}});
        Kan pruned = Pruning.prune(kan, manager, x);
        assertEquals(List.of(KanWidth.of(3), KanWidth.of(2), KanWidth.of(1)), pruned.getWidths());
        assertEquals(
                List.of(new Edge(0, 0, 0), new Edge(0, 1, 1), new Edge(1, 0, 0), new Edge(1, 1, 0)),
                pruned.getEdges());
        Kan read = Pruning.pruneInputs(pruned, manager, x, 1e-2);
        assertArrayEquals(new int[] {0, 1}, read.getInputs());
        double[] expected = Blocks.infer(manager, pruned, x).head().toDoubleArray();
        assertArrayEquals(expected, Blocks.infer(manager, read, x).head().toDoubleArray(), 1e-14);
        // The old network is untouched.
        assertEquals(3, kan.getWidths().get(1).nodes());
    }

    @Test
    void aLevelIsNeverEmptied() {
        Kan kan = linear(new double[][] {{1, 1, 1}}, new double[][] {{1}});
        Exception e =
                assertThrows(
                        IllegalStateException.class, () -> Pruning.pruneNodes(kan, manager, x, 2));
        assertTrue(e.getMessage().startsWith("Nothing of level 1 would be left"));
        assertThrows(
                IllegalArgumentException.class,
                () -> Attribution.of(kan, manager.zeros(new Shape(1, 3), DataType.FLOAT64)));
    }
}
