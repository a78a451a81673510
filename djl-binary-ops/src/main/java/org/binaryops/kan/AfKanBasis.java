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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.util.Objects;
import org.binaryops.gradient.Temporaries;

/**
 * The functions of AF-KAN (Ta and others, "AF-KAN: Activation Function-Based Kolmogorov–Arnold
 * Networks for Efficient Representation Learning", arXiv 2503.06112), which generalize those of
 * ReLU-KAN to other activations and other combinations.
 *
 * <p>$$z_m(x) = \mathrm{combine}(\mathrm{act}(x - s_m), \mathrm{act}(e_m - x)), \quad s_m = \frac{m
 * - k}{g}, \quad e_m = s_m + \frac{k + 1}{g}$$
 *
 * <p>for m = 0 … g + k − 1, then normalized. The phases s and e are trained and shared by all
 * features, as published. The published layer does not weigh these functions but reduces them
 * first: {@link AfKanLinear}. In a {@link KanLinear} this basis is weighed as any other.
 */
public final class AfKanBasis extends FormulaBasis {

    private final int grid;
    private final int order;
    private final AfActivation activation;
    private final AfCombination combination;
    private final AfNormalization normalization;
    private final Parameter start;
    private final Parameter end;

    private AfKanBasis(Builder builder) {
        grid = builder.grid;
        order = builder.order;
        activation = builder.activation;
        combination = builder.combination;
        normalization = builder.normalization;
        start = phases("start", 0);
        end = phases("end", (order + 1.) / grid);
    }

    private Parameter phases(String name, double offset) {
        return addParameter(
                Parameter.builder()
                        .setName(name)
                        .setType(Parameter.Type.OTHER)
                        .optInitializer((m, shape, type) -> initial(m, shape, type, offset))
                        .build());
    }

    private NDArray initial(NDManager manager, Shape shape, DataType type, double offset) {
        double[] row = new double[Math.toIntExact(shape.size())];
        for (int m = 0; m < row.length; ++m) {
            row[m] = (m - order) / (double) grid + offset;
        }
        // A copy that the engine owns: of the same type, toType shares a buffer of the JVM.
        try (NDArray exact = manager.create(row, shape);
                NDArray typed = exact.toType(type, true)) {
            return typed.duplicate();
        }
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return grid + order;
    }

    /**
     * Returns the activation.
     *
     * @return the function that everything here is built from
     */
    public AfActivation getActivation() {
        return activation;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray column = x.expandDims(-1);
                    NDArray s = Temporaries.parameter(store, start, x, training);
                    NDArray e = Temporaries.parameter(store, end, x, training);
                    NDArray rising = activation.apply(column.sub(s));
                    NDArray falling = activation.apply(e.sub(column));
                    NDArray z = combination.apply(rising, falling);
                    if (normalization == AfNormalization.NONE) {
                        return z;
                    }
                    long features = x.getShape().get(x.getShape().dimension() - 1);
                    Shape samples = new Shape(x.size() / features, features, size());
                    return normalization.apply(z.reshape(samples)).reshape(z.getShape());
                });
    }

    /** {@inheritDoc} */
    @Override
    public Initializer coefficientInitializer() {
        return kaimingUniform();
    }

    @Override
    protected void prepare(Shape[] inputShapes) {
        features(inputShapes[0]);
        start.setShape(new Shape(size()));
        end.setShape(new Shape(size()));
    }

    @Override
    String structure() {
        return String.format(
                "grid %d, order %d, %s, %s, %s",
                grid, order, activation, combination, normalization);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link AfKanBasis}. */
    public static final class Builder {

        private int grid = 3;
        private int order = 3;
        private AfActivation activation = AfActivation.SILU;
        private AfCombination combination = AfCombination.QUAD1;
        private AfNormalization normalization = AfNormalization.PER_SAMPLE;

        private Builder() {}

        /**
         * Sets the number of intervals; the default is 3.
         *
         * @param grid g, positive
         * @return this builder
         */
        public Builder optGrid(int grid) {
            this.grid = grid;
            return this;
        }

        /**
         * Sets the order; the default is 3.
         *
         * @param order k, not negative
         * @return this builder
         */
        public Builder optOrder(int order) {
            this.order = order;
            return this;
        }

        /**
         * Sets the activation; the default is {@link AfActivation#SILU}.
         *
         * @param activation the activation
         * @return this builder
         */
        public Builder optActivation(AfActivation activation) {
            this.activation = Objects.requireNonNull(activation, "activation");
            return this;
        }

        /**
         * Sets the combination; the default is {@link AfCombination#QUAD1}.
         *
         * @param combination the combination
         * @return this builder
         */
        public Builder optCombination(AfCombination combination) {
            this.combination = Objects.requireNonNull(combination, "combination");
            return this;
        }

        /**
         * Sets the normalization; the default is {@link AfNormalization#PER_SAMPLE}.
         *
         * @param normalization the normalization
         * @return this builder
         */
        public Builder optNormalization(AfNormalization normalization) {
            this.normalization = Objects.requireNonNull(normalization, "normalization");
            return this;
        }

        /**
         * Builds the basis.
         *
         * @return a new basis
         * @throws IllegalArgumentException if a setting is out of its range
         */
        public AfKanBasis build() {
            requirePositive("grid", grid);
            if (order < 0) {
                throw new IllegalArgumentException(
                        "order must not be negative, but was " + order + ".");
            }
            return new AfKanBasis(this);
        }
    }
}
