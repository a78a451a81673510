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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.List;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KanTest {

    private static final double[][] X = {
        {-.9, .3, .2}, {.1, -.5, .8}, {.7, .9, -.4}, {0, 1, -1}, {.33, -.2, .5}
    };

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private Kan network(KanBuilder builder) {
        Kan kan = builder.optSeed(3).build();
        kan.initialize(manager, DataType.FLOAT64, new Shape(1, kan.getWidths().get(0).nodes()));
        return kan;
    }

    /** [3, [2, products of 2 and 3], 1], affine maps, one edge fixed, one removed. */
    private Kan everything() {
        Kan kan = network(everythingBuilder());
        NodeAffine nodes = kan.affine(0, false);
        KanLayer.overwrite(
                nodes.getDirectParameters().get("scale").getArray(), new double[] {2, .5, -1, 3});
        KanLayer.overwrite(
                kan.affine(0, true).getDirectParameters().get("bias").getArray(),
                new double[] {.1, .2, .3, .4, .5, .6, .7});
        kan.fix(
                new Edge(0, 1, 4),
                SymbolicLibrary.standard().get("sin"),
                new Affine(1.5, .2, -.7, .1));
        kan.remove(new Edge(1, 0, 0));
        return kan;
    }

    private static KanBuilder everythingBuilder() {
        return Kan.builder()
                .setWidths(
                        KanWidth.of(3),
                        KanWidth.of(2).withProducts(1).withProduct(3),
                        KanWidth.of(1))
                .optAffine(true);
    }

    /** The network by its definition, from the curves of its edges. */
    private static double plain(Kan kan, double[] x) {
        double[] level = x;
        for (int l = 0; l < 2; ++l) {
            KanWidth width = kan.getWidths().get(l + 1);
            double[] sums = new double[width.subnodes()];
            for (int j = 0; j < sums.length; ++j) {
                for (int i = 0; i < level.length; ++i) {
                    sums[j] += edge(kan, new Edge(l, i, j), level[i]);
                }
                double[] affine = kan.getNodeAffine(l, j, true);
                sums[j] = affine[0] * sums[j] + affine[1];
            }
            double[] nodes = new double[width.nodes()];
            int next = 0;
            for (int n = 0; n < nodes.length; ++n) {
                nodes[n] = 1;
                int factors = n < width.sums() ? 1 : width.arities().get(n - width.sums());
                for (int k = 0; k < factors; ++k) {
                    nodes[n] *= sums[next++];
                }
                double[] affine = kan.getNodeAffine(l, n, false);
                nodes[n] = affine[0] * nodes[n] + affine[1];
            }
            level = nodes;
        }
        return level[0];
    }

    private static double edge(Kan kan, Edge edge, double x) {
        if (edge.equals(new Edge(0, 1, 4))) {
            return -.7 * Math.sin(1.5 * x + .2) + .1;
        }
        if (edge.equals(new Edge(1, 0, 0))) {
            return 0;
        }
        return kan.getLayers()
                .get(edge.layer())
                .edge(edge.output(), edge.input(), new double[] {x})[0];
    }

    @Test
    void forwardIsTheDefinition() {
        Kan kan = everything();
        double[] y =
                Blocks.infer(manager, kan, manager.create(flat(X), new Shape(5, 3)))
                        .head()
                        .toDoubleArray();
        for (int s = 0; s < X.length; ++s) {
            assertEquals(plain(kan, X[s]), y[s], 1e-12);
        }
    }

    @Test
    void theTraceEndsInTheSameOutputAndHoldsEachEdge() {
        Kan kan = everything();
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        try (KanTrace trace = kan.trace(new ParameterStore(manager, false), x, false)) {
            double[] y = Blocks.infer(manager, kan, x).head().toDoubleArray();
            assertArrayEquals(y, trace.output().toDoubleArray(), 1e-12);
            NDArray post = trace.layers().get(0).post();
            assertEquals(new Shape(5, 7, 3), post.getShape());
            for (int s = 0; s < 5; ++s) {
                for (int j = 0; j < 7; ++j) {
                    for (int i = 0; i < 3; ++i) {
                        assertEquals(
                                edge(kan, new Edge(0, i, j), X[s][i]),
                                post.getDouble(s, j, i),
                                1e-12);
                    }
                }
            }
        }
    }

    @Test
    void inputsMayHaveMoreAxes() {
        Kan kan = everything();
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        NDArray deep = Blocks.infer(manager, kan, x.reshape(1, 5, 3)).head();
        assertEquals(new Shape(1, 5, 1), deep.getShape());
        assertArrayEquals(
                Blocks.infer(manager, kan, x).head().toDoubleArray(), deep.toDoubleArray(), 1e-14);
    }

    @Test
    void savedAndLoadedItIsTheSame() {
        Kan kan = everything();
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        Blocks.assertRoundTrip(manager, kan, everythingBuilder().build(), x);
    }

    @Test
    void anotherNetworkRefusesTheFile() {
        byte[] bytes = Blocks.save(everything());
        Kan other = Kan.builder().setWidths(3, 4, 1).build();
        Exception e =
                assertThrows(
                        MalformedModelException.class,
                        () ->
                                other.loadParameters(
                                        manager,
                                        new DataInputStream(new ByteArrayInputStream(bytes))));
        assertTrue(e.getMessage().startsWith("Kan: this network has widths [3, 4, 1]"));
    }

    @Test
    void refinedItHasTheSameFunction() {
        Kan kan = everything();
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        Kan fine = kan.refined(manager, 12);
        assertEquals(12, fine.getGrid());
        assertEquals(12, ((BSplineBasis) fine.getLayers().get(1).getBasis()).getGrid());
        assertArrayEquals(
                Blocks.infer(manager, kan, x).head().toDoubleArray(),
                Blocks.infer(manager, fine, x).head().toDoubleArray(),
                1e-9);
        assertEquals(kan.getEdges(), fine.getEdges());
    }

    @Test
    void adaptedGridsKeepTheFunctionAtTheSamples() {
        Kan kan = everything();
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        double[] before = Blocks.infer(manager, kan, x).head().toDoubleArray();
        double[][] knots = ((BSplineBasis) kan.getLayers().get(1).getBasis()).getKnots();
        kan.updateGrids(x);
        assertArrayEquals(before, Blocks.infer(manager, kan, x).head().toDoubleArray(), 1e-8);
        double[][] moved = ((BSplineBasis) kan.getLayers().get(1).getBasis()).getKnots();
        assertTrue(Math.abs(knots[0][3] - moved[0][3]) > 1e-3);
    }

    /** Without a node, the network is as if all edges of the node were 0. */
    @Test
    void fewerNodesAreTheSameAsEdgesRemoved() {
        Kan kan = everything();
        // Node 1 is a sum, node 2 the product of subnodes 2 and 3.
        Kan part = kan.only(manager, List.of(new int[] {0, 1, 2}, new int[] {0, 3}, new int[] {0}));
        assertEquals(
                List.of(KanWidth.of(3), KanWidth.of(1).withProduct(3), KanWidth.of(1)),
                part.getWidths());
        kan.remove(new Edge(1, 1, 0));
        kan.remove(new Edge(1, 2, 0));
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        assertArrayEquals(
                Blocks.infer(manager, kan, x).head().toDoubleArray(),
                Blocks.infer(manager, part, x).head().toDoubleArray(),
                1e-12);
        assertEquals("sin", part.getFunction(new Edge(0, 1, 1)).name());
    }

    @Test
    void fewerInputsReadTheSameTable() {
        Kan kan = everything();
        Kan part =
                kan.only(manager, List.of(new int[] {1, 2}, new int[] {0, 1, 2, 3}, new int[] {0}));
        assertArrayEquals(new int[] {1, 2}, part.getInputs());
        for (int j = 0; j < 7; ++j) {
            kan.remove(new Edge(0, 0, j));
        }
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        double[] expected = Blocks.infer(manager, kan, x).head().toDoubleArray();
        assertArrayEquals(expected, Blocks.infer(manager, part, x).head().toDoubleArray(), 1e-12);
        Kan last =
                part.only(manager, List.of(new int[] {1}, new int[] {0, 1, 2, 3}, new int[] {0}));
        assertArrayEquals(new int[] {2}, last.getInputs());
        assertEquals(new Shape(5, 1), Blocks.infer(manager, last, x).head().getShape());
    }

    @Test
    void edgesAreFixedAndFreedAgain() {
        Kan kan = network(Kan.builder().setWidths(1, 1));
        Edge edge = new Edge(0, 0, 0);
        NDArray x = manager.create(new double[] {.5}, new Shape(1, 1));
        double before = Blocks.infer(manager, kan, x).head().toDoubleArray()[0];
        kan.fix(edge, SymbolicLibrary.standard().get("x^2"), new Affine(2, 1, 3, -1));
        assertEquals(3 * 4 - 1, Blocks.infer(manager, kan, x).head().toDoubleArray()[0], 1e-14);
        assertEquals(new Affine(2, 1, 3, -1), kan.getAffine(edge));
        kan.unfix(edge);
        assertEquals(before, Blocks.infer(manager, kan, x).head().toDoubleArray()[0]);
        assertNull(kan.getFunction(edge));
        kan.remove(edge);
        assertEquals(0, Blocks.infer(manager, kan, x).head().toDoubleArray()[0]);
        assertEquals(List.of(), kan.getEdges());
    }

    @Test
    void oneSeedGivesOneNetwork() {
        NDArray x = manager.create(flat(X), new Shape(5, 3));
        double[] one = Blocks.infer(manager, everything(), x).head().toDoubleArray();
        assertArrayEquals(one, Blocks.infer(manager, everything(), x).head().toDoubleArray());
    }

    @Test
    void passesLeaveNothingBehind() {
        Kan kan = everything();
        Leaks.assertNothingLeft(
                manager,
                5,
                scratch -> {
                    NDArray x = scratch.create(flat(X), new Shape(5, 3));
                    Blocks.train(scratch, kan, x);
                    kan.trace(new ParameterStore(scratch, false), x, true);
                    kan.updateGrids(x);
                });
    }

    @Test
    void badInputGetsOneSentence() {
        assertEquals(
                "A network needs the widths of at least an input and an output, but got [3].",
                message(() -> Kan.builder().setWidths(3).build()));
        assertEquals(
                "A width needs at least one node and no negative numbers, but has 0 sums and 0"
                        + " products.",
                message(() -> Kan.builder().setWidths(2, 0, 1)));
        assertEquals(
                "A product needs at least 2 factors, but got 1.",
                message(() -> KanWidth.of(1).withProduct(1)));
        assertEquals(
                "The inputs of a network cannot be products, but the first width was [1, [2]].",
                message(
                        () ->
                                Kan.builder()
                                        .setWidths(KanWidth.of(1).withProducts(1), KanWidth.of(1))
                                        .build()));
        assertEquals(
                "grid must be from 1 to 1048576, but was 0.",
                message(() -> Kan.builder().setWidths(2, 1).optGrid(0).build()));
        Kan kan = network(Kan.builder().setWidths(2, 3, 1));
        assertEquals(
                "A network of widths [2, 3, 1] takes an input of shape [.., 2], but got (4, 3).",
                message(() -> Blocks.infer(manager, kan, manager.zeros(new Shape(4, 3)))));
        assertEquals(
                "There is no edge (0, 2, 0) in a network of widths [2, 3, 1].",
                message(() -> kan.getFunction(new Edge(0, 2, 0))));
        assertTrue(
                message(() -> SymbolicLibrary.standard().get("sine"))
                        .startsWith(
                                "There is no symbolic function \"sine\"; the library has 0, x,"));
    }

    private static String message(org.junit.jupiter.api.function.Executable code) {
        return assertThrows(IllegalArgumentException.class, code).getMessage();
    }

    private static double[] flat(double[][] rows) {
        return java.util.Arrays.stream(rows).flatMapToDouble(java.util.Arrays::stream).toArray();
    }
}
