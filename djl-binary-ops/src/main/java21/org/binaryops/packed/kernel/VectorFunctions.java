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
 * The functions of numbers by vectors of {@link VectorWidth#BITS} bits, and what is left behind the
 * last full vector by {@link ScalarFunctions}.
 */
abstract class VectorFunctions extends Kernels {

    VectorFunctions(String name, int lanes) {
        super(name, lanes);
    }

    @Override
    public void compare(float[] x, int from, float[] thresholds, long[] out, int outFrom) {
        int full = thresholds.length & -64;
        Comparisons.words(x, from, thresholds, full, out, outFrom);
        ScalarFunctions.compareFrom(full, x, from, thresholds, out, outFrom);
    }

    @Override
    public void compare(int[] x, int from, int[] thresholds, long[] out, int outFrom) {
        int full = thresholds.length & -64;
        Comparisons.words(x, from, thresholds, full, out, outFrom);
        ScalarFunctions.compareFrom(full, x, from, thresholds, out, outFrom);
    }

    @Override
    public void affine(
            float[] x, int from, int positions, float[] scale, float[] bias, boolean fused) {
        int full = ChannelFunctions.full(scale.length);
        if (fused) {
            ChannelFunctions.fused(x, from, positions, scale, bias);
        } else {
            ChannelFunctions.affine(x, from, positions, scale, bias);
        }
        for (int p = 0; full < scale.length && p < positions; ++p) {
            ScalarFunctions.affineFrom(full, x, from + p * scale.length, scale, bias, fused);
        }
    }

    @Override
    public void slope(float[] x, int from, int positions, float[] slope) {
        int full = ChannelFunctions.full(slope.length);
        ChannelFunctions.slope(x, from, positions, slope);
        for (int p = 0; full < slope.length && p < positions; ++p) {
            ScalarFunctions.slopeFrom(full, x, from + p * slope.length, slope);
        }
    }

    @Override
    public void clip(float[] x, int from, int positions, float[] low, float[] high) {
        int full = ChannelFunctions.full(low.length);
        ChannelFunctions.clip(x, from, positions, low, high);
        for (int p = 0; full < low.length && p < positions; ++p) {
            ScalarFunctions.clipFrom(full, x, from + p * low.length, low, high);
        }
    }

    @Override
    public void add(float[] a, int aFrom, float[] b, int bFrom, float[] to, int at, int count) {
        int full = ChannelFunctions.full(count);
        ChannelFunctions.add(a, aFrom, b, bFrom, to, at, full);
        super.add(a, aFrom + full, b, bFrom + full, to, at + full, count - full);
    }

    @Override
    public void add(int[] summands, int[] to, int at) {
        int full = ChannelFunctions.full(summands.length);
        ChannelFunctions.add(summands, to, at, full);
        ScalarFunctions.addFrom(full, summands, to, at);
    }

    @Override
    public void convert(int[] from, int first, float[] to, int at, int count) {
        int full = ChannelFunctions.full(count);
        ChannelFunctions.convert(from, first, to, at, full);
        super.convert(from, first + full, to, at + full, count - full);
    }

    @Override
    void sumFunctions(
            SumFunctions f,
            int[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        if (f.fused) {
            SumFunctionLoops.fused(
                    f,
                    sums,
                    from,
                    residual,
                    residualFrom,
                    residualStride,
                    positions,
                    to,
                    at,
                    bits,
                    bitsFrom);
        } else {
            SumFunctionLoops.rounded(
                    f,
                    sums,
                    from,
                    residual,
                    residualFrom,
                    residualStride,
                    positions,
                    to,
                    at,
                    bits,
                    bitsFrom);
        }
        int full = ChannelFunctions.full(f.channels);
        if (full < f.channels) {
            ScalarFunctions.sumFunctionsFrom(
                    full,
                    f,
                    sums,
                    from,
                    residual,
                    residualFrom,
                    residualStride,
                    positions,
                    to,
                    at,
                    bits,
                    bitsFrom);
        }
    }

    @Override
    void floatFunctions(
            SumFunctions f,
            float[] sums,
            int from,
            float[] residual,
            int residualFrom,
            int residualStride,
            int positions,
            float[] to,
            int at,
            long[] bits,
            int bitsFrom) {
        if (f.fused) {
            super.floatFunctions(
                    f,
                    sums,
                    from,
                    residual,
                    residualFrom,
                    residualStride,
                    positions,
                    to,
                    at,
                    bits,
                    bitsFrom);
            return;
        }
        SumFunctionLoops.floats(
                f,
                sums,
                from,
                residual,
                residualFrom,
                residualStride,
                positions,
                to,
                at,
                bits,
                bitsFrom);
        int full = ChannelFunctions.full(f.channels);
        if (full < f.channels) {
            ScalarFunctions.floatFunctionsFrom(
                    full,
                    f,
                    sums,
                    from,
                    residual,
                    residualFrom,
                    residualStride,
                    positions,
                    to,
                    at,
                    bits,
                    bitsFrom);
        }
    }

    @Override
    public void average(
            float[] from,
            int first,
            int line,
            int rows,
            int columns,
            int channels,
            float[] to,
            int at,
            int count) {
        ChannelFunctions.average(from, first, line, rows, columns, channels, to, at, count);
        int full = ChannelFunctions.full(channels);
        ScalarFunctions.averageFrom(
                full, from, first, line, rows, columns, channels, to, at, count);
    }
}
