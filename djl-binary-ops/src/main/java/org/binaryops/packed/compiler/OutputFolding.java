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

import java.util.Arrays;
import org.binaryops.packed.AffineOutput;
import org.binaryops.packed.Operation;
import org.binaryops.packed.TableOutput;

/**
 * Folds the chain after the last binary layer into an output operation that repeats the engine to
 * the last bit.
 *
 * <p>Each step (a scale and bias, a batch norm) is an affine map of each channel. Its summand is
 * what the engine makes of 0, its factor what the engine makes of 2¹⁰⁰ (beside which a summand
 * vanishes) divided by 2¹⁰⁰. An engine may round the product before it adds or fuse the two. Both
 * are compared with the engine on every accumulator that can occur; where neither repeats it, a
 * table of the engine's own answers takes their place.
 */
final class OutputFolding {

    private static final float LARGE = 0x1p100f;

    /** How many floats one evaluation may yield. */
    private static final int CHUNK = 1 << 20;

    private final FloatChain chain;
    private final int channels;
    private final int steps;
    private final float[][] scale;
    private final float[][] bias;
    private final boolean[] rounded;
    private final boolean[] fused;

    private OutputFolding(FloatChain chain) {
        this.chain = chain;
        channels = chain.width();
        steps = chain.steps();
        scale = new float[steps][];
        bias = new float[steps][];
        rounded = new boolean[steps];
        fused = new boolean[steps];
    }

    /** Folds a chain of accumulators. */
    static Operation fold(FloatChain chain) {
        if (chain.steps() == 0) {
            float[] one = new float[chain.width()];
            Arrays.fill(one, 1);
            return AffineOutput.of(one, new float[chain.width()], false);
        }
        OutputFolding folding = new OutputFolding(chain);
        return folding.isAffine() ? folding.affine() : folding.table();
    }

    private Operation affine() {
        AffineOutput output = AffineOutput.of(scale[0], bias[0], !rounded[0]);
        for (int s = 1; s < steps; ++s) {
            output = output.then(scale[s], bias[s], !rounded[s]);
        }
        return output;
    }

    private boolean isAffine() {
        for (int s = 0; s < steps; ++s) {
            bias[s] = chain.runStep(s, filled(0));
            scale[s] = chain.runStep(s, filled(LARGE));
            for (int c = 0; c < channels; ++c) {
                scale[s][c] /= LARGE;
                if (!Float.isFinite(scale[s][c]) || !Float.isFinite(bias[s][c])) {
                    return false;
                }
            }
        }
        Arrays.fill(rounded, true);
        Arrays.fill(fused, true);
        int rowsAtOnce = Math.max(1, CHUNK / channels);
        for (int from = 0; from <= chain.last(); from += rowsAtOnce) {
            float[] values = rows(from, Math.min(rowsAtOnce, chain.last() + 1 - from));
            for (int s = 0; s < steps; ++s) {
                float[] result = chain.runStep(s, values);
                for (int i = 0, c = 0; i < values.length; ++i, c = c + 1 == channels ? 0 : c + 1) {
                    int actual = Float.floatToRawIntBits(result[i]);
                    float product = values[i] * scale[s][c];
                    float sum = Math.fma(values[i], scale[s][c], bias[s][c]);
                    rounded[s] &= Float.floatToRawIntBits(product + bias[s][c]) == actual;
                    fused[s] &= Float.floatToRawIntBits(sum) == actual;
                }
                if (!rounded[s] && !fused[s]) {
                    return false;
                }
                values = result;
            }
        }
        return true;
    }

    private Operation table() {
        int entries = chain.last() + 1;
        float[] table = new float[Math.multiplyExact(channels, entries)];
        int rowsAtOnce = Math.max(1, CHUNK / channels);
        for (int from = 0; from < entries; from += rowsAtOnce) {
            float[] values = rows(from, Math.min(rowsAtOnce, entries - from));
            for (int s = 0; s < steps; ++s) {
                values = chain.runStep(s, values);
            }
            for (int i = 0; i < values.length; ++i) {
                table[i % channels * entries + from + i / channels] = values[i];
            }
        }
        return new TableOutput(channels, chain.fanIn(), table);
    }

    private float[] filled(float value) {
        float[] row = new float[channels];
        Arrays.fill(row, value);
        return row;
    }

    /** Rows in which all channels have the same accumulator, one row for each accumulator. */
    private float[] rows(int from, int count) {
        float[] values = new float[count * channels];
        for (int row = 0; row < count; ++row) {
            Arrays.fill(values, row * channels, (row + 1) * channels, chain.value(from + row));
        }
        return values;
    }
}
