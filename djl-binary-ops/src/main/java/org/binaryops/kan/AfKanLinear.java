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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.binaryops.gradient.Temporaries;

/**
 * The layer of AF-KAN (arXiv 2503.06112): the functions of an {@link AfKanBasis} are reduced to one
 * number for each feature, normalized over the features, activated once more and mapped linearly.
 *
 * <p>$$y = W \, \mathrm{act}(\mathrm{LayerNorm}(\mathrm{reduce}(z(x))))$$
 *
 * <p>It has far fewer parameters than a layer with a function on each edge: units · features and a
 * few. With several reductions each gives such a y, with the same W, and the {@link Join} makes one
 * of them. The defaults are the published ones: g = k = 3, SiLU, (p q)², and global attention
 * (which is what every network of the published code runs, whatever it is told). The normalization
 * of the functions is by sample, unless {@link AfNormalization#BATCH} is asked for.
 *
 * <p>Shapes: input [x1, …, xn, features], output [x1, …, xn, units], W [units, features]. There is
 * no bias.
 */
public final class AfKanLinear extends AbstractBlock {

    private static final byte VERSION = 1;
    private static final double EPSILON = 1e-5;

    private final int units;
    private final AfKanBasis basis;
    private final List<AfReduction> reductions;
    private final Join join;
    private final AfReducer reducer;
    private final Parameter temperature;
    private final Parameter gain;
    private final Parameter shift;
    private final Parameter weight;

    /** How the results of several reductions become one. */
    public enum Join {
        /** Σ y. */
        SUM,
        /** Π y. */
        PRODUCT,
        /** Σ y + Π y. */
        SUM_PRODUCT,
        /** Σ y + Π y + Σ y². */
        QUADRATIC
    }

    private AfKanLinear(Builder builder) {
        super(VERSION);
        units = builder.units;
        reductions = builder.reductions;
        join = builder.join;
        basis = addChildBlock("basis", builder.basis.build());
        reducer = addChildBlock("reducer", new AfReducer(EnumSet.copyOf(reductions), basis.size()));
        // An array without a gradient would stop a trainer.
        temperature =
                reductions.stream().anyMatch(AfReduction::hasTemperature)
                        ? add("temperature", this::rootOfFeatures)
                        : null;
        gain = add("gain", (m, shape, type) -> m.ones(shape, type));
        shift = add("shift", (m, shape, type) -> m.zeros(shape, type));
        weight =
                addParameter(
                        Parameter.builder()
                                .setName("weight")
                                .setType(Parameter.Type.WEIGHT)
                                .optInitializer(AfKanLinear::uniform)
                                .build());
    }

    private NDArray rootOfFeatures(NDManager manager, Shape shape, DataType type) {
        return manager.ones(shape, type).muli(Math.sqrt(gain.getShape().get(0)));
    }

    private static NDArray uniform(NDManager manager, Shape shape, DataType type) {
        float most = (float) (1 / Math.sqrt(shape.get(1)));
        return manager.randomUniform(-most, most, shape, type);
    }

    private Parameter add(String name, Initializer initializer) {
        return addParameter(
                Parameter.builder()
                        .setName(name)
                        .setType(Parameter.Type.OTHER)
                        .optInitializer(initializer)
                        .build());
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        long features = features(x.getShape());
        Shape output = getOutputShapes(new Shape[] {x.getShape()})[0];
        return new NDList(
                Temporaries.freed(
                        x.getManager(),
                        () -> {
                            NDArray rows = x.reshape(x.size() / features, features);
                            NDArray z = basis.evaluate(parameterStore, rows, training);
                            NDArray t =
                                    temperature == null
                                            ? null
                                            : get(parameterStore, temperature, x, training)
                                                    .maximum(Temporaries.constant(x, 1));
                            List<NDArray> results = new ArrayList<>();
                            for (AfReduction each : reductions) {
                                NDArray reduced =
                                        reducer.reduce(each, parameterStore, z, t, training);
                                results.add(mapped(reduced, parameterStore, training));
                            }
                            return joined(results).reshape(output);
                        }));
    }

