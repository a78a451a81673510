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

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Compares the chosen kernels with the formulas of their products, written out over single numbers.
 * It is loaded once for each kind of kernels: see {@link IsolatedKernels}.
 */
final class KernelCheck {

    /** Stands before, between and after the results, where nothing may be written. */
    private static final int GUARD = -987_654_321;

    private final Kernels kernels = Kernels.get();
    private final Random random;
    private final int units;
    private final int width;
    private final int rows;
    private final int words;

    private KernelCheck(int units, int width, int rows, long seed) {
        random = new Random(seed);
        this.units = units;
        this.width = width;
        this.rows = rows;
        words = (width + 63) / 64;
    }

    static String chosen() {
        return Kernels.get().name();
    }

    static void check(int units, int width, int rows, long seed) {
        KernelCheck check = new KernelCheck(units, width, rows, seed);
        check.binary();
        check.masked();
        check.ternary();
        check.planes();
        check.channels();
        check.sumFunctions();
        check.averages();
        check.comparisons();
        // Where wide vectors are emulated, these are slow.
        if ((long) units * width * rows < 100_000) {
            check.floats();
            check.bytes();
        }
    }

    private static int sign(long[] bits, int row, int stride, int k) {
        return (bits[row * stride + k / 64] >>> k % 64 & 1) == 0 ? -1 : 1;
    }

    /** Random rows, whose bits past the width are clear. */
    private long[] bits(int count, int stride) {
        long[] bits = random.longs((long) count * stride).toArray();
        for (int row = 0; row < count; ++row) {
            for (int k = width; k < 64 * stride; ++k) {
                bits[row * stride + k / 64] &= ~(1L << k % 64);
            }
        }
        return bits;
    }

    private int[] guarded(int stride) {
        int[] out = new int[3 + rows * stride];
        Arrays.fill(out, GUARD);
        return out;
    }

    private interface Expected {
        double at(int row, int unit);
    }

    private void compare(String what, int[] out, int stride, Expected expected) {
        for (int i = 0; i < out.length; ++i) {
            int row = Math.floorDiv(i - 3, stride);
            int unit = i - 3 - row * stride;
            boolean inside = row >= 0 && unit < units;
            double wanted = inside ? expected.at(row, unit) : GUARD;
            if (out[i] != wanted) {
                throw new AssertionError(
                        String.format(
                                "%s[%d, %d] of %d units, %d inputs: expected %s, got %d",
                                what, row, unit, units, width, wanted, out[i]));
            }
        }
    }

