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
package org.binaryops.kan.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.Objects;
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.EdgeScores;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanLinear;
import org.binaryops.kan.KanTrace;

/**
 * pykan's penalty, which makes a network sparse:
 *
 * <p>$$\lambda \sum_{layers} \left( \lambda_1 \sum_{ji} v_{ji} + \lambda_H (H_{row} + H_{col}) +
 * \lambda_c \sum_j \mathrm{mean}_i |c| + \lambda_d \sum_j \mathrm{mean} |\Delta c| \right)$$
 *
 * <p>where v_ji ≥ 0 says how much the edge from i to j does for a batch of samples ({@link
 * Metric}), and H is the entropy in bits of p = v / (Σv + 1), with Σ over the inputs of a subnode
 * for H_row, over the outputs of a node for H_col: −mean Σ p log₂(p + 10⁻⁴). The terms of the
 * coefficients c are pykan's: the sum over its first axis of the means over its second, and for the
 * differences of neighbouring coefficients likewise. Its coefficients lie as [inputs, outputs, n],
 * so that in both terms the inputs and the functions are summed and the outputs averaged, and the
 * differences Δc are taken along the functions.
 *
 * <p>The defaults are pykan's: λ₁ = 1, λ_H = 2, λ_c = λ_d = 0.
 */
public final class KanRegularizer {

    /** What v_ji is. */
    public enum Metric {
        /**
         * The standard deviation of the edge's spline part over that of its input plus 0.1; pykan's
         * edge_forward_spline_n, and the default.
         */
        FORWARD_NORMALIZED,

        /**
         * The standard deviation of the edge, pykan's edge_forward_spline_u, a fixed function
         * included.
         */
        FORWARD,

        /** The attribution score of the edge, see {@link EdgeScores}; pykan's edge_backward. */
        BACKWARD
    }

    private final double lambda;
    private final double l1;
    private final double entropy;
    private final double coefficients;
    private final double differences;
    private final Metric metric;

    private KanRegularizer(Builder builder) {
        lambda = builder.lambda;
        l1 = builder.l1;
        entropy = builder.entropy;
        coefficients = builder.coefficients;
        differences = builder.differences;
        metric = builder.metric;
    }

    /**
     * Computes the penalty.
     *
     * @param kan the network
     * @param trace what happened in it for the samples
     * @return a new scalar with the gradient to the parameters, on the manager of the trace
     */
    public NDArray penalty(Kan kan, KanTrace trace) {
        return Temporaries.freed(
                trace.output().getManager(),
                () -> {
                    NDArray sum = Temporaries.constant(trace.output(), 0);
                    NDList scores = scores(kan, trace);
                    for (NDArray v : scores) {
                        sum = sum.add(ofEdges(v));
                    }
                    if (coefficients != 0 || differences != 0) {
                        for (KanLinear layer : kan.getLayers()) {
                            NDArray c = layer.getDirectParameters().get("coefficients").getArray();
                            sum = sum.add(ofCoefficients(c));
                        }
                    }
                    return sum.mul(Temporaries.constant(sum, lambda));
                });
    }

    private NDList scores(Kan kan, KanTrace trace) {
        if (metric == Metric.BACKWARD) {
            return EdgeScores.edges(kan, trace);
        }
        NDList scores = new NDList();
        for (KanTrace.LayerTrace layer : trace.layers()) {
            if (metric == Metric.FORWARD) {
                scores.add(EdgeScores.deviation(layer.post()));
            } else {
                NDArray input = EdgeScores.deviation(layer.input());
                NDArray range = input.add(Temporaries.constant(input, 0.1));
                scores.add(EdgeScores.deviation(layer.numeric().post()).div(range));
            }
        }
        return scores;
    }

    /** λ₁ Σ v + λ_H (H_row + H_col), for v of [outputs, inputs]. */
    private NDArray ofEdges(NDArray v) {
        NDArray penalty = v.sum().mul(Temporaries.constant(v, l1));
        NDArray h = entropy(v, 1).add(entropy(v, 0));
        return penalty.add(h.mul(Temporaries.constant(v, entropy)));
    }

    private static NDArray entropy(NDArray v, int axis) {
        NDArray one = Temporaries.constant(v, 1);
        NDArray p = v.div(v.sum(new int[] {axis}, true).add(one));
        NDArray bits = p.add(Temporaries.constant(v, 1e-4)).log();
        NDArray each = p.mul(bits).sum(new int[] {axis});
        double scale = -1 / Math.log(2) / each.size();
        return each.sum().mul(Temporaries.constant(v, scale));
    }

    /** Of coefficients [outputs, inputs, n]. */
    private NDArray ofCoefficients(NDArray c) {
        long outputs = c.getShape().get(0);
        long n = c.getShape().get(2);
        NDArray sum = c.abs().sum().mul(Temporaries.constant(c, coefficients / outputs));
        if (n < 2 || differences == 0) {
            return sum;
        }
        NDArray change = c.get(":,:,1:").sub(c.get(":,:,:{}", n - 1)).abs().sum();
        return sum.add(change.mul(Temporaries.constant(c, differences / outputs)));
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link KanRegularizer}. */
    public static final class Builder {

        private double lambda;
        private double l1 = 1;
        private double entropy = 2;
        private double coefficients;
        private double differences;
        private Metric metric = Metric.FORWARD_NORMALIZED;

        private Builder() {}

        /**
         * Sets the weight of the whole penalty.
         *
         * @param lambda λ, not negative
         * @return this builder
         */
        public Builder setLambda(double lambda) {
            this.lambda = lambda;
            return this;
        }

        /**
         * Sets the weight of the sum of the edges; the default is 1.
         *
         * @param l1 λ₁, not negative
         * @return this builder
         */
        public Builder optL1(double l1) {
            this.l1 = l1;
            return this;
        }

        /**
         * Sets the weight of the entropies; the default is 2.
         *
         * @param entropy λ_H, not negative
         * @return this builder
         */
        public Builder optEntropy(double entropy) {
            this.entropy = entropy;
            return this;
        }

        /**
         * Sets the weight of the coefficients; the default is 0.
         *
         * @param coefficients λ_c, not negative
         * @return this builder
         */
        public Builder optCoefficients(double coefficients) {
            this.coefficients = coefficients;
            return this;
        }

        /**
         * Sets the weight of the differences of coefficients; the default is 0.
         *
         * @param differences λ_d, not negative
         * @return this builder
         */
        public Builder optDifferences(double differences) {
            this.differences = differences;
            return this;
        }

        /**
         * Sets what an edge counts; the default is {@link Metric#FORWARD_NORMALIZED}.
         *
         * @param metric the measure
         * @return this builder
         */
        public Builder optMetric(Metric metric) {
            this.metric = Objects.requireNonNull(metric, "metric");
            return this;
        }

        /**
         * Builds the regularizer.
         *
         * @return a new regularizer
         * @throws IllegalArgumentException if a weight is negative or not finite
         */
        public KanRegularizer build() {
            String[] names = {"lambda", "l1", "entropy", "coefficients", "differences"};
            double[] weights = {lambda, l1, entropy, coefficients, differences};
            for (int i = 0; i < names.length; ++i) {
                if (!(weights[i] >= 0) || !Double.isFinite(weights[i])) {
                    throw new IllegalArgumentException(
                            String.format(
                                    "%s must be finite and not negative, but was %s.",
                                    names[i], weights[i]));
                }
            }
            return new KanRegularizer(this);
        }
    }
}
