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
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.gradient.Temporaries;

/**
 * A quantizer with the values ±1: sign(x), where sign(0) = +1.
 *
 * <p>The papers' PyTorch code has sign(0) = 0, a third value that one bit cannot hold; it occurs
 * when an activation is exactly 0, as after a ReLU. The subclasses differ only in the derivative
 * that the backward pass uses for the sign. While it trains, a subclass may do more (normalise the
 * argument of the derivative, add a noise); at inference all give the sign.
 *
 * <p>A NaN counts as +1.
 */
public abstract class SignQuantizer extends Quantizer implements DifferentiableFunction {

    /**
     * Creates a sign quantizer.
     *
     * @param version the version of the parameter encoding of the concrete class
     */
    protected SignQuantizer(byte version) {
        super(version);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return derivativeIsOne()
                ? CustomGradient.straightThrough(x, this)
                : CustomGradient.apply(x, this);
    }

    /**
     * Whether the derivative is 1 everywhere, which takes no array and no product.
     *
     * @return {@code false} unless overridden
     */
    boolean derivativeIsOne() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public final NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return value(x);
    }

    /** {@inheritDoc} */
    @Override
    public final boolean isBinary() {
        return true;
    }

    /**
     * Computes the sign.
     *
     * @param x the argument, of any shape
     * @return +1 where x ≥ 0, else −1, in the data type of {@code x}
     */
    @Override
    public final NDArray value(NDArray x) {
        return sign(x);
    }

    /** {@inheritDoc} */
    @Override
    public final void overwrite(NDArray x) {
        x.signi().addi(0.5).signi();
    }

    /**
     * Computes the sign, without a gradient.
     *
     * @param x the argument, of any shape
     * @return +1 where x ≥ 0, else −1, in the data type of {@code x}
     */
    public static NDArray sign(NDArray x) {
        // Several times faster than a comparison, whose booleans must be turned into numbers.
        return Temporaries.freed(x.getManager(), () -> x.stopGradient().sign().addi(0.5).signi());
    }

    /**
     * Tells where x is inside a window round 0, without a gradient.
     *
     * @param x the argument, of any shape; no NaN
     * @param width the largest |x| inside the window
     * @return 1 where |x| ≤ width, else 0, in the data type of {@code x}
     */
    static NDArray window(NDArray x, double width) {
        return Temporaries.freed(x.getManager(), () -> inside(x.stopGradient().abs(), width));
    }

    /**
     * Turns magnitudes within a width into 1, those beyond into 0.
     *
     * <p>All in one array: a second one, fresh from the system, costs more than the arithmetic.
     *
     * @param magnitude numbers of at least 0, overwritten
     * @param width the largest number that becomes 1
     * @return {@code magnitude}
     */
    static NDArray inside(NDArray magnitude, double width) {
        boolean exact = magnitude.getDataType() == DataType.FLOAT64;
        double limit = exact ? width : (float) width;
        // The difference is exact near 0, and half a step between numbers keeps it from being 0.
        double half = (exact ? Math.ulp(limit) : Math.ulp((float) limit)) / 2;
        return magnitude.subi(limit).subi(half).signi().muli(-0.5).addi(0.5);
    }
}
