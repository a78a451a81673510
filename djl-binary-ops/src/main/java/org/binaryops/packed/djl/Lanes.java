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
package org.binaryops.packed.djl;

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Operations along an axis: each takes the elements of one lane. */
final class Lanes {

    private Lanes() {}

    /** Replaces each lane by another, of a length that is the same for all. */
    static Cells map(
            Cells x, int[] dims, int axis, int length, DataType type, UnaryOperator<double[]> f) {
        int inner = Strides.of(dims)[axis];
        int outer = Strides.product(Arrays.copyOf(dims, axis));
        int from = dims[axis];
        Cells result = new Cells(type, outer * length * inner);
        double[] lane = new double[from];
        for (int o = 0; o < outer; ++o) {
            for (int i = 0; i < inner; ++i) {
                for (int k = 0; k < from; ++k) {
                    lane[k] = x.get((o * from + k) * inner + i);
                }
                double[] mapped = f.apply(lane);
                for (int k = 0; k < length; ++k) {
                    result.set((o * length + k) * inner + i, mapped[k]);
                }
            }
        }
        return result;
    }

    static UnaryOperator<double[]> one(ToDoubleFunction<double[]> f) {
        return lane -> new double[] {f.applyAsDouble(lane)};
    }

    static double sum(double[] lane) {
        double sum = 0;
        for (double value : lane) {
            sum += value;
        }
        return sum;
    }

    static double product(double[] lane) {
        double product = 1;
        for (double value : lane) {
            product *= value;
        }
        return product;
    }

    static double mean(double[] lane) {
        return sum(lane) / lane.length;
    }

    /** The largest value; NaN if there is one. */
    static double max(double[] lane) {
        return lane[(int) argMax(lane)];
    }

    static double min(double[] lane) {
        return lane[(int) argMin(lane)];
    }

    /** The first index of the largest value, or of the first NaN. */
    static double argMax(double[] lane) {
        int best = 0;
        for (int i = 1; i < lane.length && !Double.isNaN(lane[best]); ++i) {
            if (lane[i] > lane[best] || Double.isNaN(lane[i])) {
                best = i;
            }
        }
        return best;
    }

    static double argMin(double[] lane) {
        int best = 0;
        for (int i = 1; i < lane.length && !Double.isNaN(lane[best]); ++i) {
            if (lane[i] < lane[best] || Double.isNaN(lane[i])) {
                best = i;
            }
        }
        return best;
    }

    static double[] softmax(double[] lane) {
        double[] result = exp(lane);
        double sum = sum(result);
        for (int i = 0; i < result.length; ++i) {
            result[i] /= sum;
        }
        return result;
    }

    static double[] logSoftmax(double[] lane) {
        double max = max(lane);
        double log = max + Math.log(sum(exp(lane)));
        return Arrays.stream(lane).map(v -> v - log).toArray();
    }

    /** The exponentials relative to the largest, which cannot overflow. */
    private static double[] exp(double[] lane) {
        double max = max(lane);
        return Arrays.stream(lane).map(v -> Math.exp(v - max)).toArray();
    }

    static double[] cumSum(double[] lane) {
        double[] result = lane.clone();
        for (int i = 1; i < result.length; ++i) {
            result[i] += result[i - 1];
        }
        return result;
    }

    /** The p-norm of a lane. */
    static double norm(double[] lane, double p) {
        if (Double.isInfinite(p)) {
            return Arrays.stream(lane).map(Math::abs).max().orElse(0);
        }
        return Math.pow(Arrays.stream(lane).map(v -> Math.pow(Math.abs(v), p)).sum(), 1 / p);
    }

    /** The indices that sort a lane; equal values keep their order, NaN is the largest. */
    static double[] argSort(double[] lane, boolean ascending) {
        Comparator<Integer> order = Comparator.comparingDouble(i -> lane[i]);
        return IntStream.range(0, lane.length)
                .boxed()
                .sorted(ascending ? order : order.reversed())
                .mapToDouble(i -> i)
                .toArray();
    }

    static double[] sort(double[] lane, boolean ascending) {
        return Arrays.stream(argSort(lane, ascending)).map(i -> lane[(int) i]).toArray();
    }
}
