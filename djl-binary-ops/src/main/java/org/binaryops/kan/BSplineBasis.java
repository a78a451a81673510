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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.binaryops.gradient.Temporaries;

/**
 * The B-splines of order k on a grid of G intervals over [a, b], extended by k knots beyond each
 * end: the basis of Liu et al., "KAN: Kolmogorov–Arnold Networks" (ICLR 2025, arXiv 2404.19756).
 *
 * <p>With the knots t_0 &lt; … &lt; t_{G+2k}, where t_k = a and t_{k+G} = b, the n = G + k
 * functions follow from the recursion of Cox and de Boor:
 *
 * <p>$$B^0_m(x) = 1[t_m \le x &lt; t_{m+1}], \quad B^p_m(x) = \frac{x - t_m}{t_{m+p} - t_m}
 * B^{p-1}_m(x) + \frac{t_{m+p+1} - x}{t_{m+p+1} - t_{m+1}} B^{p-1}_{m+1}(x)$$
 *
 * <p>with the derivative \(k (B^{k-1}_m / (t_{m+k} - t_m) - B^{k-1}_{m+1} / (t_{m+k+1} -
 * t_{m+1}))\), which the backward pass uses directly; derivatives of second order are not
 * available. "Order" is the degree of the pieces, as in the paper: 3 means cubic.
 *
 * <p>Inside [a, b] the values are not negative and have the sum 1. The grid is closed: x = b
 * belongs to the last interval (the published half-open form agrees for k &gt; 0 and gives 0 for k
 * = 0). What happens outside is up to {@link Extrapolation}. The arguments must be finite.
 *
 * <p>Shapes: input [x1, …, xn, features], output [x1, …, xn, features, G + k], knots [features, G +
 * 2k + 1]. The knots are uniform at first, the same for each feature, and are not trained. They are
 * data of the block: evaluation asks of them only that they ascend.
 */
public final class BSplineBasis extends Basis {

    private static final byte VERSION = 1;

    private final int grid;
    private final int order;
    private final double low;
    private final double high;
    private final double noiseScale;
    private final Extrapolation extrapolation;
    private final Parameter knots;

    /** Whether the knots are evenly spaced, up to rounding: then a faster form serves. */
    private boolean uniform = true;

    BSplineBasis(SplineOptions<?> options) {
        super(VERSION);
        grid = options.grid;
        order = options.order;
        low = options.low;
        high = options.high;
        noiseScale = options.noiseScale;
        extrapolation = options.extrapolation;
        // A type that trainers never unfreeze: the knots are constants.
        knots =
                addParameter(
                        Parameter.builder()
                                .setName("knots")
                                .setType(Parameter.Type.RUNNING_MEAN)
                                .optRequiresGrad(false)
                                .optInitializer(
                                        (manager, shape, type) ->
                                                uniformKnots(manager, shape.get(0), type))
                                .build());
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return grid + order;
    }

    /**
     * Returns the number of intervals of the grid.
     *
     * @return G
     */
    public int getGrid() {
        return grid;
    }

    /**
     * Returns the order of the splines.
     *
     * @return k, the degree of the pieces
     */
    public int getOrder() {
        return order;
    }

    /**
     * Returns what happens outside the grid.
     *
     * @return the kind of extrapolation
     */
    public Extrapolation getExtrapolation() {
        return extrapolation;
    }

    /**
     * Reads the knots.
     *
     * @return the knots of each feature, [features][G + 2k + 1]
     */
    public double[][] getKnots() {
        return EdgeSplines.rows(knots.getArray());
    }

    /**
     * Sets the knots of each feature; the coefficients of a layer are not touched. {@link
     * KanLinear#updateGrid} keeps the functions.
     *
     * @param values the knots, [features][G + 2k + 1], finite and ascending, also in the type of
     *     this basis
     * @throws IllegalArgumentException if the sizes do not fit or a row does not ascend
     */
    public void setKnots(double[][] values) {
        NDArray live = knots.getArray();
        int count = grid + 2 * order + 1;
        double[] flat = EdgeSplines.flatten("knots", values, live.getShape().get(0), count);
        for (double[] row : values) {
            if (!isAscending(row)) {
                throw new IllegalArgumentException(
                        String.format(
                                "knots must ascend in %s, but are %s.",
                                live.getDataType(), Arrays.toString(row)));
            }
        }
        KanLayer.overwrite(live, flat);
        uniform = evenlySpaced();
    }

