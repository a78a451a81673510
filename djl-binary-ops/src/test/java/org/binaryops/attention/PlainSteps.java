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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/**
 * The quantizers of a plain computation. Once straightened, each is the line through what it gave
 * before, with the slope that its paper has for the backward pass: the derivative of a computation
 * with such lines is what straight-through estimators are to give.
 */
final class PlainSteps {

    /** 1 inside (−1, 1), else 0. */
    static final DoubleUnaryOperator OPEN = v -> Math.abs(v) < 1 ? 1 : 0;

    private static final double EDGE = 1e-9;

    private final List<double[][][][]> lines = new ArrayList<>();
    private boolean straight;
    private boolean atAnEdge;
    private int next;

    /** 1 inside [−step, step], else 0. */
    static DoubleUnaryOperator closed(double step) {
        return v -> Math.abs(v) <= step ? 1 : 0;
    }

    /** From now on, the quantizers are the lines through what they met until now. */
    void straighten() {
        straight = true;
        next = 0;
    }

    /** Whether a slope was a matter of rounding: a probability of 1 in front of an open window. */
    boolean isAtAnEdge() {
        return atAnEdge;
    }

    private static boolean differ(double[][][] x, DoubleUnaryOperator difference) {
        return Arrays.stream(x)
                .flatMap(Arrays::stream)
                .flatMapToDouble(Arrays::stream)
                .anyMatch(v -> difference.applyAsDouble(v) != 0);
    }

    /**
     * Passes an array through a quantizer.
     *
     * @param x the array
     * @param value the quantizer, of a whole array
     * @param slope its derivative in the backward pass, of a number
     */
    double[][][] pass(
            double[][][] x, UnaryOperator<double[][][]> value, DoubleUnaryOperator slope) {
        if (!straight) {
            double[][][] y = value.apply(x);
            double[][][] place = PlainMember.each(x, v -> v); // the caller moves its own
            lines.add(new double[][][][] {place, y, PlainMember.each(x, slope)});
            atAnEdge |=
                    differ(x, v -> slope.applyAsDouble(v + EDGE) - slope.applyAsDouble(v - EDGE));
            return y;
        }
        double[][][][] line = lines.get(next++ % lines.size());
        double[][][] y = new double[x.length][][];
        for (int i = 0; i < x.length; ++i) {
            y[i] = new double[x[i].length][];
            for (int j = 0; j < x[i].length; ++j) {
                y[i][j] = new double[x[i][j].length];
                for (int k = 0; k < y[i][j].length; ++k) {
                    double move = x[i][j][k] - line[0][i][j][k];
                    y[i][j][k] = line[1][i][j][k] + line[2][i][j][k] * move;
                }
            }
        }
        return y;
    }
}
