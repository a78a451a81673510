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
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.binaryops.gradient.Temporaries;

/**
 * A Kolmogorov–Arnold layer: each edge from a feature i to a unit j carries a learnable function of
 * one variable, and each unit adds its edges (Liu et al., "KAN: Kolmogorov–Arnold Networks", ICLR
 * 2025, arXiv 2404.19756).
 *
 * <p>$$y_j = \sum_i \left( w_{ji} \, \mathrm{silu}(x_i) + s_{ji} \sum_m c_{jim} B_m(x_i) \right)$$
 *
 * <p>This is the layer of the authors' library, pykan, with its two trainable scales: w ("base",
 * there scale_base) and s ("scale", there scale_sp), no mask and no bias. It starts as there: w
 * uniform in ±1/√features, s = 1/√features, and splines that go through small noise at the nodes of
 * the grid ({@link BSplineBasis#coefficientInitializer()}). The variant without the base branch
 * ({@link Builder#optBaseBranch}) leaves the first term out. The functions B_m are those of a
 * {@link Basis}, by default cubic B-splines on 5 intervals over [−1, 1]; unlike pykan's they go on
 * along their tangents outside the grid (see {@link Extrapolation}).
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input x: [x1, …, xn, features]
 *   <li>base w and scale s: [units, features]; coefficients c: [units, features, n]
 *   <li>output y: [x1, …, xn, units]
 * </ul>
 *
 * <p>A layer does not keep its outputs within the range of the grid that the next layer has.
 */
