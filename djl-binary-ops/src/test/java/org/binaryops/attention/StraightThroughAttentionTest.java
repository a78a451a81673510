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
package org.binaryops.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.util.Pair;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradients of attentions with steps, to keys, queries and values: those of the plain formula
 * in which each quantizer is a line with the slope of its paper.
 */
class StraightThroughAttentionTest {

    private static final int WIDTH = 6;
    private static final int HEADS = 2;
    private static final double H = 1e-5;

    private NDManager manager;

    static Stream<String> stepped() {
        return AttentionMethod.names().stream()
                .filter(name -> name.matches("(tbt|bit|bibert|bipft|bivit).*"));
    }

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    @ParameterizedTest
    @MethodSource("stepped")
    void gradientsAreThoseOfThePapersLines(String name) {
        assertTrue(
                IntStream.range(0, 40).anyMatch(seed -> compared(name, seed)),
                "gradients that are not zero");
    }

    /** Compares on random inputs; false if too little is inside the windows, or at their edges. */
    private boolean compared(String name, int seed) {
        Engine.getInstance().setRandomSeed(seed);
        Shape[] shapes = {new Shape(2, 5, WIDTH), new Shape(2, 4, WIDTH), new Shape(2, 5, WIDTH)};
        NDArray[] inputs = new NDArray[3];
        double[][][][] at = new double[3][][][];
        for (int i = 0; i < 3; ++i) {
            inputs[i] = manager.randomNormal(shapes[i]).toType(DataType.FLOAT64, false);
            at[i] = PlainMember.plain(inputs[i]);
        }
        boolean[][][] keep = new boolean[2][4][5];
        for (boolean[][] sequence : keep) {
            Arrays.stream(sequence).forEach(row -> Arrays.fill(row, true));
        }
        keep[1][2][3] = false;
        NDArray mask = manager.ones(new Shape(2, 4, 5));
        mask.set(new NDIndex("1, 2, 3"), 0);
        QuantAttention block =
                QuantAttention.builder()
                        .setUnits(WIDTH)
                        .setHeads(HEADS)
                        .optMethod(AttentionMethod.named(name))
                        .build();
        NDList all = new NDList(inputs);
        all.add(mask);
        Blocks.initialize64(manager, block, all.getShapes());
        unevenBiases(block);
        NDArray[] arguments = all.toArray(NDArray[]::new);
        Blocks.train(manager, block, arguments); // sets the steps
        NDArray upstream = manager.randomNormal(shapes[1]).toType(DataType.FLOAT64, false);
        for (NDArray input : inputs) {
            input.setRequiresGradient(true);
        }
        double value;
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = Blocks.train(manager, block, arguments).head().mul(upstream).sum();
            Gradients.backward(collector, y);
            value = y.getDouble();
        }
        PlainSteps steps = new PlainSteps();
        PlainMember plain = new PlainMember(block, name, HEADS, steps);
        double forward = dot(upstream, plain.apply(at[0], at[1], at[2], keep));
        assertEquals(value, forward, 1e-9);
        if (name.equals("bivit-optimal") && steps.isAtAnEdge()) {
            return false; // n values of ±1 with the scale 1 / n; the other sums are whole
        }
        steps.straighten();
        int compared = 0;
        for (int which = 0; which < 3; ++which) {
            double[] gradient = inputs[which].getGradient().toDoubleArray();
            for (int i = 0; i < gradient.length; ++i) {
                double[] row =
                        at[which][i / WIDTH / at[which][0].length][i / WIDTH % at[which][0].length];
                double here = row[i % WIDTH];
                row[i % WIDTH] = here + H;
                double up = dot(upstream, plain.apply(at[0], at[1], at[2], keep));
                row[i % WIDTH] = here - H;
                double down = dot(upstream, plain.apply(at[0], at[1], at[2], keep));
                row[i % WIDTH] = here;
                String where = name + ", input " + which + ", element " + i;
                double expected = (up - down) / (2 * H);
                assertEquals(expected, gradient[i], 1e-6 * (1 + Math.abs(expected)), where);
                compared += expected == 0 ? 0 : 1;
            }
        }
        return compared > 20;
    }

    /** A sum of signs may be 0, whose sign is a matter of rounding. */
    private void unevenBiases(QuantAttention block) {
        for (Pair<String, Parameter> p : block.getParameters()) {
            if (p.getKey().endsWith("bias")) {
                NDArray bias = p.getValue().getArray();
                bias.setRequiresGradient(false);
                bias.addi(manager.randomNormal(bias.getShape()).toType(DataType.FLOAT64, false));
                bias.setRequiresGradient(true);
            }
        }
    }

    private static double dot(NDArray upstream, double[][][] y) {
        double[] d = upstream.toDoubleArray();
        double sum = 0;
        for (int i = 0; i < d.length; ++i) {
            sum += d[i] * y[i / WIDTH / y[0].length][i / WIDTH % y[0].length][i % WIDTH];
        }
        return sum;
    }
}
