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

    private ThresholdFolding(FloatChain chain, UnaryOperator<NDArray> quantizer, int perChannel) {
        this.chain = chain;
        // A batch norm may overflow on huge features. The sign of infinity is clear, but the
        // engine's
        // estimators make NaN of it.
        this.quantizer = x -> quantizer.apply(x.clip(-Float.MAX_VALUE, Float.MAX_VALUE));
        this.perChannel = perChannel;
    }

    /**
     * Folds a chain.
     *
     * @param quantizer turns rows of C channels into rows of C·T values ±1, those of a channel side
     *     by side
     * @param perChannel T
     * @throws ArithmeticException if the chain yields NaN
     */
    static Operation fold(FloatChain chain, UnaryOperator<NDArray> quantizer, int perChannel) {
        ThresholdFolding folding = new ThresholdFolding(chain, quantizer, perChannel);
        folding.checkNumber(chain.first());
        folding.checkNumber(chain.last());
        int channels = chain.width();
        Bisection found =
                Bisection.of(
                        folding::bits,
                        Math.multiplyExact(channels, perChannel),
                        chain.first(),
                        chain.last());
        int count = found.rules.length;
        if (chain.isOfAccumulators()) {
            int[] thresholds = new int[count];
            for (int i = 0; i < count; ++i) {
                thresholds[i] = isConstant(found, i) ? 0 : (int) chain.value(found.thresholds[i]);
            }
            return new IntegerThresholds(channels, perChannel, found.rules, thresholds);
        }
        float[] thresholds = new float[count];
        for (int i = 0; i < count; ++i) {
            thresholds[i] = isConstant(found, i) ? 0 : chain.value(found.thresholds[i]);
        }
        return new InputThresholds(channels, perChannel, found.rules, thresholds);
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
                    float sign = signs[row * numbers.length + i];
                    if (Math.abs(sign) != 1) {
                        throw new ArithmeticException("the sign of channel " + c + " is " + sign);
                    }
                    bits[i] = sign > 0;
                }
            }
        }
        return bits;
    }
}
