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
package org.binaryops.packed.kernel;

import java.util.concurrent.Executor;

/**
 * A matrix of N·K float weights, for the first and last layers of a network. The products are added
 * in the order of the inputs, beginning with 0, and nothing is fused: every kernel gives the same
 * floats.
 */
public final class FloatMatrix {

    final Kernels kernels;
    final int units;
    final int inputs;

    /** [⌈N/lanes⌉][inputs][lanes] */
    final float[] laidOut;

    /** Units in a block: 32-bit lanes are twice as many as those of 64. */
    final int lanes;

    FloatMatrix(Kernels kernels, float[] weights, int units, int inputs) {
        this.kernels = kernels;
        this.units = Checks.positive("units", units);
        this.inputs = Checks.positive("inputs", inputs);
        Checks.length("weights", (long) units * inputs, weights.length);
        lanes = 2 * kernels.lanes();
        laidOut = new float[Math.multiplyExact(Checks.blocks(units, lanes) * lanes, inputs)];
        for (int unit = 0; unit < units; ++unit) {
            int to = unit / lanes * lanes * inputs + unit % lanes;
            for (int k = 0; k < inputs; ++k) {
                laidOut[to + k * lanes] = weights[unit * inputs + k];
            }
        }
    }

    /**
     * Returns the number of units.
     *
     * @return the number of units, N
     */
    public int units() {
        return units;
    }

    /**
     * Returns the number of inputs.
     *
     * @return the number of inputs, K
     */
    public int inputs() {
        return inputs;
    }

    /**
     * Multiplies rows of floats.
     *
     * @param x the inputs
     * @param xFrom the index of the first input
     * @param xStride the distance from one row to the next, at least K
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            float[] x, int xFrom, int xStride, int rows, float[] out, int outFrom, int outStride) {
        Checks.rows("inputs", xFrom, xStride, rows, inputs, x.length);
        Checks.rows("sums", outFrom, outStride, rows, units, out.length);
        kernels.floats(
                this,
                0,
                Checks.blocks(units, lanes),
                x,
                xFrom,
                xStride,
                rows,
                out,
                outFrom,
                outStride);
    }

    /**
     * Multiplies on several threads: divides the rows if there are enough, else the units. The sums
     * are those of one thread.
     *
     * @param x the inputs
     * @param xFrom the index of the first input
     * @param xStride the distance from one row to the next, at least K
     * @param rows the number of rows
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @param executor runs all parts but one, which the calling thread takes
     * @param parts the number of parts, 1 or more
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            float[] x,
            int xFrom,
            int xStride,
            int rows,
            float[] out,
            int outFrom,
            int outStride,
            Executor executor,
            int parts) {
        Checks.rows("inputs", xFrom, xStride, rows, inputs, x.length);
        Checks.rows("sums", outFrom, outStride, rows, units, out.length);
        int blocks = Checks.blocks(units, lanes);
        Split.Range ofRows =
                (from, to) ->
                        kernels.floats(
                                this,
                                0,
                                blocks,
                                x,
                                xFrom + from * xStride,
                                xStride,
                                to - from,
                                out,
                                outFrom + from * outStride,
                                outStride);
        Split.Range ofBlocks =
                (from, to) ->
                        kernels.floats(
                                this, from, to, x, xFrom, xStride, rows, out, outFrom, outStride);
        if (rows >= parts) {
            Split.run(executor, parts, rows, 1, ofRows);
        } else {
            Split.run(executor, parts, blocks, 1, ofBlocks);
        }
    }
}
