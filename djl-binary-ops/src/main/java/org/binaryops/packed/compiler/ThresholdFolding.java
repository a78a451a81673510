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
package org.binaryops.packed.compiler;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.binaryops.packed.InputThresholds;
import org.binaryops.packed.IntegerThresholds;
import org.binaryops.packed.Operation;

/**
 * Folds a chain of monotone blocks and the sign that ends it into thresholds.
 *
 * <p>Scale, bias, batch norm and sign are monotone in each channel, whatever their rounding. The
 * bit they give is therefore a comparison of the first value with a threshold, which bisection
 * through the engine finds: about log₂ K evaluations for accumulators of K products, 32 for float
 * features.
 */
final class ThresholdFolding {

    /** How many floats one evaluation may yield. */
    private static final int CHUNK = 1 << 22;

    private final FloatChain chain;
    private final UnaryOperator<NDArray> quantizer;
    private final int perChannel;
    private final int copies;

    private ThresholdFolding(
            FloatChain chain, UnaryOperator<NDArray> quantizer, int perChannel, int copies) {
        this.chain = chain;
        this.copies = copies;
        // A batch norm may overflow on huge features. The sign of infinity is clear, but the
        // estimators of the engine make NaN of it.
        this.quantizer = x -> quantizer.apply(x.clip(-Float.MAX_VALUE, Float.MAX_VALUE));
        this.perChannel = perChannel;
    }

    /**
     * Folds a chain on vectors.
     *
     * @param quantizer turns rows of C channels into rows of C·T values ±1, those of a channel side
     *     by side
     * @param perChannel T
     * @throws ArithmeticException if the chain yields NaN
     */
    static Operation fold(FloatChain chain, UnaryOperator<NDArray> quantizer, int perChannel) {
        Bisection found = search(chain, quantizer, perChannel, 1);
        int channels = chain.width();
        if (chain.isOfAccumulators()) {
            return new IntegerThresholds(channels, perChannel, found.rules, integers(chain, found));
        }
        return new InputThresholds(channels, perChannel, found.rules, floats(chain, found));
    }

    /**
     * Finds the thresholds of a chain.
     *
     * @param copies how many results each argument has, which must be equal: the positions of an
     *     image
     * @throws ArithmeticException if the chain yields NaN, or if results of a channel differ
     */
    static Bisection search(
            FloatChain chain, UnaryOperator<NDArray> quantizer, int perChannel, int copies) {
        ThresholdFolding folding = new ThresholdFolding(chain, quantizer, perChannel, copies);
        folding.checkNumber(chain.first());
        folding.checkNumber(chain.last());
        return Bisection.of(
                folding::bits,
                Math.multiplyExact(chain.width(), perChannel),
                chain.first(),
                chain.last());
    }

    /** The thresholds as accumulators. */
    static int[] integers(FloatChain chain, Bisection found) {
        int[] thresholds = new int[found.rules.length];
        for (int i = 0; i < thresholds.length; ++i) {
            thresholds[i] = isConstant(found, i) ? 0 : (int) chain.value(found.thresholds[i]);
        }
        return thresholds;
    }

    /** The thresholds as floats. */
    static float[] floats(FloatChain chain, Bisection found) {
        float[] thresholds = new float[found.rules.length];
        for (int i = 0; i < thresholds.length; ++i) {
            thresholds[i] = isConstant(found, i) ? 0 : chain.value(found.thresholds[i]);
        }
        return thresholds;
    }

    private static boolean isConstant(Bisection found, int index) {
        return switch (found.rules[index]) {
            case NEVER, ALWAYS -> true;
            case AT_LEAST, BELOW -> false;
        };
    }

    /** NaN has no sign and no order; it comes from parameters that are NaN or infinite. */
    private void checkNumber(int number) {
        float[] row = new float[chain.width()];
        Arrays.fill(row, chain.value(number));
        float[] result = chain.run(row, UnaryOperator.identity());
        for (int c = 0; c < result.length; ++c) {
            if (Float.isNaN(result[c])) {
                throw new ArithmeticException(
                        "channel " + c + " is NaN for the value " + chain.value(number));
            }
        }
    }

    /** Evaluates the chain: threshold t of a channel sees the argument in row t of the batch. */
    private boolean[] bits(int[] numbers) {
        int channels = chain.width();
        int rowsAtOnce = Math.max(1, Math.min(perChannel, CHUNK / numbers.length));
        boolean[] bits = new boolean[numbers.length];
        for (int from = 0; from < perChannel; from += rowsAtOnce) {
            int rows = Math.min(rowsAtOnce, perChannel - from);
            float[] values = new float[rows * channels];
            for (int row = 0; row < rows; ++row) {
                for (int c = 0; c < channels; ++c) {
                    values[row * channels + c] = chain.value(numbers[c * perChannel + from + row]);
                }
            }
            float[] signs = chain.run(values, quantizer);
            for (int row = 0; row < rows; ++row) {
                for (int c = 0; c < channels; ++c) {
                    int i = c * perChannel + from + row;
                    bits[i] = bit(signs, (row * numbers.length + i) * copies, c);
                }
            }
        }
        return bits;
    }

    /** The bit that all copies have. */
    private boolean bit(float[] signs, int from, int channel) {
        float sign = signs[from];
        if (Math.abs(sign) != 1) {
            throw new ArithmeticException("the sign of channel " + channel + " is " + sign);
        }
        for (int copy = 1; copy < copies; ++copy) {
            if (signs[from + copy] != sign) {
                throw new ArithmeticException(
                        "channel " + channel + " has a threshold for each position");
            }
        }
        return sign > 0;
    }
}
