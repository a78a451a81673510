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
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * Bells made of ReLUs: the basis of ReLU-KAN (Qiu et al., "ReLU-KAN: New Kolmogorov–Arnold Networks
 * that Only Need Matrix Addition, Dot Multiplication, and ReLU", arXiv 2406.02075).
 *
 * <p>$$R_m(x) = \left(r \, \mathrm{relu}(e_m - x) \, \mathrm{relu}(x - s_m)\right)^2, \quad s_m = a
 * + \frac{m - k}{g} (b - a), \quad e_m = s_m + \frac{k + 1}{g} (b - a)$$
 *
 * <p>for m = 0 … g + k − 1, on [a, b] = [0, 1] as published. The factor r = (2 g / ((k + 1) (b −
 * a)))² makes the bells as high as 1; it stays as it is when the phases s and e, one row for each
 * feature, are trained. The values have no sum of 1.
 *
 * <p>For the published layer: {@code
 * KanLinear.builder().setUnits(u).optBasis(ReluKanBasis.builder().build())
 * .optBase(BaseBranch.NONE).optScale(false).optBias(true)}; its bias starts at 0 here.
 */
public final class ReluKanBasis extends FormulaBasis {

    private final int grid;
    private final int order;
    private final double low;
    private final double high;
    private final Parameter start;
    private final Parameter end;

    private ReluKanBasis(Builder builder) {
        grid = builder.grid;
        order = builder.order;
        low = builder.low;
        high = builder.high;
        double[] s = new double[grid + order];
        double[] e = new double[grid + order];
        for (int m = 0; m < s.length; ++m) {
            s[m] = low + (m - order) * (high - low) / grid;
            e[m] = s[m] + (order + 1) * (high - low) / grid;
        }
        start = perFeature("start", builder.trainable, s);
        end = perFeature("end", builder.trainable, e);
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return grid + order;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        double root = 2. * grid / ((order + 1) * (high - low));
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray s = Temporaries.parameter(store, start, x, training);
                    NDArray e = Temporaries.parameter(store, end, x, training);
                    return reluKan(x, s, e, root * root);
                });
    }

    /**
     * Evaluates the bells.
     *
     * @param x the inputs, [x1, …, xn, features]
     * @param start s, [features, n]
     * @param end e, [features, n]
     * @param factor r
     * @return the values, [x1, …, xn, features, n], attached to the manager of {@code x}; with
     *     gradients to {@code x}, {@code start} and {@code end}
     */
    public static NDArray reluKan(NDArray x, NDArray start, NDArray end, double factor) {
        return RowBlocks.evaluate(
                x,
                start.getShape().get(1),
                part -> {
                    NDArray column = part.expandDims(-1);
                    NDArray rising = Activation.relu(column.sub(start));
                    NDArray falling = Activation.relu(end.sub(column));
                    NDArray bell = rising.mul(falling).mul(Temporaries.constant(part, factor));
                    return bell.square();
                });
    }

    /**
     * Returns the initializer of the published convolution, uniform in ±1/√(features n).
     *
     * @return an initializer of coefficients of shape [units, features, g + k]
     */
    @Override
    public Initializer coefficientInitializer() {
        return kaimingUniform();
    }

    @Override
    String structure() {
        return String.format("grid %d, order %d on [%s, %s]", grid, order, low, high);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link ReluKanBasis}. */
    public static final class Builder {

        private int grid = 5;
        private int order = 3;
        private double low;
        private double high = 1;
        private boolean trainable = true;

        private Builder() {}

        /**
         * Sets the number of intervals; the default is 5.
         *
         * @param grid g, positive
         * @return this builder
         */
        public Builder optGrid(int grid) {
            this.grid = grid;
            return this;
        }

        /**
         * Sets how many intervals the bells overlap by; the default is 3.
         *
         * @param order k, not negative
         * @return this builder
         */
        public Builder optOrder(int order) {
            this.order = order;
            return this;
        }

        /**
         * Sets the range of the inputs; the default is [0, 1].
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
         * Sets whether the phases s and e are trained; the default is {@code true}.
         *
         * @param trainable whether they are
         * @return this builder
         */
        public Builder optTrainable(boolean trainable) {
            this.trainable = trainable;
            return this;
        }

        /**
         * Builds the basis.
         *
         * @return a new basis
         * @throws IllegalArgumentException if a setting is out of its range
         */
        public ReluKanBasis build() {
            requirePositive("grid", grid);
            if (order < 0) {
                throw new IllegalArgumentException(
                        "order must not be negative, but was " + order + ".");
            }
            requireRange(low, high);
            return new ReluKanBasis(this);
        }
    }
}
