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
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.Quantizer;

/**
 * The softmax-aware binarization of He et al., "BiViT: Extremely Compressed Binary Vision
 * Transformers", ICCV 2023: each row a of attention probabilities (last axis) becomes v · b with b
 * of zeros and ones.
 *
 * <ul>
 *   <li>fast: $b = 1\{a \ge \beta \max(a)\}$, as published with β = 0.25 and without a scale (v =
 *       1), or scaled by the best v = bᵀa / bᵀb;
 *   <li>optimal: from b = 1 everywhere, five times $v = b^T a / b^T b$ and $b = 1\{a \ge v/2\}$.
 * </ul>
 *
 * <p>Backward the gradient passes to a unchanged, and from there through the true Jacobian of the
 * softmax, which is what the name says. Positions of probability 0 (masked ones) stay 0 and do not
 * count.
 *
 * <p>The alternation of the optimal form finds a local optimum; the fast form with its scale is as
 * near on rows of a softmax, and sometimes nearer.
 */
public final class SoftmaxAwareBinarizer extends Quantizer {

    private static final byte VERSION = 1;
    private static final int ALTERNATIONS = 5;
    private static final double BETA = .25;

    private final double beta;
    private final boolean scaled;

    private SoftmaxAwareBinarizer(double beta, boolean scaled) {
        super(VERSION);
        this.beta = beta;
        this.scaled = scaled;
    }

    /**
     * Creates the form of the paper's results: β = 0.25 and no scale.
     *
     * @return a new quantizer
     */
    public static SoftmaxAwareBinarizer fast() {
        return fast(BETA, false);
    }

    /**
     * Creates a quantizer with a threshold at a share of the largest probability.
     *
     * @param beta β, in (0, 1]
     * @param scaled whether rows are scaled by v
     * @return a new quantizer
     * @throws IllegalArgumentException if β is out of its range
     */
    public static SoftmaxAwareBinarizer fast(double beta, boolean scaled) {
        if (!(beta > 0 && beta <= 1)) {
            throw new IllegalArgumentException("beta must be in (0, 1], but was " + beta + ".");
        }
        return new SoftmaxAwareBinarizer(beta, scaled);
    }

    /**
     * Creates a quantizer that alternates between the scale and the bits.
     *
     * @return a new quantizer
     */
    public static SoftmaxAwareBinarizer optimal() {
        return new SoftmaxAwareBinarizer(0, true);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(), () -> CustomGradient.straightThrough(x, values(x)));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(x.getManager(), () -> values(x));
    }

    private NDArray values(NDArray x) {
        NDArray a = x.stopGradient();
        int[] rows = {a.getShape().dimension() - 1};
        NDArray there = a.sign();
        NDArray b;
        if (beta > 0) {
            b = notBelow(a, a.max(rows, true).muli(beta)).muli(there);
        } else {
            b = there;
            for (int i = 0; i < ALTERNATIONS; ++i) {
                b = notBelow(a, scale(a, b, rows).muli(.5)).muli(there);
            }
        }
        return scaled ? b.mul(scale(a, b, rows)) : b;
    }

    /** 1 where a ≥ t, else 0, in numbers: comparisons give booleans, which are slow. */
    private static NDArray notBelow(NDArray a, NDArray t) {
        return Activation.relu(a.sub(t).signi().addi(.5).signi());
    }

    private static NDArray scale(NDArray a, NDArray b, int[] rows) {
        return a.mul(b).sum(rows, true).div(b.sum(rows, true).maximum(1));
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /**
     * Returns the number of bits.
     *
     * @return 1
     */
    @Override
    public int getBits() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeDouble(beta);
        os.writeBoolean(scaled);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        requireSaved(describe(beta, scaled), describe(is.readDouble(), is.readBoolean()));
    }

    private static String describe(double beta, boolean scaled) {
        return beta == 0 ? "the optimal form" : "beta " + beta + (scaled ? " with a scale" : "");
    }
}
