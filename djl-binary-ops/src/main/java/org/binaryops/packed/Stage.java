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
import org.binaryops.packed.kernel.Kernels;

/**
 * One function that {@link Elementwise} applies to each number, with parameters for each channel.
 *
 * <p>Every stage rounds as the operations of an engine do, so that a chain of stages can repeat a
 * chain of layers to the last bit.
 */
public final class Stage {

    /** What a stage computes. */
    public enum Kind {
        /** s·x + b, where the product and the sum are rounded. */
        AFFINE(2),
        /** s·x + b as a fused multiply-add, where only the sum is rounded. */
        FUSED_AFFINE(2),
        /** x where x ≥ 0, else s·x: ReLU, leaky ReLU, PReLU. */
        SLOPE(1),
        /** x limited to an interval: hard tanh, ReLU6. */
        CLIP(2);

        private static final Kind[] BY_CODE = values();

        private final int parameters;

        Kind(int parameters) {
            this.parameters = parameters;
        }
    }

    private final Kind kind;
    private final float[] a;
    private final float[] b;

    private Stage(Kind kind, float[] a, float[] b) {
        this.kind = kind;
        this.a = a.clone();
        this.b = b.clone();
        int second = kind.parameters == 2 ? a.length : 0;
        ValueType.checkWidth("the number of parameters of a stage", a.length);
        if (b.length != second) {
            throw new IllegalArgumentException(
                    "a stage needs as many second parameters as first, but got "
                            + b.length
                            + " and "
                            + a.length);
        }
        Operation.checkFinite("the parameters of a stage", this.a);
        Operation.checkFinite("the parameters of a stage", this.b);
        for (int i = 0; kind == Kind.CLIP && i < a.length; ++i) {
            if (a[i] > b[i]) {
                throw new IllegalArgumentException(
                        "the limits of a stage are " + a[i] + " and " + b[i]);
            }
        }
    }

    /**
     * Creates the stage s·x + b.
     *
     * @param scale the factors s, finite
     * @param bias the summands b, as many, finite; −0 leaves every product as it is
     * @param fused whether the product is added before it is rounded
     * @return the stage
     * @throws IllegalArgumentException if the lengths differ or a number is not finite
     */
    public static Stage affine(float[] scale, float[] bias, boolean fused) {
        return new Stage(fused ? Kind.FUSED_AFFINE : Kind.AFFINE, scale, bias);
    }

    /**
     * Creates the stage x ↦ x where x ≥ 0, else s·x.
     *
     * @param slope the factors s, finite; 0 makes a ReLU
     * @return the stage
     * @throws IllegalArgumentException if a number is not finite
     */
    public static Stage slope(float[] slope) {
        return new Stage(Kind.SLOPE, slope, new float[0]);
    }

    /**
     * Creates the stage x ↦ min(max(x, low), high).
     *
     * @param low the lower limits, finite
     * @param high the upper limits, as many, finite
     * @return the stage
     * @throws IllegalArgumentException if the lengths differ or the limits are no intervals
     */
    public static Stage clip(float[] low, float[] high) {
        return new Stage(Kind.CLIP, low, high);
    }

    /**
     * Returns what the stage computes.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /** The number of parameters of a kind: the channels, or the elements of the whole value. */
    int size() {
        return a.length;
    }

    /**
     * Returns the first parameters.
     *
     * @return the factors s, or the lower limits; a copy
     */
    public float[] first() {
        return a.clone();
    }

    /**
     * Returns the second parameters.
     *
     * @return the summands b, the upper limits, or nothing for a slope; a copy
     */
    public float[] second() {
        return b.clone();
    }

    /** Applies the stage in place to some numbers, a multiple of its parameters. */
    void apply(float[] x, int from, int count) {
        Kernels kernels = Kernels.get();
        int positions = count / a.length;
        switch (kind) {
            case AFFINE -> kernels.affine(x, from, positions, a, b, false);
            case FUSED_AFFINE -> kernels.affine(x, from, positions, a, b, true);
            case SLOPE -> kernels.slope(x, from, positions, a);
            case CLIP -> kernels.clip(x, from, positions, a, b);
        }
    }

    long bytes() {
        return 8 + Operation.padded(4L * a.length) + Operation.padded(4L * b.length);
    }

    void write(ByteBuffer body) {
        body.putInt(kind.ordinal()).putInt(0);
        for (float[] values : new float[][] {a, b}) {
            for (float value : values) {
                body.putFloat(value);
            }
            body.position((int) Operation.padded(body.position()));
        }
    }

    static Stage read(BodyReader body, int size) throws PackedFormatException {
        body.atLeast(8);
        int code = body.integer();
        if (code < 0 || code >= Kind.BY_CODE.length) {
            throw new PackedFormatException("there is no stage of the kind " + code);
        }
        Kind kind = Kind.BY_CODE[code];
        body.zero();
        body.atLeast(kind.parameters * Operation.padded(4L * size));
        float[] a = body.floats(size);
        return new Stage(kind, a, body.floats(kind.parameters == 2 ? size : 0));
    }
}