    private boolean evenlySpaced() {
        for (double[] t : getKnots()) {
            double a = t[order];
            double h = (t[order + grid] - a) / grid;
            double rounding = 4 * resolution() * Math.max(Math.abs(t[0]), Math.abs(a + grid * h));
            for (int m = 0; m < t.length; ++m) {
                if (Math.abs(t[m] - a - (m - order) * h) > rounding) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether knots ascend in the type of this basis. */
    boolean isAscending(double[] row) {
        boolean single = knots.getArray().getDataType() == DataType.FLOAT32;
        return ascending(single ? toFloat(row) : row);
    }

    /** The distance between 1 and the next number in the type of this basis. */
    double resolution() {
        boolean single = knots.getArray().getDataType() == DataType.FLOAT32;
        return single ? Math.ulp(1f) : Math.ulp(1.);
    }

    /** Tells a builder the settings of this basis. */
    void describe(SplineOptions<?> options) {
        options.optGrid(grid).optOrder(order).optRange(low, high);
        options.optNoiseScale(noiseScale).optExtrapolation(extrapolation);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        NDArray t = Temporaries.parameter(store, knots, x, training);
        return uniform && order > 1
                ? UniformSplines.evaluate(x, t, order, extrapolation)
                : bspline(x, t, order, extrapolation);
    }

    /**
     * Evaluates B-splines.
     *
     * @param x the inputs, [x1, …, xn, features], finite
     * @param knots the knots, [features, G + 2k + 1], ascending; no gradient flows to them
     * @param order k ≥ 0
     * @param extrapolation what happens outside [t_k, t_{k+G}]
     * @return the values, [x1, …, xn, features, G + k], attached to the manager of {@code x}
     */
    public static NDArray bspline(
            NDArray x, NDArray knots, int order, Extrapolation extrapolation) {
        return BSplines.evaluate(x, knots, order, extrapolation);
    }

    private NDArray uniformKnots(NDManager manager, long features, DataType type) {
        int count = grid + 2 * order + 1;
        double[] t = new double[count];
        for (int m = 0; m < count; ++m) {
            t[m] = low + (high - low) * (m - order) / grid;
        }
        t[order + grid] = high;
        if (!ascending(type == DataType.FLOAT32 ? toFloat(t) : t)) {
            throw new IllegalArgumentException(
                    String.format(
                            "The range [%s, %s] cannot be divided into %d intervals in %s.",
                            low, high, grid, type));
        }
        double[] rows = new double[Math.multiplyExact(count, Math.toIntExact(features))];
        for (int i = 0; i < rows.length; ++i) {
            rows[i] = t[i % count];
        }
        try (NDArray exact = manager.create(rows, new Shape(features, count))) {
            // toType copies nothing where the type is the same, and these numbers are the JVM's.
            return type == DataType.FLOAT64 ? exact.duplicate() : exact.toType(type, true);
        }
    }

    private static double[] toFloat(double[] t) {
        double[] rounded = new double[t.length];
        for (int m = 0; m < t.length; ++m) {
            rounded[m] = (float) t[m];
        }
        return rounded;
    }

    private static boolean ascending(double[] t) {
        for (int m = 1; m < t.length; ++m) {
            if (!(t[m] > t[m - 1]) || !Double.isFinite(t[m] - t[m - 1])) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns the initializer of pykan: noise, uniform in ±½ noiseScale / G, at the nodes of the
     * grid a = t_k … t_{k+G} = b, and the smallest coefficients whose spline goes through it.
     *
     * @return an initializer of coefficients of shape [units, features, G + k]
     */
    @Override
    public Initializer coefficientInitializer() {
        return (manager, shape, type) -> {
            Shape nodes = new Shape(shape.get(0), shape.get(1), grid + 1);
            float most = (float) (noiseScale / grid / 2);
            NDArray coefficients;
            try (NDManager scratch = manager.newSubManager()) {
                NDArray noise = scratch.randomUniform(-most, most, nodes, type);
                coefficients = noise.matMul(nodeFit(scratch).toType(type, false));
                coefficients.attach(manager);
            }
            return coefficients;
        };
    }

    /** The matrix [G + 1, G + k] that takes values at the nodes to coefficients. */
    private NDArray nodeFit(NDManager manager) {
        NDArray t = uniformKnots(manager, 1, DataType.FLOAT64);
        NDArray nodes = t.get(BSplines.slice(order, order + grid + 1)).transpose();
        double[] values = bspline(nodes, t, order, extrapolation).toDoubleArray();
        double[][] atNodes = new double[grid + 1][];
        double[][] identity = new double[grid + 1][grid + 1];
        for (int i = 0; i <= grid; ++i) {
            atNodes[i] = Arrays.copyOfRange(values, i * size(), (i + 1) * size());
            identity[i][i] = 1;
        }
        double[] fit =
                Arrays.stream(LeastSquares.solve(atNodes, identity))
                        .flatMapToDouble(Arrays::stream)
                        .toArray();
        return manager.create(fit, new Shape(size(), grid + 1)).transpose();
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        knots.setShape(new Shape(features(inputShapes[0]), grid + 2 * order + 1));
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(grid);
        os.writeInt(order);
        os.writeUTF(extrapolation.name());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        int savedGrid = is.readInt();
        int savedOrder = is.readInt();
        String saved = is.readUTF();
        if (savedGrid != grid || savedOrder != order || !saved.equals(extrapolation.name())) {
            throw new MalformedModelException(
                    String.format(
                            "BSplineBasis: this basis has grid %d, order %d, %s, but the file has"
                                    + " grid %d, order %d, %s",
                            grid, order, extrapolation, savedGrid, savedOrder, saved));
        }
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        int count = grid + 2 * order + 1;
        Shape shape = knots.isInitialized() ? knots.getShape() : new Shape();
        if (shape.dimension() != 2 || shape.get(1) != count) {
            throw new MalformedModelException(
                    "BSplineBasis: knots must have the shape [features, "
                            + count
                            + "], but the file has "
                            + shape);
        }
        try (NDArray exact = knots.getArray().toType(DataType.FLOAT64, true)) {
            double[] rows = exact.toDoubleArray();
            for (int from = 0; from < rows.length; from += count) {
                if (!ascending(Arrays.copyOfRange(rows, from, from + count))) {
                    throw new MalformedModelException(
                            "BSplineBasis: the knots of the file are not finite and ascending");
                }
            }
        }
        uniform = evenlySpaced();
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link BSplineBasis}. */
    public static final class Builder extends SplineOptions<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the basis.
         *
         * @return a new basis
         * @throws IllegalArgumentException if a setting is out of its range
         */
        public BSplineBasis build() {
            return newBasis();
        }
    }
}
