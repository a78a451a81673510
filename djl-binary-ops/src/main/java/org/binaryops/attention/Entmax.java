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
package org.binaryops.attention;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The sparse softmax α-entmax of Peters, Niculae and Martins, "Sparse Sequence-to-Sequence Models",
 * ACL 2019, over the keys:
 *
 * <p>$$p_i = [(\alpha - 1) x_i - \tau]_+^{1/(\alpha - 1)}, \quad \textstyle\sum_i p_i = 1$$
 *
 * <p>α = 1 is the softmax and α = 2 the sparsemax of Martins and Astudillo (ICML 2016), the nearest
 * point of the simplex. The higher α, the more weights are exactly 0.
 *
 * <p>Backward is exact: with $g_i = p_i^{2-\alpha}$ where p_i &gt; 0, else 0, and the incoming
 * gradient d,
 *
 * <p>$$\partial x = g \odot \Big(d - \frac{\sum_i g_i d_i}{\sum_i g_i}\Big)$$
 *
 * <p>τ is computed exactly by sorting for α = 1.5 and 2; by Newton's method, which converges from
 * below, for other α under 2; and by bisection above 2.
 */
public final class Entmax extends ScoreNormalizer {

    private static final byte VERSION = 1;
    private static final int NEWTON_STEPS = 24;

    private final double alpha;

    /**
     * Creates a normalizer.
     *
     * @param alpha α, at least 1 and finite
     * @throws IllegalArgumentException if α is out of its range
     */
    public Entmax(double alpha) {
        super(VERSION);
        this.alpha = check(alpha);
    }

    /**
     * Creates the normalizer with α = 2.
     *
     * @return a new normalizer
     */
    public static Entmax sparsemax() {
        return new Entmax(2);
    }

    private static double check(double alpha) {
        if (!(alpha >= 1 && alpha < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "alpha must be at least 1 and finite, but was " + alpha + ".");
        }
        return alpha;
    }