    private NDArray get(ParameterStore store, Parameter parameter, NDArray x, boolean training) {
        return Temporaries.parameter(store, parameter, x, training);
    }

    private NDArray mapped(NDArray reduced, ParameterStore store, boolean training) {
        NDArray centred = reduced.sub(reduced.mean(new int[] {-1}, true));
        NDArray variance = centred.square().mean(new int[] {-1}, true);
        NDArray unit = centred.div(variance.add(EPSILON).sqrt());
        NDArray normalized =
                unit.mul(get(store, gain, reduced, training))
                        .add(get(store, shift, reduced, training));
        NDArray active = basis.getActivation().apply(normalized);
        return Linear.linear(active, get(store, weight, reduced, training)).singletonOrThrow();
    }

    private NDArray joined(List<NDArray> results) {
        NDArray first = results.get(0);
        if (results.size() == 1) {
            return first;
        }
        NDArray sum = first;
        NDArray product = first;
        NDArray squares = first.square();
        for (NDArray each : results.subList(1, results.size())) {
            sum = sum.add(each);
            product = product.mul(each);
            squares = squares.add(each.square());
        }
        return switch (join) {
            case SUM -> sum;
            case PRODUCT -> product;
            case SUM_PRODUCT -> sum.add(product);
            case QUADRATIC -> sum.add(product).add(squares);
        };
    }

    private long features(Shape input) {
        return Inputs.features("AfKanLinear", input, weight);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        features(inputShapes[0]);
        Shape input = inputShapes[0];
        return new Shape[] {input.slice(0, input.dimension() - 1).add(units)};
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long features = features(inputShapes[0]);
        if (temperature != null) {
            temperature.setShape(new Shape(1));
        }
        gain.setShape(new Shape(features));
        shift.setShape(new Shape(features));
        weight.setShape(new Shape(units, features));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(NDManager manager, DataType type, Shape... inputShapes) {
        basis.initialize(manager, type, inputShapes[0]);
        reducer.initialize(manager, type, inputShapes[0].add(basis.size()));
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(structure());
    }

    private String structure() {
        return units + " units, " + reductions + ", " + join;
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = List.of("data0");
        String saved = is.readUTF();
        if (!saved.equals(structure())) {
            throw new MalformedModelException(
                    String.format(
                            "AfKanLinear: this layer has %s, but the file has %s",
                            structure(), saved));
        }
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link AfKanLinear}. */
    public static final class Builder {

        private int units;
        private AfKanBasis.Builder basis = AfKanBasis.builder();
        private List<AfReduction> reductions = List.of(AfReduction.GLOBAL_ATTENTION);
        private Join join = Join.SUM;

        private Builder() {}

        /**
         * Sets the number of units.
         *
         * @param units the size of the last axis of the output, positive
         * @return this builder
         */
        public Builder setUnits(int units) {
            this.units = units;
            return this;
        }

        /**
         * Sets the functions.
         *
         * @param basis the settings of the basis
         * @return this builder
         */
        public Builder optBasis(AfKanBasis.Builder basis) {
            this.basis = Objects.requireNonNull(basis, "basis");
            return this;
        }

        /**
         * Sets the reductions; the default is {@link AfReduction#GLOBAL_ATTENTION} alone.
         *
         * @param reductions at least one
         * @return this builder
         */
        public Builder optReductions(AfReduction... reductions) {
            this.reductions = List.copyOf(Arrays.asList(reductions));
            return this;
        }

        /**
         * Sets how the results of several reductions become one; the default is {@link Join#SUM}.
         *
         * @param join the way
         * @return this builder
         */
        public Builder optJoin(Join join) {
            this.join = Objects.requireNonNull(join, "join");
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a setting is out of its range
         */
        public AfKanLinear build() {
            if (units <= 0) {
                throw new IllegalArgumentException(
                        "units must be set and positive, but was " + units + ".");
            }
            if (reductions.isEmpty()) {
                throw new IllegalArgumentException("reductions must not be empty.");
            }
            return new AfKanLinear(this);
        }
    }
}
