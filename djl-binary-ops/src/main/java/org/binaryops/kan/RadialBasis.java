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
package org.binaryops.kan;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * Gaussian radial functions on evenly spaced centres: the basis of FastKAN (Li, "Kolmogorov–Arnold
 * Networks are Radial Basis Function Networks", arXiv 2405.06721).
 *
 * <p>$$R_m(x) = \exp\left(-\left(\frac{x - c_m}{h}\right)^2\right), \quad c_m = a + m h, \quad h =
 * \frac{b - a}{n - 1}$$
 *
 * <p>with n = 8 centres on [a, b] = [−2, 2] by default. FastKAN normalizes its input over the
 * features first (layer normalization with learned gain and shift), so that it stays where the
 * centres are; that is part of this basis, and the base branch of the layer sees the input as it
 * comes, as published. For FastKAN's layer: {@code
 * KanLinear.builder().setUnits(u).optBasis(RadialBasis.builder().build()).optScale(false)
 * .optBias(true)}.
 */
public final class RadialBasis extends FormulaBasis {

    private static final double EPSILON = 1e-5;

    private final int centres;
    private final double low;
    private final double high;
    private final Parameter gain;
    private final Parameter shift;

    private RadialBasis(Builder builder) {
        centres = builder.centres;
        low = builder.low;
        high = builder.high;
        gain = builder.normalized ? perFeature("gain", true, 1) : null;
        shift = builder.normalized ? perFeature("shift", true, 0) : null;
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return centres;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray input = gain == null ? x : normalized(store, x, training);
                    // In units of h, so that the large array has one operation less.
                    double h = (high - low) / (centres - 1);
                    NDArray scaled = input.mul(Temporaries.constant(x, 1 / h));
                    NDArray c = sequence(x, low / h, 1, centres);
                    return RowBlocks.evaluate(
                            scaled,
                            centres,
                            part -> part.expandDims(-1).sub(c).square().negi().exp());
                });
    }

    private NDArray normalized(ParameterStore store, NDArray x, boolean training) {
        NDArray centred = x.sub(x.mean(new int[] {-1}, true));
        NDArray variance = centred.square().mean(new int[] {-1}, true);
        NDArray unit = centred.div(variance.add(EPSILON).sqrt());
        NDArray g = Temporaries.parameter(store, gain, x, training).reshape(-1);
        return unit.mul(g).add(Temporaries.parameter(store, shift, x, training).reshape(-1));
    }

    /**
     * Returns FastKAN's initializer, N(0, 0.1).
     *
     * @return an initializer of coefficients of shape [units, features, n]
     */
    @Override
    public Initializer coefficientInitializer() {
        return normal(shape -> .1);
    }

    @Override
    String structure() {
        return String.format(
                "%d centres on [%s, %s], normalized %s", centres, low, high, gain != null);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link RadialBasis}. */
    public static final class Builder {

        private int centres = 8;
        private double low = -2;
        private double high = 2;
        private boolean normalized = true;

        private Builder() {}

        /**
         * Sets the number of centres; the default is 8.
         *
         * @param centres n, at least 2
         * @return this builder
         */
        public Builder optCentres(int centres) {
            this.centres = centres;
            return this;
        }

        /**
         * Sets where the first and the last centre are; the default is [−2, 2].
         *
         * @param low a
         * @param high b, greater than a
         * @return this builder
         */
        public Builder optRange(double low, double high) {
            this.low = low;
            this.high = high;
            return this;
        }

        /**
         * Sets whether the input is normalized over the features; the default is {@code true}.
         *
         * @param normalized whether there is a layer normalization
         * @return this builder
         */
        public Builder optNormalized(boolean normalized) {
            this.normalized = normalized;
            return this;
        }

        /**
         * Builds the basis.
         *
         * @return a new basis
         * @throws IllegalArgumentException if a setting is out of its range
         */
        public RadialBasis build() {
            if (centres < 2) {
                throw new IllegalArgumentException(
                        "centres must be at least 2, but was " + centres + ".");
            }
            requireRange(low, high);
            return new RadialBasis(this);
        }
    }
}