    private void binary() {
        int xStride = words + 1;
        long[] w = bits(units, words);
        long[] x = bits(rows, xStride);
        int[] sums = new int[rows * units];
        for (int row = 0; row < rows; ++row) {
            for (int unit = 0; unit < units; ++unit) {
                for (int k = 0; k < width; ++k) {
                    sums[row * units + unit] += sign(x, row, xStride, k) * sign(w, unit, words, k);
                }
            }
        }
        BinaryMatrix matrix = kernels.binary(w, units, width);
        int stride = units + 2;
        int[] out = guarded(stride);
        matrix.multiply(x, 0, xStride, rows, out, 3, stride);
        compare("binary", out, stride, (r, u) -> sums[r * units + u]);

        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int parts : new int[] {1, 2, 3, 7}) {
                Arrays.fill(out, GUARD);
                matrix.multiply(x, 0, xStride, rows, out, 3, stride, threads, parts);
                compare("parallel binary", out, stride, (r, u) -> sums[r * units + u]);
            }
            thresholds(matrix, x, xStride, sums, threads);
        } finally {
            threads.shutdown();
        }
    }

    private void thresholds(
            BinaryMatrix matrix, long[] x, int xStride, int[] sums, ExecutorService threads) {
        int[] limits = new int[units];
        int outWords = (units + 63) / 64;
        long[] flips = new long[outWords];
        for (int unit = 0; unit < units; ++unit) {
            limits[unit] =
                    switch (random.nextInt(6)) {
                        case 0 -> Integer.MIN_VALUE;
                        case 1 -> Integer.MAX_VALUE;
                        case 2 -> sums[random.nextInt(rows) * units + unit];
                        case 3 -> sums[random.nextInt(rows) * units + unit] + 1;
                        default -> random.nextInt(2 * width + 5) - width - 2;
                    };
            flips[unit / 64] |= random.nextLong() & 1L << unit % 64;
        }
        ThresholdedMatrix layer = matrix.withThresholds(limits, flips);
        int stride = outWords + 1;
        for (int parts : new int[] {0, 2, 5}) {
            long[] out = new long[2 + rows * stride];
            Arrays.fill(out, GUARD);
            if (parts == 0) {
                layer.multiply(x, 0, xStride, rows, out, 2, stride);
            } else {
                layer.multiply(x, 0, xStride, rows, out, 2, stride, threads, parts);
            }
            for (int row = 0; row < rows; ++row) {
                for (int unit = 0; unit < 64 * stride; ++unit) {
                    long word = out[2 + row * stride + unit / 64];
                    boolean bit = (word >>> unit % 64 & 1) != 0;
                    boolean wanted;
                    if (unit < units) {
                        boolean flip = (flips[unit / 64] >>> unit % 64 & 1) != 0;
                        wanted = (sums[row * units + unit] >= limits[unit]) != flip;
                    } else {
                        wanted = unit >= 64 * outWords && ((long) GUARD >>> unit % 64 & 1) != 0;
                    }
                    if (bit != wanted) {
                        throw new AssertionError(
                                "bit "
                                        + unit
                                        + " of row "
                                        + row
                                        + " with limit and flip, parts "
                                        + parts
                                        + ", "
                                        + units
                                        + " units, "
                                        + width
                                        + " inputs");
                    }
                }
            }
        }
    }

    private void masked() {
        long[] w = bits(units, words);
        long[] x = random.longs((long) rows * words).toArray();
        long[] mask = bits(rows, words);
        BinaryMatrix matrix = kernels.binary(w, units, width);
        for (int maskStride : new int[] {words, 0}) {
            int[] out = guarded(units);
            matrix.multiplyMasked(x, 0, words, mask, 0, maskStride, rows, out, 3, units);
            compare(
                    "masked",
                    out,
                    units,
                    (r, u) -> {
                        int sum = 0;
                        for (int k = 0; k < width; ++k) {
                            int m = sign(mask, maskStride == 0 ? 0 : r, words, k);
                            sum += m < 0 ? 0 : sign(x, r, words, k) * sign(w, u, words, k);
                        }
                        return sum;
                    });
        }
    }

    private void ternary() {
        long[] signs = bits(units, words);
        long[] nonzero = bits(units, words);
        long[] x = bits(rows, words);
        int[] out = guarded(units);
        kernels.ternary(signs, nonzero, units, width).multiply(x, 0, words, rows, out, 3, units);
        compare(
                "ternary",
                out,
                units,
                (r, u) -> ternary(signs, nonzero, u, k -> sign(x, r, words, k)));
    }

    private interface Input {
        int at(int k);
    }

    private double ternary(long[] signs, long[] nonzero, int unit, Input x) {
        int sum = 0;
        for (int k = 0; k < width; ++k) {
            sum += sign(nonzero, unit, words, k) < 0 ? 0 : sign(signs, unit, words, k) * x.at(k);
        }
        return sum;
    }

    private void planes() {
        int bits = 1 + random.nextInt(8);
        int zeroPoint = random.nextInt(1 << bits);
        byte[] x = new byte[rows * (width + 1)];
        for (int i = 0; i < x.length; ++i) {
            x[i] = (byte) random.nextInt(1 << bits);
        }
        long[] planes = new long[2 + rows * bits * words];
        BitPlanes.split(x, 0, width + 1, rows, width, bits, planes, 2);
        long[] w = bits(units, words);
        int[] out = guarded(units);
        kernels.binary(w, units, width)
                .multiplyPlanes(planes, 2, bits, zeroPoint, rows, out, 3, units);
        compare(
                "planes",
                out,
                units,
                (r, u) -> {
                    int sum = 0;
                    for (int k = 0; k < width; ++k) {
                        int value = (x[r * (width + 1) + k] & 0xFF) - zeroPoint;
                        sum += value * sign(w, u, words, k);
                    }
                    return sum;
                });
        long[] nonzero = bits(units, words);
        int[] more = guarded(units);
        kernels.ternary(w, nonzero, units, width)
                .multiplyPlanes(planes, 2, bits, zeroPoint, rows, more, 3, units);
        compare(
                "ternary planes",
                more,
                units,
                (r, u) -> ternary(w, nonzero, u, k -> (x[r * (width + 1) + k] & 0xFF) - zeroPoint));
    }

    private float[] gaussians(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; ++i) {
            // Zeros of both signs, where a maximum and a comparison differ.
            x[i] = random.nextInt(8) == 0 ? (random.nextBoolean() ? 0f : -0f) : gaussian();
        }
        return x;
    }

    private float gaussian() {
        return (float) random.nextGaussian();
    }

    private interface Function {
        float of(float x, int channel);
    }

    /** Functions with parameters for each channel, to the last bit; the units are the channels. */
    private void channels() {
        float[] a = gaussians(units);
        float[] b = gaussians(units);
        float[] high = b.clone();
        for (int c = 0; c < units; ++c) {
            high[c] = Math.max(b[c], b[c] + random.nextInt(2));
        }
        float[] x = gaussians(2 + rows * units);
        float[] y = x.clone();
        kernels.affine(y, 1, rows, a, b, false);
        compare("affine", x, y, (v, c) -> v * a[c] + b[c]);
        y = x.clone();
        kernels.affine(y, 1, rows, a, b, true);
        compare("fused affine", x, y, (v, c) -> Math.fma(v, a[c], b[c]));
        y = x.clone();
        kernels.slope(y, 1, rows, a);
        compare("slope", x, y, (v, c) -> Math.max(v, 0f) + a[c] * Math.min(v, 0f));
        y = x.clone();
        kernels.clip(y, 1, rows, b, high);
        compare("clip", x, y, (v, c) -> Math.min(Math.max(v, b[c]), high[c]));
        int[] sums = random.ints(units).toArray();
        float[] row = new float[1 + units];
        kernels.convert(sums, 0, row, 1, units);
        y = x.clone();
        for (int r = 0; r < rows; ++r) {
            kernels.add(y, 1 + r * units, row, 1, y, 1 + r * units, units);
        }
        compare("sum", x, y, (v, c) -> v + sums[c]);
        finite(x);
    }

    /** All functions of sums in one pass, with and without each of them; overflow included. */
    private void sumFunctions() {
        float[][] first =
                random.nextBoolean() ? null : new float[][] {signedZeros(), signedZeros()};
        float[][] second =
                random.nextBoolean() ? null : new float[][] {signedZeros(), signedZeros()};
        boolean fused = random.nextBoolean();
        float[][] limits =
                random.nextBoolean() ? null : new float[][] {signedZeros(), gaussians(units)};
        for (int c = 0; limits != null && c < units; ++c) {
            limits[1][c] = random.nextInt(4) == 0 ? 0 : Math.max(limits[0][c], limits[1][c]);
            limits[0][c] = Math.min(limits[0][c], limits[1][c]);
            limits[1][c] += 0f; // no -0
        }
        float[] thresholds = random.nextBoolean() ? null : signedZeros();
        SumFunctions functions = new SumFunctions(units, first, second, fused, limits, thresholds);
        int count = rows * units;
        int[] sums = new int[1 + count];
        float[] residual = random.nextBoolean() ? null : gaussians(2 + count);
        for (int i = 0; i < count; ++i) {
            sums[1 + i] = random.nextInt(4) == 0 ? 0 : random.nextInt(2001) - 1000;
            if (residual != null && i % 5 == 0) {
                residual[2 + i] = i % 10 == 0 ? -0f : 1f / 0;
            }
        }
        float[] y = gaussians(2 + count);
        float[] before = y.clone();
        int outWords = (units + 63) / 64;
        long[] bits = new long[2 + rows * outWords];
        Arrays.fill(bits, GUARD);
        if (random.nextBoolean()) {
            functions.apply(sums, 1, residual, 2, rows, y, 1, bits, 1);
        } else {
            float[] floats = new float[sums.length];
            for (int i = 0; i < sums.length; ++i) {
                floats[i] = sums[i];
            }
            functions.apply(floats, 1, residual, 2, rows, y, 1, bits, 1);
        }
        long[] wanted = new long[bits.length];
        wanted[0] = GUARD;
        wanted[bits.length - 1] = GUARD;
        float[] expected = before.clone();
        for (int i = 0; i < count; ++i) {
            int c = i % units;
            float v = sums[1 + i];
            v = first == null ? v : v * first[0][c] + first[1][c];
            if (second != null) {
                v =
                        fused
                                ? Math.fma(v, second[0][c], second[1][c])
                                : v * second[0][c] + second[1][c];
            }
            v = residual == null ? v : v + residual[2 + i];
            v = limits == null ? v : Math.min(Math.max(v, limits[0][c]), limits[1][c]);
            expected[1 + i] = v;
            boolean reached = thresholds != null && v >= thresholds[c];
            wanted[1 + i / units * outWords + c / 64] |= reached ? 1L << c : 0;
        }
        for (int i = 0; i < y.length; ++i) {
            if (Float.floatToIntBits(y[i]) != Float.floatToIntBits(expected[i])) {
                String message = "functions of sums at %d of %d channels: expected %s, got %s";
                throw new AssertionError(String.format(message, i - 1, units, expected[i], y[i]));
            }
        }
        // Without thresholds only an infinite number has a bit, and nobody reads it.
        if (thresholds != null && !Arrays.equals(wanted, bits)) {
            throw new AssertionError("bits of sums of " + units + " channels");
        }
        if (bits[0] != GUARD || bits[bits.length - 1] != GUARD) {
            throw new AssertionError("functions of sums wrote outside");
        }
    }

    /** Of rectangles of an image of as many lines as there are rows. */
    private void averages() {
        int columns = 3;
        int line = units * columns + 2;
        float[] image = gaussians(1 + rows * line);
        int height = 1 + random.nextInt(rows);
        int width = 1 + random.nextInt(columns);
        int count = 1 + random.nextInt(7);
        float[] y = new float[2 + units];
        kernels.average(image, 1, line, height, width, units, y, 1, count);
        for (int c = 0; c < units; ++c) {
            float sum = 0;
            for (int i = 0; i < height * width; ++i) {
                sum += image[1 + i / width * line + i % width * units + c];
            }
            if (y[1 + c] != sum / count) {
                throw new AssertionError("average of channel " + c + " of " + units);
            }
        }
        if (y[0] != 0 || y[1 + units] != 0) {
            throw new AssertionError("an average wrote outside");
        }
    }

    /** Numbers among which are both zeros and one that overflows. */
    private float[] signedZeros() {
        float[] all = gaussians(units);
        for (int c = 0; c < units; ++c) {
            switch (random.nextInt(8)) {
                case 0 -> all[c] = 0f;
                case 1 -> all[c] = -0f;
                case 2 -> all[c] = 1e38f;
                default -> {}
            }
        }
        return all;
    }

    private void finite(float[] x) {
        int at = random.nextInt(x.length);
        float before = x[at];
        x[at] = random.nextBoolean() ? -Float.MAX_VALUE : Float.MAX_VALUE;
        if (!Kernels.finite(x, 0, x.length)) {
            throw new AssertionError("the largest float is finite");
        }
        for (float not : new float[] {Float.NaN, 1f / 0, -1f / 0, Float.intBitsToFloat(-1)}) {
            x[at] = not;
            if (Kernels.finite(x, 0, x.length) || Kernels.finite(x, at, 1)) {
                throw new AssertionError(not + " is not finite");
            }
            if (!Kernels.finite(x, 0, at) || !Kernels.finite(x, at + 1, x.length - at - 1)) {
                throw new AssertionError("only the numbers that are asked for are looked at");
            }
        }
        x[at] = before;
    }

    private void compare(String what, float[] x, float[] y, Function function) {
        for (int i = 0; i < x.length; ++i) {
            boolean inside = i > 0 && i < x.length - 1;
            float wanted = inside ? function.of(x[i], (i - 1) % units) : x[i];
            if (Float.floatToIntBits(wanted) != Float.floatToIntBits(y[i])) {
                throw new AssertionError(
                        String.format(
                                "%s of %s at %d of %d channels: expected %s, got %s",
                                what, x[i], i - 1, units, wanted, y[i]));
            }
        }
    }

    private void comparisons() {
        int[] x = new int[3 + units];
        int[] limits = new int[units];
        for (int i = 0; i < units; ++i) {
            x[3 + i] = random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(5);
            limits[i] =
                    switch (random.nextInt(6)) {
                        case 0 -> Integer.MIN_VALUE;
                        case 1 -> Integer.MAX_VALUE;
                        default -> random.nextInt(5);
                    };
        }
        int outWords = (units + 63) / 64;
        long[] out = new long[outWords + 2];
        Arrays.fill(out, GUARD);
        kernels.compare(x, 3, limits, out, 1);
        for (int i = 0; i < 64 * outWords; ++i) {
            boolean wanted = i < units && x[3 + i] >= limits[i];
            if (wanted != ((out[1 + i / 64] >>> i % 64 & 1) != 0)) {
                throw new AssertionError("comparison " + i + " of " + units);
            }
        }
        if (out[0] != GUARD || out[outWords + 1] != GUARD) {
            throw new AssertionError("a comparison wrote outside");
        }
    }

    private void floats() {
        float[] w = new float[units * width];
        float[] x = new float[rows * (width + 1)];
        for (int i = 0; i < w.length; ++i) {
            w[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < x.length; ++i) {
            x[i] = (float) random.nextGaussian();
        }
        FloatMatrix matrix = kernels.floats(w, units, width);
        float[] out = new float[rows * (units + 1)];
        Arrays.fill(out, GUARD);
        matrix.multiply(x, 0, width + 1, rows, out, 0, units + 1);
        for (int row = 0; row < rows; ++row) {
            for (int unit = 0; unit < units; ++unit) {
                // The order is part of the contract: the same floats everywhere.
                float sum = 0;
                for (int k = 0; k < width; ++k) {
                    sum += x[row * (width + 1) + k] * w[unit * width + k];
                }
                if (out[row * (units + 1) + unit] != sum) {
                    throw new AssertionError("float " + row + ", " + unit);
                }
            }
            if (out[row * (units + 1) + units] != GUARD) {
                throw new AssertionError("written past the row " + row);
            }
        }
        float[] again = new float[out.length];
        Arrays.fill(again, GUARD);
        matrix.multiply(x, 0, width + 1, rows, again, 0, units + 1, Runnable::run, 3);
        if (!Arrays.equals(out, again)) {
            throw new AssertionError("three parts differ from one");
        }
    }

    private void bytes() {
        byte[] w = new byte[units * width];
        byte[] x = new byte[rows * width];
        random.nextBytes(w);
        random.nextBytes(x);
        int zeroPoint = random.nextInt(256);
        int[] out = guarded(units + 1);
        kernels.bytes(w, units, width).multiply(x, 0, width, rows, zeroPoint, out, 3, units + 1);
        compare(
                "bytes",
                out,
                units + 1,
                (r, u) -> {
                    int sum = 0;
                    for (int k = 0; k < width; ++k) {
                        sum += ((x[r * width + k] & 0xFF) - zeroPoint) * w[u * width + k];
                    }
                    return sum;
                });
    }

    /** Prints the kernels and what they allocate, in a Java machine that has seen no others. */
    public static void main(String[] arguments) {
        System.out.println(chosen() + " " + allocated());
    }

    /** The fewest bytes that a round of products allocated, once the compiler has seen them. */
    private static long allocated() {
        KernelCheck check = new KernelCheck(67, 700, 5, 1);
        Kernels kernels = Kernels.get();
        long[] w = check.bits(67, 11);
        long[] x = check.bits(5, 11);
        BinaryMatrix matrix = kernels.binary(w, 67, 700);
        ThresholdedMatrix layer = matrix.withThresholds(new int[67], new long[2]);
        FloatMatrix floats = kernels.floats(new float[67 * 70], 67, 70);
        int[] out = new int[5 * 67];
        long[] bits = new long[10];
        float[] in = new float[5 * 70];
        float[] real = new float[5 * 67];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        long end = System.nanoTime() + 30_000_000_000L;
        while (least > 0 && System.nanoTime() < end) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 200; ++i) {
                matrix.multiply(x, 0, 11, 5, out, 0, 67);
                layer.multiply(x, 0, 11, 5, bits, 0, 2);
                floats.multiply(in, 0, 70, 5, real, 0, 67);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
