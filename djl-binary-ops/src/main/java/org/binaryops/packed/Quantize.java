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
package org.binaryops.packed;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/**
 * Turns floats into the numbers of their levels, unsigned bytes from 0: the input of layers with
 * activations of 1 to 8 bits.
 *
 * <p>Either a quotient x / s or a product x · s is rounded half to even, limited to the levels and
 * counted from the lowest one, or x is compared with the thresholds between two levels, which holds
 * for any quantizer that never falls. The floats are rounded as an engine rounds them.
 */
public final class Quantize extends Operation {

    static final int CODE = 19;

    /** The most levels that a byte can number. */
    public static final int MAX_LEVELS = 256;

    /** Where numbers are added to floats of this size, what is left of them is rounded. */
    private static final float ROUNDING = 0x1.8p23f;

    /** How far the lowest level may be from 0: rounding must be exact. */
    private static final int MAX_LOWEST = 1 << 16;

    /** How a number finds its level. */
    public enum Rule {
        /** By x / s. */
        DIVIDE,
        /** By x · s. */
        MULTIPLY,
        /** By comparisons with thresholds. */
        COMPARE;

        private static final Rule[] BY_CODE = values();
    }

    private final Rule rule;
    private final int levels;
    private final int lowest;
    private final int size;
    private final float[] parameters;

    private Quantize(Rule rule, int levels, int lowest, float[] parameters) {
        this.rule = rule;
        this.levels = checkLevels(levels);
        this.lowest = lowest;
        this.parameters = parameters.clone();
        int each = rule == Rule.COMPARE ? levels - 1 : 1;
        if (parameters.length == 0 || parameters.length % each != 0) {
            throw new IllegalArgumentException(
                    "there is no Quantize of "
                            + levels
                            + " levels with "
                            + parameters.length
                            + " parameters");
        }
        size = ValueType.checkWidth("the channels of Quantize", parameters.length / each);
        if (Math.abs((long) lowest) > MAX_LOWEST || rule == Rule.COMPARE && lowest != 0) {
            throw new IllegalArgumentException("the lowest level cannot be " + lowest);
        }
        checkFinite("the parameters of Quantize", parameters);
        for (int i = 0; i < parameters.length; ++i) {
            boolean fits =
                    rule == Rule.COMPARE
                            ? i % each == 0 || parameters[i - 1] < parameters[i]
                            : parameters[i] > 0;
            if (!fits) {
                throw new IllegalArgumentException(
                        "parameter " + i + " of Quantize cannot be " + parameters[i]);
            }
        }
    }

    /** Checks a number of levels that was given or read. */
    static int checkLevels(long levels) {
        if (levels < 2 || levels > MAX_LEVELS) {
            throw new IllegalArgumentException(
                    "there must be 2 to " + MAX_LEVELS + " levels, but there are " + levels);
        }
        return (int) levels;
    }

    /**
     * Rounds quotients: the level of x is clamp(round(x / s), lowest, lowest + levels − 1) −
     * lowest.
     *
     * @param steps the distances s of two levels, one or one for each channel, finite and positive
     * @param lowest the quotient of the level 0
     * @param levels the number of levels, 2 to 256
     * @return the operation
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static Quantize dividing(float[] steps, int lowest, int levels) {
        return new Quantize(Rule.DIVIDE, levels, lowest, steps);
    }

    /**
     * Rounds products: the level of x is clamp(round(x · s), lowest, lowest + levels − 1) − lowest.
     *
     * @param factors the factors s, one or one for each channel, finite and positive
     * @param lowest the product of the level 0
     * @param levels the number of levels, 2 to 256
     * @return the operation
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static Quantize multiplying(float[] factors, int lowest, int levels) {
        return new Quantize(Rule.MULTIPLY, levels, lowest, factors);
    }

    /**
     * Compares: the level of x is the number of thresholds that are not above x.
     *
     * @param thresholds the thresholds between two levels, rising and finite: levels − 1 of them,
     *     or so many for each channel
     * @param levels the number of levels, 2 to 256
     * @return the operation
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static Quantize comparing(float[] thresholds, int levels) {
        return new Quantize(Rule.COMPARE, levels, 0, thresholds);
    }

    /**
     * Returns how a number finds its level.
     *
     * @return the rule
     */
    public Rule rule() {
        return rule;
    }

