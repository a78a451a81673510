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

/**
 * A matrix of N·K weights of 8 bits, for 8-bit first and last layers: \(a_n = \sum_k w_{nk} (x_k -
 * z)\) of unsigned bytes x, in 32-bit integers, which wrap round only past K = 65,793.
 */
public final class ByteMatrix {

    final Kernels kernels;
    final int units;
    final int inputs;

    /** [⌈N/lanes⌉][inputs][lanes] */
    final int[] laidOut;

    /** For each unit, padded to the lanes, the sum of its weights. */
    final int[] sums;

    /** Units in a block: 32-bit lanes are twice as many as those of 64. */
    final int lanes;

    ByteMatrix(Kernels kernels, byte[] weights, int units, int inputs) {
        this.kernels = kernels;
        this.units = Checks.positive("units", units);
        this.inputs = Checks.positive("inputs", inputs);
        Checks.length("weights", (long) units * inputs, weights.length);
        lanes = 2 * kernels.lanes();
        int padded = Checks.blocks(units, lanes) * lanes;
        laidOut = new int[Math.multiplyExact(padded, inputs)];
        sums = new int[padded];
        for (int unit = 0; unit < units; ++unit) {
            int to = unit / lanes * lanes * inputs + unit % lanes;
            for (int k = 0; k < inputs; ++k) {
                int weight = weights[unit * inputs + k];
                laidOut[to + k * lanes] = weight;
                sums[unit] += weight;
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
     * Multiplies rows of unsigned bytes.
     *
     * @param x the inputs, each taken as 0 to 255
     * @param xFrom the index of the first input
     * @param xStride the distance from one row to the next, at least K
     * @param rows the number of rows
     * @param zeroPoint the number z that stands for 0
     * @param out receives N sums for each row
     * @param outFrom the index of the first sum
     * @param outStride the distance from one row to the next, at least N
     * @throws IllegalArgumentException if the rows do not fit the arrays
     */
    public void multiply(
            byte[] x,
            int xFrom,
            int xStride,
            int rows,
            int zeroPoint,
            int[] out,
            int outFrom,
            int outStride) {
        Checks.rows("inputs", xFrom, xStride, rows, inputs, x.length);
        Checks.rows("sums", outFrom, outStride, rows, units, out.length);
        kernels.bytes(
                this,
                0,
                Checks.blocks(units, lanes),
                x,
                xFrom,
                xStride,
                rows,
                zeroPoint,
                out,
                outFrom,
                outStride);
    }
}