public final class KanLinear extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int units;
    private final Basis basis;
    private final Parameter base;
    private final Parameter scale;
    private final Parameter coefficients;

    private KanLinear(Builder builder, Basis basis) {
        super(VERSION);
        units = builder.units;
        this.basis = addChildBlock("basis", basis);
        base =
                builder.baseBranch
                        ? addParameter(
                                Parameter.builder()
                                        .setName("base")
                                        .setType(Parameter.Type.WEIGHT)
                                        .optInitializer(KanLinear::uniform)
                                        .build())
                        : null;
        scale =
                addParameter(
                        Parameter.builder()
                                .setName("scale")
                                .setType(Parameter.Type.GAMMA)
                                .optInitializer(KanLinear::constant)
                                .build());
        coefficients =
                addParameter(
                        Parameter.builder()
                                .setName("coefficients")
                                .setType(Parameter.Type.WEIGHT)
                                .optInitializer(basis.coefficientInitializer())
                                .build());
    }

    private static NDArray uniform(NDManager manager, Shape shape, DataType type) {
        float most = (float) (1 / Math.sqrt(shape.get(1)));
        return manager.randomUniform(-most, most, shape, type);
    }

    private static NDArray constant(NDManager manager, Shape shape, DataType type) {
        return manager.ones(shape, type).divi(Math.sqrt(shape.get(1)));
    }

    /**
     * Returns the number of units.
     *
     * @return the size of the last axis of the output
     */
    public int getUnits() {
        return units;
    }

    /**
     * Returns the basis.
     *
     * @return the child block that the edges' functions are combined from
     */
    public Basis getBasis() {
        return basis;
    }

    /**
     * Returns whether the edges have the term w silu(x).
     *
     * @return whether there is a base branch
     */
    public boolean hasBaseBranch() {
        return base != null;
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        features(x.getShape());
        return new NDList(
                Temporaries.freed(
                        x.getManager(),
                        () ->
                                kanLinear(
                                        x,
                                        basis.evaluate(parameterStore, x, training),
                                        Temporaries.parameter(
                                                parameterStore, coefficients, x, training),
                                        Temporaries.parameter(parameterStore, scale, x, training),
                                        Temporaries.parameter(parameterStore, base, x, training))));
    }

    /**
     * Applies a Kolmogorov–Arnold layer.
     *
     * @param x the input, [x1, …, xn, features]
     * @param values the values of the basis at the input, [x1, …, xn, features, n]
     * @param coefficients c, [units, features, n]
     * @param scale s, [units, features]
     * @param base w, [units, features], or {@code null} for no base branch
     * @return the output, [x1, …, xn, units], attached to the manager of {@code x}
     */
    public static NDArray kanLinear(
            NDArray x, NDArray values, NDArray coefficients, NDArray scale, NDArray base) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    Shape shape = x.getShape();
                    int last = shape.dimension() - 1;
                    long size = coefficients.getShape().get(1) * coefficients.getShape().get(2);
                    NDArray weight =
                            coefficients
                                    .mul(scale.expandDims(-1))
                                    .reshape(coefficients.getShape().get(0), size);
                    NDArray flat = values.reshape(shape.slice(0, last).add(size));
                    NDArray y = Linear.linear(flat, weight).singletonOrThrow();
                    if (base == null) {
                        return y;
                    }
                    NDArray silu = Activation.sigmoid(x).mul(x);
                    return y.add(Linear.linear(silu, base).singletonOrThrow());
                });
    }

    /**
     * Evaluates the spline of each edge, without its scale and its base branch: Σ_m c_{jim}
     * B_m(x_i).
     *
     * @param x the inputs, [samples, features], on the device of the parameters
     * @return the curves, [samples, units, features], without gradients, attached to the manager of
     *     {@code x}
     * @throws IllegalArgumentException if the shape of {@code x} does not fit
     */
    public NDArray splines(NDArray x) {
        requireSamples(x);
        return EdgeSplines.evaluate(basis, coefficients.getArray(), x);
    }

    /**
     * Sets the coefficients of each edge so that its spline, without scale and base branch, fits
     * given samples by least squares: min Σ (Σ_m c_{jim} B_m(x_i) − y_{ji})².
     *
     * <p>Where the samples leave coefficients open, the smallest are taken; the result is always
     * finite. The fit runs in double precision on the CPU. {@code fitCoefficients(x, splines(x))}
     * changes nothing as long as the samples determine the splines.
     *
     * @param x the arguments, [samples, features], on the device of the parameters
     * @param y the values wanted, [samples, units, features]
     * @throws IllegalArgumentException if a shape does not fit or a value is not finite
     */
    public void fitCoefficients(NDArray x, NDArray y) {
        requireSamples(x);
        long samples = x.getShape().get(0);
        Shape expected = new Shape(samples, units, x.getShape().get(1));
        if (samples < 1 || !y.getShape().equals(expected)) {
            throw new IllegalArgumentException(
                    String.format(
                            "fitCoefficients needs at least one sample and y of shape [samples,"
                                    + " units, features] = %s, but y has the shape %s.",
                            expected, y.getShape()));
        }
        EdgeSplines.fit(basis, coefficients.getArray(), x, y);
    }

    private void requireSamples(NDArray x) {
        if (x.getShape().dimension() != 2) {
            throw new IllegalArgumentException(
                    "The samples must have the shape [samples, features], but have "
                            + x.getShape()
                            + ".");
        }
        features(x.getShape());
        // Asks for the parameters, which says so if there are none yet.
        coefficients.getArray();
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        features(inputShapes[0]);
        Shape input = inputShapes[0];
        return new Shape[] {input.slice(0, input.dimension() - 1).add(units)};
    }

    private long features(Shape input) {
        if (input.dimension() < 1 || input.get(input.dimension() - 1) < 1) {
            throw new IllegalArgumentException(
                    "KanLinear takes an input of shape [..., features], but got " + input + ".");
        }
        long features = input.get(input.dimension() - 1);
        if (scale.isInitialized() && scale.getShape().get(1) != features) {
            throw new IllegalArgumentException(
                    String.format(
                            "KanLinear was initialized for %d features, but got an input of shape"
                                    + " %s.",
                            scale.getShape().get(1), input));
        }
        return features;
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        if (inputShapes.length != 1) {
            throw new IllegalArgumentException(
                    "KanLinear takes 1 input, but got " + inputShapes.length + ".");
        }
        features(inputShapes[0]);
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape edges = new Shape(units, features(inputShapes[0]));
        if (base != null) {
            base.setShape(edges);
        }
        scale.setShape(edges);
        coefficients.setShape(edges.add(basis.size()));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        basis.initialize(manager, dataType, inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(units);
        os.writeInt(basis.size());
        os.writeBoolean(base != null);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // As at initialization; DJL restores the shapes only, and describeInput() asks for both.
        inputNames = List.of("data0");
        int savedUnits = is.readInt();
        int savedSize = is.readInt();
        boolean savedBase = is.readBoolean();
        if (savedUnits != units || savedSize != basis.size() || savedBase != (base != null)) {
            throw new MalformedModelException(
                    String.format(
                            "KanLinear: this layer has %d units, %d functions on each edge, base"
                                    + " branch %s, but the file has %d, %d, %s",
                            units, basis.size(), base != null, savedUnits, savedSize, savedBase));
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

    /** Builds a {@link KanLinear}. */
    public static final class Builder extends SplineOptions<Builder> {

        private int units;
        private boolean baseBranch = true;
        private Basis basis;

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

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
         * Sets another basis in the place of the B-splines that the other options describe.
         *
         * @param basis a new basis, owned by the layer
         * @return this builder
         */
        public Builder optBasis(Basis basis) {
            this.basis = Objects.requireNonNull(basis, "basis");
            return this;
        }

        /**
         * Sets whether each edge has the term w silu(x); the default is {@code true}.
         *
         * @param baseBranch whether there is a base branch
         * @return this builder
         */
        public Builder optBaseBranch(boolean baseBranch) {
            this.baseBranch = baseBranch;
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a setting is out of its range, or both a basis and an
         *     option of the B-splines were set
         */
        public KanLinear build() {
            if (units <= 0) {
                throw new IllegalArgumentException(
                        "units must be set and positive, but was " + units + ".");
            }
            if (basis != null && changed) {
                throw new IllegalArgumentException(
                        "Either a basis or options of the B-splines can be set, but both were.");
            }
            return new KanLinear(this, basis == null ? newBasis() : basis);
        }
    }
}
