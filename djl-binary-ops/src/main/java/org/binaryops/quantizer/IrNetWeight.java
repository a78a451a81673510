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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The weight quantizer of Qin et al., "Forward and Backward Information Retention for Accurate
 * Binary Neural Networks" (IR-Net), CVPR 2020: Libra parameter binarization with the error decay
 * estimator.
 *
 * <p>Each output channel (first axis) is standardised and scaled by a power of two, which a machine
 * applies as a shift:
 *
 * <p>$$\hat w = \frac{w - \mathrm{mean}(w)}{\mathrm{std}(w)}, \quad s = 2^{\mathrm{round}(\log_2
 * \mathrm{mean}|\hat w|)}, \quad w_q = s \, \mathrm{sign}(\hat w)$$
 *
 * <p>with the unbiased standard deviation and sign(0) = +1 (the authors' code has 0 there).
 *
 * <p>Backward: for the sign the derivative of {@link ErrorDecayEstimator} at ŵ, none for s, and the
 * true one through mean and standard deviation. A channel of equal weights, whose deviation is 0,
 * has ŵ = 0 and becomes zeros.
 *
 * <p>Shapes: any with two axes or more, as [units, features] or [filters, channels, height, width].
 */
public final class IrNetWeight extends Quantizer implements Annealed {

    private static final byte VERSION = 1;

    private final ErrorDecayEstimator estimator;

    /** Creates a quantizer with the published estimator, t from 10⁻³ to 10. */
    public IrNetWeight() {
        this(new ErrorDecayEstimator());
    }

    /**
     * Creates a quantizer.
     *
     * @param estimator a new estimator for the sign, owned by this quantizer and saved with it
     */
    @SuppressWarnings("this-escape")
    public IrNetWeight(ErrorDecayEstimator estimator) {
        super(VERSION);
        this.estimator = addChildBlock("estimator", estimator);
    }

    /** {@inheritDoc} */
    @Override
    public void setProgress(double progress) {
        estimator.setProgress(progress);
    }

    /**
     * Returns the estimator of the sign.
     *
     * @return the child block
     */
    public ErrorDecayEstimator getEstimator() {
        return estimator;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray standard = standardized(x);
                    NDArray scale = scale(standard);
                    return CustomGradient.of(
                                    standard,
                                    SignQuantizer.sign(standard).muli(scale),
                                    estimator.derivative(standard.stopGradient()).muli(scale))
                            .reshape(x.getShape());
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray standard = standardized(x.stopGradient());
                    return SignQuantizer.sign(standard).muli(scale(standard)).reshape(x.getShape());
                });
    }

    private static NDArray standardized(NDArray w) {
        NDArray rows = ChannelRows.of(w, "IrNetWeight");
        NDArray centred = rows.sub(ChannelRows.mean(rows));
        NDArray variance = ChannelRows.variance(centred);
        return centred.div(variance.add(ChannelRows.zeros(variance)).sqrt());
    }

    private static NDArray scale(NDArray standard) {
        NDArray logarithm = ChannelRows.mean(standard.stopGradient().abs()).log2().round();
        // The mean is below 1: 1 / s is a whole number, and rounding makes the power exact.
        NDArray inverse = logarithm.muli(-Math.log(2)).exp().round();
        return inverse.onesLike().divi(inverse);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        estimator.initialize(manager, dataType, inputShapes);
    }
}