    /**
     * Returns α.
     *
     * @return α
     */
    public double getAlpha() {
        return alpha;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray normalize(
            ParameterStore store, NDArray scores, ScoreMask mask, boolean training) {
        return mask.cleared(entmax(mask.shifted(scores), alpha, 3));
    }

    /**
     * Projects onto the simplex, {p : p ≥ 0, Σ p = 1}; the sparsemax.
     *
     * @param x the numbers, finite, of any shape
     * @param axis the axis of the vectors, at least 0
     * @return the nearest points, attached to the manager of {@code x}
     */
    public static NDArray simplex(NDArray x, int axis) {
        return entmax(x, 2, axis);
    }

    /**
     * Computes α-entmax; the functional twin of this block.
     *
     * @param x the scores, finite, of any shape
     * @param alpha α, at least 1 and finite
     * @param axis the axis of the vectors, at least 0
     * @return probabilities of the shape of {@code x}, attached to its manager, with the exact
     *     gradient
     * @throws IllegalArgumentException if α is out of its range
     */
    public static NDArray entmax(NDArray x, double alpha, int axis) {
        if (check(alpha) == 1) {
            return x.softmax(axis);
        }
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    int[] axes = {axis};
                    NDArray p = probabilities(x.stopGradient(), alpha, axis);
                    NDArray g = slope(p, alpha);
                    // Its backward pass is that of the Jacobian, which is symmetric.
                    NDArray mean = x.mul(g).sum(axes, true).div(g.sum(axes, true));
                    return CustomGradient.surrogate(p, x.sub(mean).mul(g));
                });
    }

    /** p^(2 − α) where p > 0, else 0. */
    private static NDArray slope(NDArray p, double alpha) {
        if (alpha == 2) {
            return p.sign();
        }
        if (alpha == 1.5) {
            return p.sqrt();
        }
        if (alpha < 2) {
            return p.pow(2 - alpha);
        }
        NDArray support = p.sign();
        return p.sub(support).addi(1).pow(2 - alpha).mul(support);
    }

    private static NDArray probabilities(NDArray x, double alpha, int axis) {
        int[] axes = {axis};
        // The largest is 0 now and τ at least −1, so that what is below −2 has no share.
        NDArray z = x.sub(x.max(axes, true)).mul(alpha - 1).maximum(-2);
        NDArray p;
        if (alpha == 2) {
            p = Activation.relu(z.sub(sparsemaxThreshold(z, axis)));
        } else if (alpha == 1.5) {
            p = Activation.relu(z.sub(entmax15Threshold(z, axis))).square();
        } else {
            NDArray tau = alpha < 2 ? newton(z, alpha, axes) : bisection(z, alpha, axis);
            p = Activation.relu(z.sub(tau)).pow(1 / (alpha - 1));
        }
        if (alpha >= 2) {
            // What rounding leaves at the edge of the support is not in it: its slope is not small.
            double rounding = z.getDataType() == DataType.FLOAT64 ? 1e-15 : 5e-7;
            p = p.mul(Activation.relu(p.sub(rounding).signi()));
        }
        return p.div(p.sum(axes, true));
    }

    /** 1, 2, … along the axis. */
    private static NDArray ranks(NDArray z, int axis) {
        long[] shape = new long[z.getShape().dimension()];
        Arrays.fill(shape, 1);
        shape[axis] = z.getShape().get(axis);
        return z.getManager()
                .arange(1, (int) shape[axis] + 1, 1, DataType.FLOAT32, z.getDevice())
                .toType(z.getDataType(), false)
                .reshape(shape);
    }

    private static NDArray descending(NDArray z, int axis) {
        return z.neg().sort(axis).neg();
    }

    /** τ = (Σ of the k largest − 1) / k for the largest k with 1 + k z_(k) > Σ. */
    private static NDArray sparsemaxThreshold(NDArray z, int axis) {
        int[] axes = {axis};
        NDArray sorted = descending(z, axis);
        NDArray sums = sorted.cumSum(axis);
        NDArray support = Activation.relu(sorted.mul(ranks(z, axis)).addi(1).sub(sums).sign());
        return sorted.mul(support).sum(axes, true).sub(1).div(support.sum(axes, true));
    }

    /** The root of Σ (z − τ)² = 1 over the k largest, for the largest k with τ ≤ z_(k). */
    private static NDArray entmax15Threshold(NDArray z, int axis) {
        int[] axes = {axis};
        NDArray sorted = descending(z, axis);
        NDArray ranks = ranks(z, axis);
        NDArray mean = sorted.cumSum(axis).div(ranks);
        NDArray spread = sorted.square().cumSum(axis).sub(mean.square().mul(ranks));
        NDArray tau = mean.sub(Activation.relu(spread.neg().addi(1).div(ranks)).sqrt());
        NDArray support = tau.lte(sorted).toType(DataType.INT64, false);
        return tau.gather(support.sum(axes, true).sub(1), axis);
    }

    /**
     * Σ (z − τ)^p is convex and falls: from τ = −1, where it is at least 1, no step goes too far.
     */
    private static NDArray newton(NDArray z, double alpha, int[] axes) {
        double p = 1 / (alpha - 1);
        NDArray tau = z.max(axes, true).sub(1);
        for (int i = 0; i < NEWTON_STEPS; ++i) {
            NDArray last = tau;
            tau =
                    Temporaries.freed(
                            z.getManager(),
                            () -> {
                                NDArray above = Activation.relu(z.sub(last));
                                NDArray slopes = above.pow(p - 1);
                                NDArray sum = slopes.mul(above).sum(axes, true);
                                NDArray slope = slopes.sum(axes, true).mul(p);
                                return last.add(sum.sub(1).div(slope));
                            });
        }
        return tau;
    }

    private static NDArray bisection(NDArray z, double alpha, int axis) {
        int[] axes = {axis};
        int steps = z.getDataType() == DataType.FLOAT64 ? 52 : 26;
        NDArray low = z.max(axes, true).sub(1);
        double width = 1 - Math.pow(z.getShape().get(axis), 1 - alpha);
        for (int i = 0; i < steps; ++i) {
            width /= 2;
            double half = width;
            NDArray last = low;
            low =
                    Temporaries.freed(
                            z.getManager(),
                            () -> {
                                NDArray middle = last.add(half);
                                NDArray sum =
                                        Activation.relu(z.sub(middle))
                                                .pow(1 / (alpha - 1))
                                                .sum(axes, true);
                                // Half a width up where the sum is still at least 1.
                                NDArray up = Activation.relu(sum.sub(1).signi().addi(.5).signi());
                                return last.add(up.mul(half));
                            });
        }
        return low;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeDouble(alpha);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        double saved = is.readDouble();
        if (saved != alpha) {
            throw new MalformedModelException(
                    "Entmax: this block has alpha " + alpha + ", but the file has " + saved);
        }
    }
}
