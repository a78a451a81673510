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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.binaryops.gradient.Temporaries;

/**
 * A Kolmogorov–Arnold layer: each edge from a feature i to a unit j carries a learnable function of
 * one variable, and each unit adds its edges (Liu et al., "KAN: Kolmogorov–Arnold Networks", ICLR
 * 2025, arXiv 2404.19756).
 *
 * <p>$$y_j = \sum_i \mu_{ji} \left( w_{ji} \, b(x_i) + s_{ji} \sum_m c_{jim} B_m(x_i) \right)$$
 *
 * <p>This is the layer of the authors' library, pykan, with its trainable scales w ("base", there
 * scale_base) and s ("scale", there scale_sp) and its mask μ. It starts as there: w uniform in
 * ±1/√features, s = 1/√features, and splines that go through small noise at the nodes of the grid
 * ({@link BSplineBasis#coefficientInitializer()}). The functions B_m are those of a {@link Basis},
 * by default cubic B-splines on 5 intervals over [−1, 1]; unlike pykan's they go on along their
 * tangents outside the grid (see {@link Extrapolation}). With {@link Builder#optScale} ({@code
 * false}) it is the layer of efficient-kan without its standalone scale; with {@link
 * Builder#optPool} each edge selects among bases (S-KAN).
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input x: [x1, …, xn, features]
 *   <li>base w, scale s and mask μ: [units, features]; coefficients c: [units, features, n]
 *   <li>output y: [x1, …, xn, units]
 * </ul>
 *
 * <p>A layer does not keep its outputs within the range of the grid that the next layer has; {@link
 * #updateGrid} adapts a grid to what comes.
 */
public final class KanLinear extends KanLayer {

