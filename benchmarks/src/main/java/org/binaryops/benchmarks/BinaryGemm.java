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
package org.binaryops.benchmarks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The binary product of 1,024 rows with 1,024 units on one thread by each kind of kernels, beside
 * the float product of PyTorch on one thread. Run it with {@code -prof
 * org.binaryops.benchmarks.Cycles}, on Java 21 or later, pinned to a processor.
 *
 * <p>The results are compared before they are timed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(3)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
public class BinaryGemm {

    /** Rows and units. */
    static final int SIZE = 1024;

    private static final String MODULES = "--add-modules=jdk.incubator.vector";
    private static final String KERNELS = "-Dorg.binaryops.packed.kernels=";

    /** The number of inputs, K. */
    @Param({"512", "1024", "4608"})
    public int width;

    private BinaryMatrix matrix;
    private long[] x;
    private int[] out;
    private NDManager manager;
    private NDArray floatInputs;
    private NDArray floatWeights;

    /** For JMH. */
    public BinaryGemm() {}

    /** Makes the operands, and compares the products with a plain loop. */
    @Setup
    public void setUp() {
        Random random = new Random(1);
        int words = width / 64;
        long[] weights = random.longs((long) SIZE * words).toArray();
        x = random.longs((long) SIZE * words).toArray();
        out = new int[SIZE * SIZE];
        matrix = Kernels.get().binary(weights, SIZE, width);
        product();
        for (int row = 0; row < SIZE; ++row) {
            for (int unit = 0; unit < SIZE; ++unit) {
                int different = 0;
                for (int k = 0; k < words; ++k) {
                    different += Long.bitCount(x[row * words + k] ^ weights[unit * words + k]);
                }
                if (out[row * SIZE + unit] != width - 2 * different) {
                    throw new IllegalStateException("the kernels disagree with the plain loop");
                }
            }
        }
        manager = NDManager.newBaseManager();
        floatInputs = manager.create(floats(x), new Shape(SIZE, width));
        floatWeights = manager.create(floats(weights), new Shape(SIZE, width)).transpose();
        try (NDArray real = floatInputs.matMul(floatWeights)) {
            float[] sums = real.toFloatArray();
            for (int i = 0; i < sums.length; ++i) {
                if (sums[i] != out[i]) {
                    throw new IllegalStateException("the kernels disagree with PyTorch");
                }
            }
        }
    }

    private static float[] floats(long[] bits) {
        float[] signs = new float[64 * bits.length];
        for (int i = 0; i < signs.length; ++i) {
            signs[i] = (bits[i / 64] >>> i % 64 & 1) == 0 ? -1 : 1;
        }
        return signs;
    }

    /** Frees the native memory. */
    @TearDown
    public void tearDown() {
        manager.close();
    }

    private int[] product() {
        matrix.multiply(x, 0, matrix.words(), SIZE, out, 0, SIZE);
        return out;
    }

    /**
     * Plain Java.
     *
     * @return the sums
     */
    @Benchmark
    @Fork(jvmArgsAppend = {MODULES, KERNELS + "scalar"})
    public int[] scalar() {
        return product();
    }

    /**
     * Vectors of 128 bits.
     *
     * @return the sums
     */
    @Benchmark
    @Fork(jvmArgsAppend = {MODULES, KERNELS + "128"})
    public int[] vector128() {
        return product();
    }

    /**
     * Vectors of 256 bits.
     *
     * @return the sums
     */
    @Benchmark
    @Fork(jvmArgsAppend = {MODULES, KERNELS + "256"})
    public int[] vector256() {
        return product();
    }

    /**
     * Vectors of 256 bits on a processor before AVX-512.
     *
     * @return the sums
     */
    @Benchmark
    @Fork(jvmArgsAppend = {MODULES, KERNELS + "256", "-XX:UseAVX=2"})
    public int[] vector256WithAvx2() {
        return product();
    }

    /**
     * The kernels that are chosen by themselves: vectors of 512 bits where the processor has them.
     *
     * @return the sums
     */
    @Benchmark
    @Fork(jvmArgsAppend = MODULES)
    public int[] chosen() {
        return product();
    }

    /**
     * The float product of PyTorch on one thread.
     *
     * @return the first sum
     */
    @Benchmark
    @Fork(jvmArgsAppend = {MODULES, "-Dai.djl.pytorch.num_threads=1"})
    public float pytorchFloat() {
        try (NDArray sums = floatInputs.matMul(floatWeights)) {
            return sums.getFloat(0, 0);
        }
    }
}
