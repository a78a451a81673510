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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;

/**
 * The arithmetic of a gated recurrent unit, arranged for few and cheap operations a call.
 *
 * <p>The engine's own sigmoid rounds differently in the vectorized body of an array and in its last
 * few elements, so that the bits of a row would depend on where it lies; its tanh and its
 * exponential do not. In training, with σ(x) = ½ + ½·tanh(x/2), t_r = 2r − 1, t_z = 2z − 1 and m =
 * ½·(W_hn·h + b_hn),
 *
 * <pre>
 * n = tanh(W_in·x + b_in + m + t_r ⊙ m)
 * 2·GRU(x, h) = n + h + t_z ⊙ (h − n)
 * </pre>
 *
 * <p>Outside training the exponential is taken, at a third of the cost of the tanh: with q = 1 − r,
 * p = 1 − z, each 1 / (1 + exp(·)), and m = 2·(W_hn·h + b_hn),
 *
 * <pre>
 * n = 1 − 2 / (1 + exp(2·(W_in·x + b_in) + m − q ⊙ m))
 * GRU(x, h) = h + p ⊙ (n − h)
 * </pre>
 *
 * <p>These are the same numbers up to rounding, but where an exponential is infinite, the gradient
 * of this form is NaN and that of the tanh is 0.
 *
 * <p>The factors ½ and 2 are put into the parameters once, which is exact in binary floating point.
 * To be made and used inside {@code Temporaries.freed}.
 */
abstract class GruCell {

    /** Up to here a call costs more than the multiplications that it saves. */
    private static final long FEW_FEATURES = 64;

    /** What an update is to be multiplied with to get the new state. */
    final NDArray share;

    private final boolean training;
    private final long features;
    private final NDArray one;
    private final NDArray two;
    private final NDArray half;

    GruCell(NDArray weightIh, boolean training) {
        this.training = training;
        features = weightIh.getShape().get(1);
        half = constant(weightIh, 0.5f);
        one = training ? null : constant(weightIh, 1);
        two = training ? null : constant(weightIh, 2);
        share = training ? half : one;
    }

    private static NDArray constant(NDArray like, float value) {
        // Unlike a number in a product, this belongs to the engine.
        return like.getManager().full(new Shape(), value, like.getDataType());
    }

    /**
     * Arranges the arithmetic for a number of features and a kind of pass, on which alone the bits
     * depend. In training the multiplications count threefold, so none is wasted there.
     */
    static GruCell of(
            NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh, boolean training) {
        return !training && weightIh.getShape().get(1) <= FEW_FEATURES
                ? new JointGruCell(weightIh, weightHh, biasIh, biasHh)
                : new SeparateGruCell(weightIh, weightHh, biasIh, biasHh, training);
    }

    /** What an update of both orders is to be multiplied with to get their mean. */
    final NDArray symmetrizedShare() {
        return training ? half.mul(half) : half;
    }

    /** Checks a pair of operands. */
    final void check(NDArray input, NDArray hidden) {
        Shape shape = input.getShape();
        if (shape.dimension() != 2
                || shape.get(1) != features
                || !hidden.getShape().equals(shape)) {
            throw new IllegalArgumentException(
                    String.format(
                            "GruOperator: the operands must be two arrays of one shape [rows, %d],"
                                    + " but have the shapes %s and %s",
                            features, shape, hidden.getShape()));
        }
    }

    /** The rows of a parameter for r and z, with their factor, and those for n. */
    final NDList gatesAndCandidate(NDArray parameter) {
        NDList parts = parameter.split(new long[] {2 * features}, 0);
        NDArray gates = training ? parts.get(0).mul(half) : parts.get(0);
        return new NDList(gates, parts.get(1));
    }

    /** The rows of W_i or b_i for n, with their factor. */
    final NDArray candidateOfInput(NDArray rows) {
        return training ? rows : rows.mul(two);
    }

    /** The rows of W_h or b_h for n, with their factor. */
    final NDArray candidateOfHidden(NDArray rows) {
        return rows.mul(training ? half : two);
    }

    /** The new state over {@link #share}. */
    abstract NDArray update(NDArray input, NDArray hidden);

    /**
     * The new state over {@link #share}.
     *
     * @param gates those of r and z side by side, before what bounds them
     * @param sum what x has for n, and m
     * @param m m
     * @param hidden h
     */
    final NDArray update(NDArray gates, NDArray sum, NDArray m, NDArray hidden) {
        // A sum keeps none of its terms for the backward pass, so it may grow in place.
        if (training) {
            NDList t = gates.tanh().split(2, 1);
            NDArray n = t.get(0).mul(m).addi(sum).tanh();
            return n.add(hidden).addi(t.get(1).mul(hidden.sub(n)));
        }
        NDList qp = one.div(gates.exp().add(one)).split(2, 1);
        NDArray n = one.sub(two.div(sum.sub(qp.get(0).mul(m)).exp().add(one)));
        return n.subi(hidden).mul(qp.get(1)).addi(hidden);
    }
}
