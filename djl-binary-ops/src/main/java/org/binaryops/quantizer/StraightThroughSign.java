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
package org.binaryops.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/**
 * The sign with the straight-through estimator (Bengio, Léonard &amp; Courville 2013; Hubara et
 * al., "Binarized Neural Networks", NeurIPS 2016).
 *
 * <p>Forward sign(x), sign(0) = +1; backward $g(x) = 1$ for $|x| \le w$, else 0. The window is
 * inclusive: |x| = w passes the gradient. The default w = 1 is the clipped estimator (the
 * derivative of the hard tanh); w = ∞ is the identity estimator of BinaryConnect's weights. The
 * window of {@link #open} is exclusive, as in the code of BiViT (He et al., ICCV 2023).
 */
public final class StraightThroughSign extends SignQuantizer {

    private static final byte VERSION = 1;

    private final double window;
    private final boolean open;

    /** Creates the clipped estimator, window 1. */
    public StraightThroughSign() {
        this(1);
    }

    /**
     * Creates an estimator.
     *
     * @param window the largest |x| that passes the gradient; {@link Double#POSITIVE_INFINITY}
     *     passes it everywhere
     * @throws IllegalArgumentException if the window is not positive
     */
    public StraightThroughSign(double window) {
        this(window, false);
    }

    private StraightThroughSign(double window, boolean open) {
        super(VERSION);
        if (!(window > 0)) {
            throw new IllegalArgumentException("window must be positive, but was " + window + ".");
        }
        this.window = window;
        this.open = open;
    }

    /**
     * Creates the clipped estimator with an open window: $g(x) = 1$ for $|x| \lt 1$, else 0.
     *
     * @return a new quantizer
     */
    public static StraightThroughSign open() {
        return new StraightThroughSign(1, true);
    }

    /**
     * Creates the identity estimator, whose window is unbounded.
     *
     * @return a new quantizer
     */
    public static StraightThroughSign identity() {
        return new StraightThroughSign(Double.POSITIVE_INFINITY);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        if (open) {
            boolean exact = x.getDataType() == DataType.FLOAT64;
            return window(x, exact ? Math.nextDown(window) : Math.nextDown((float) window));
        }
        return derivativeIsOne() ? x.onesLike() : window(x, window);
    }

    /** {@inheritDoc} */
    @Override
    boolean derivativeIsOne() {
        return window == Double.POSITIVE_INFINITY;
    }
}