    /**
     * Returns the number of levels.
     *
     * @return 2 to 256
     */
    public int levels() {
        return levels;
    }

    /**
     * Returns the level of a number.
     *
     * @param x the number
     * @param channel its channel
     * @return the number of the level, from 0
     */
    public int level(float x, int channel) {
        int at = size == 1 ? 0 : channel;
        return switch (rule) {
            case DIVIDE -> rounded(x / parameters[at]);
            case MULTIPLY -> rounded(x * parameters[at]);
            case COMPARE -> compared(x, at * (levels - 1));
        };
    }

    private int rounded(float u) {
        float limited = Math.min(Math.max(u, lowest), lowest + levels - 1);
        return (int) (limited + ROUNDING - ROUNDING) - lowest;
    }

    /** The number of thresholds that are not above x. */
    private int compared(float x, int from) {
        int low = 0;
        int high = levels - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (x >= parameters[from + middle]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        if (input.kind() != ValueType.Kind.FLOATS || size != 1 && size != input.channels()) {
            throw new IllegalArgumentException(
                    "Quantize takes floats"
                            + (size == 1 ? "" : " of " + size + " channels")
                            + " but is given "
                            + input);
        }
        return input.with(ValueType.Kind.BYTES, input.channels(), levels - 1);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        float[] x = scratch.floats[in[0]];
        byte[] to = scratch.bytes[out];
        int count = rows * scratch.types[out].size();
        for (int i = 0; i < count; i += size == 1 ? count : size) {
            int from = scratch.offset[in[0]] + i;
            int some = size == 1 ? count : size;
            switch (rule) {
                case DIVIDE -> divide(x, from, to, i, some);
                case MULTIPLY -> multiply(x, from, to, i, some);
                case COMPARE -> {
                    for (int c = 0; c < some; ++c) {
                        int at = size == 1 ? 0 : c * (levels - 1);
                        to[i + c] = (byte) compared(x[from + c], at);
                    }
                }
            }
        }
    }

    private void divide(float[] x, int from, byte[] to, int at, int count) {
        if (size == 1) {
            float step = parameters[0];
            for (int i = 0; i < count; ++i) {
                to[at + i] = (byte) rounded(x[from + i] / step);
            }
        } else {
            for (int i = 0; i < count; ++i) {
                to[at + i] = (byte) rounded(x[from + i] / parameters[i]);
            }
        }
    }

    private void multiply(float[] x, int from, byte[] to, int at, int count) {
        if (size == 1) {
            float factor = parameters[0];
            for (int i = 0; i < count; ++i) {
                to[at + i] = (byte) rounded(x[from + i] * factor);
            }
        } else {
            for (int i = 0; i < count; ++i) {
                to[at + i] = (byte) rounded(x[from + i] * parameters[i]);
            }
        }
    }

    @Override
    long bodyBytes() {
        return 16 + padded(4L * parameters.length);
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(rule.ordinal()).putInt(levels).putInt(lowest).putInt(size);
        for (float parameter : parameters) {
            body.putFloat(parameter);
        }
    }

    static Quantize read(BodyReader body) throws PackedFormatException {
        body.atLeast(16);
        int code = body.integer();
        if (code < 0 || code >= Rule.BY_CODE.length) {
            throw new PackedFormatException("there is no rule " + code + " of Quantize");
        }
        Rule rule = Rule.BY_CODE[code];
        int levels = checkLevels(body.integer() & 0xffffffffL);
        int lowest = body.integer();
        int size = body.width("channels");
        int each = rule == Rule.COMPARE ? levels - 1 : 1;
        int count = body.product(size, each);
        body.expect(16 + padded(4L * count));
        return new Quantize(rule, levels, lowest, body.floats(count));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Quantize           "
                + (size == 1 ? "" : size + " channels, ")
                + levels
                + " levels, "
                + rule.name().toLowerCase(Locale.ROOT);
    }
}