    private KanLinear(Builder builder, Basis basis) {
        super(builder, basis);
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
                        () -> {
                            boolean pooled = getSelection().isPresent();
                            // The weights of a pool hold the factors of the edges already.
                            NDArray c =
                                    pooled
                                            ? weight(parameterStore, x, training)
                                            : get(coefficients, parameterStore, x, training);
                            NDArray s = pooled ? null : factor(parameterStore, x, training);
                            NDArray w = baseWeight(parameterStore, x, training);
                            NDArray values = basis.evaluate(parameterStore, x, training);
                            NDArray y = sum(x, values, c, s, baseBranch, w, training);
                            NDArray b = get(bias, parameterStore, x, training);
                            return b == null ? y : y.add(b);
                        }));
    }

    /**
     * Applies a Kolmogorov–Arnold layer with the base function silu.
     *
     * @param x the input, [x1, …, xn, features]
     * @param values the values of the basis at the input, [x1, …, xn, features, n]
     * @param coefficients c, [units, features, n]
     * @param scale s, [units, features], or {@code null} for no scale
     * @param base w, [units, features], or {@code null} for no base branch
     * @return the output, [x1, …, xn, units], attached to the manager of {@code x}
     */
    public static NDArray kanLinear(
            NDArray x, NDArray values, NDArray coefficients, NDArray scale, NDArray base) {
        return Temporaries.freed(
                x.getManager(),
                () -> sum(x, values, coefficients, scale, BaseBranch.SILU, base, true));
    }

    /** Σ_i (w b(x_i) + s Σ_m c_m B_m(x_i)). */
    private static NDArray sum(
            NDArray x,
            NDArray values,
            NDArray coefficients,
            NDArray scale,
            BaseBranch branch,
            NDArray base,
            boolean training) {
        Shape shape = x.getShape();
        int last = shape.dimension() - 1;
        long size = coefficients.getShape().get(1) * coefficients.getShape().get(2);
        // As rows of a matrix, whose product does not depend on who wants gradients.
        NDArray y = ScaledProduct.of(values.reshape(-1, size), coefficients, scale, training);
        if (base != null) {
            NDArray b = branch.apply(x).reshape(-1, shape.get(last));
            y = y.add(Linear.linear(b, base).singletonOrThrow());
        }
        return y.reshape(shape.slice(0, last).add(coefficients.getShape().get(0)));
    }

    /**
     * Computes what goes over each edge, with the gradients to the input and the parameters: for
     * regularizers, attribution and pictures. It needs samples · units · features numbers of
     * memory, which {@link #forward} does not.
     *
     * @param store the store that holds the parameters
     * @param x the inputs, [samples, features]
     * @param training whether this is a training pass
     * @return the activations, attached to the manager of {@code x}; to be closed
     * @throws IllegalArgumentException if the shape of {@code x} does not fit
     */
    public EdgeActivations activations(ParameterStore store, NDArray x, boolean training) {
        requireSamples(x);
        NDManager owner = x.getManager();
        NDArray b = base == null ? null : Temporaries.freed(owner, () -> baseBranch.apply(x));
        NDArray spline =
                Temporaries.freed(
                        owner,
                        () ->
                                EdgeSplines.combine(
                                        basis.evaluate(store, x, training),
                                        selectedCoefficients(store, x, training)));
        NDArray post =
                Temporaries.freed(
                        owner,
                        () -> {
                            NDArray factor = factor(store, x, training);
                            NDArray y = factor == null ? spline.add(0) : spline.mul(factor);
                            if (b == null) {
                                return y;
                            }
                            return y.add(b.expandDims(1).mul(baseWeight(store, x, training)));
                        });
        return new EdgeActivations(x, b, spline, post);
    }

    /**
     * Computes what goes over each edge, without gradients.
     *
     * @param x the inputs, [samples, features], on the device of the parameters
     * @return the activations, attached to the manager of {@code x}; to be closed
     * @throws IllegalArgumentException if the shape of {@code x} does not fit
     */
    public EdgeActivations activations(NDArray x) {
        return EdgeSplines.detached(this, x);
    }

    /**
     * Reads the curve of one edge as plain data: φ_ji, with its scales, mask and base branch.
     *
     * @param unit j
     * @param feature i
     * @param x the arguments, finite
     * @return φ_ji at the arguments
     * @throws IllegalArgumentException if there is no such edge or an argument is not finite
     */
    public double[] edge(int unit, int feature, double[] x) {
        Shape edges = mask.getArray().getShape();
        if (unit < 0 || unit >= units || feature < 0 || feature >= edges.get(1)) {
            throw new IllegalArgumentException(
                    String.format(
                            "The layer has %d units and %d features, but edge (%d, %d) was asked"
                                    + " for.",
                            units, edges.get(1), unit, feature));
        }
        EdgeSplines.flatten("x", new double[][] {x}, 1, x.length);
        return EdgeSplines.curve(this, mask.getArray(), unit, feature, x);
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
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    ParameterStore store = new ParameterStore(x.getManager(), false);
                    return EdgeSplines.combine(
                                    EdgeSplines.values(basis, x),
                                    selectedCoefficients(store, x, false))
                            .stopGradient();
                });
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
     * @throws IllegalStateException if the basis is a pool, whose functions overlap
     */
    public void fitCoefficients(NDArray x, NDArray y) {
        requireSamples(x);
        if (basis instanceof BasisPool) {
            throw new IllegalStateException(
                    "The coefficients of a pool of bases cannot be fitted.");
        }
        long samples = x.getShape().get(0);
        Shape expected = new Shape(samples, units, x.getShape().get(1));
        if (samples < 1 || !y.getShape().equals(expected)) {
            String message =
                    "fitCoefficients needs at least one sample and y of shape [samples, units,"
                            + " features] = %s, but y has the shape %s.";
            throw new IllegalArgumentException(String.format(message, expected, y.getShape()));
        }
        NDArray live = coefficients.getArray();
        double[] none = new double[Math.toIntExact(live.size())];
        try (NDArray values = EdgeSplines.values(basis, x)) {
            double[] a = EdgeSplines.doubles(values);
            int features = (int) expected.get(2);
            overwrite(live, EdgeSplines.fit(a, EdgeSplines.doubles(y), none, units, features));
        }
    }

    /**
     * Adapts the grid of each feature to samples and keeps the functions of the edges, as {@link
     * #updateGrid(NDArray, double, double)} with pykan's defaults: 2% uniform, no margin.
     *
     * @param x the samples, [samples, features], finite
     * @throws IllegalArgumentException if the shape does not fit or a sample is not finite
     * @throws IllegalStateException if the basis has no grid
     */
    public void updateGrid(NDArray x) {
        updateGrid(x, .02, 0);
    }

    /**
     * Adapts the grid of each feature to samples, and fits the splines on the new grid to the old
     * ones at the samples.
     *
     * <p>With sorted samples x_(0) … x_(S−1), the nodes of the new grid are ε u + (1 − ε) q, where
     * q are the samples of rank ⌊S i / G⌋, i = 0 … G − 1, and the last one, and u divides the range
     * of the samples, widened by the margin at each end, evenly; beyond the ends k knots follow at
     * the spacing of u. Where the samples leave coefficients open, those are taken that keep the
     * old function best on the whole of the new grid. A feature whose samples are all the same
     * keeps its grid, moved so that the sample lies in it; one or few samples are welcome.
     *
     * @param x the samples, [samples, features], finite
     * @param uniform ε, from 0 to 1; 1 gives a uniform grid
     * @param margin how far the grid reaches beyond the samples, not negative (efficient-kan: 0.01)
     * @throws IllegalArgumentException if the shape does not fit, a sample is not finite or a
     *     number is out of its range
     * @throws IllegalStateException if the basis has no grid
     */
    public void updateGrid(NDArray x, double uniform, double margin) {
        requireSamples(x);
        SplineGrids.update(spline(), coefficients.getArray(), x, uniform, margin);
    }

    /**
     * Returns this layer on a finer (or coarser) grid: the nodes of the new grid divide the nodes
     * of the old one evenly, and the functions of the edges are fitted to the old ones on the whole
     * grid. Where the new number of intervals is a multiple of the old one, the functions stay the
     * same up to rounding; the largest difference is part of the result.
     *
     * @param manager the manager of the new layer's parameters
     * @param grid G of the new layer
     * @return a new initialized layer, and how far its functions are from those of this one
     * @throws IllegalArgumentException if {@code grid} is out of its range
     * @throws IllegalStateException if the basis has no grid
     */
    public Refinement refined(NDManager manager, int grid) {
        BSplineBasis old = spline();
        Builder builder = new Builder();
        copySettings(builder);
        old.describe(builder);
        KanLinear fine = builder.optGrid(grid).build();
        NDArray like = coefficients.getArray();
        fine.initialize(manager, like.getDataType(), new Shape(1, like.getShape().get(1)));
        copyScales(fine);
        NDArray target = fine.coefficients.getArray();
        return new Refinement(
                fine, SplineGrids.transfer(old, like, (BSplineBasis) fine.basis, target));
    }

    private BSplineBasis spline() {
        if (basis instanceof BSplineBasis) {
            return (BSplineBasis) basis;
        }
        String name = basis.getClass().getSimpleName();
        throw new IllegalStateException("Only B-splines have a grid, not a " + name + ".");
    }

    private void requireSamples(NDArray x) {
        if (x.getShape().dimension() != 2) {
            throw new IllegalArgumentException(
                    "Samples must have the shape [samples, features], not " + x.getShape() + ".");
        }
        features(x.getShape());
        coefficients.getArray(); // says so if there are no parameters yet
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        features(inputShapes[0]);
        Shape input = inputShapes[0];
        return new Shape[] {input.slice(0, input.dimension() - 1).add(units)};
    }

    private long features(Shape input) {
        return Inputs.features("KanLinear", input, mask);
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        super.beforeInitialize(inputShapes);
        features(inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        prepareEdges(features(inputShapes[0]));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        basis.initialize(manager, dataType, inputShapes[0]);
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
    public static final class Builder extends KanOptions<Builder> {
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
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a setting is out of its range, or both a basis and an
         *     option of the B-splines were set
         */
        public KanLinear build() {
            return new KanLinear(this, basis("units"));
        }
    }
}
