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
 * A {@link GruCell} of single operations, for every number of features and device. It multiplies x
 * and h each by itself, so that inputs can be projected long before they are used.
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
 */
final class SeparateGruCell extends GruCell {

    private final boolean training;
    private final NDArray half;
    private final NDArray one;
    private final NDArray two;

    /** What an update is to be multiplied with to get the new state. */
    private final NDArray share;

    private final BothOrders bothOrders;
    private final NDArray weightIh;
    private final NDArray weightHh;
    private final NDArray biasIh;
    private final NDArray biasHh;
    private final long[] ofGates;

    SeparateGruCell(
            NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh, boolean training) {
        super(weightIh);
        this.training = training;
        half = constant(weightIh, 0.5f);
        one = constant(weightIh, 1);
        two = constant(weightIh, 2);
        share = training ? half : one;
        bothOrders = new BothOrders(this::update, training ? half.mul(half) : half);
        ofGates = new long[] {2 * features};
        this.weightIh = ofInput(weightIh);
        this.biasIh = ofInput(biasIh);
        this.weightHh = ofHidden(weightHh);
        this.biasHh = ofHidden(biasHh);
    }

    private static NDArray constant(NDArray like, float value) {
        // Unlike a number in a product, this belongs to the engine.
        return like.getManager().full(new Shape(), value, like.getDataType());
    }

    /** The rows of W_i or b_i with their factors. */
    private NDArray ofInput(NDArray parameter) {
        NDList parts = gatesAndCandidate(parameter);
        NDArray candidate = training ? parts.get(1) : parts.get(1).mul(two);
        return parts.get(0).concat(candidate, 0);
    }

    /** The rows of W_h or b_h with their factors. */
    private NDArray ofHidden(NDArray parameter) {
        NDList parts = gatesAndCandidate(parameter);
        return parts.get(0).concat(parts.get(1).mul(training ? half : two), 0);
    }

    /** The rows of a parameter for r and z, with their factor, and those for n. */
    private NDList gatesAndCandidate(NDArray parameter) {
        NDList parts = parameter.split(ofGates, 0);
        NDArray both = training ? parts.get(0).mul(half) : parts.get(0);
        return new NDList(both, parts.get(1));
    }

    @Override
    NDArray apply(NDArray input, NDArray hidden) {
        return applyProjected(project(input), hidden);
    }

    @Override
    NDArray applyBoth(NDArray left, NDArray right) {
        return bothOrders.apply(left, right);
    }

    @Override
    NDArray applyBoth(NDArray operands) {
        return bothOrders.halves(operands);
    }

    /** What the cell needs of an input, of shape [M, 3F]. */
    NDArray project(NDArray input) {
        return RowwiseLinear.apply(input, weightIh, biasIh);
    }

    /** GRU(x, h) for an input that was projected before. */
    NDArray applyProjected(NDArray projected, NDArray hidden) {
        return updateProjected(projected, hidden).mul(share);
    }

    /** The new state over {@link #share}. */
    private NDArray update(NDArray input, NDArray hidden) {
        return updateProjected(project(input), hidden);
    }

    private NDArray updateProjected(NDArray projected, NDArray hidden) {
        NDList fromInput = projected.split(ofGates, 1);
        NDList fromHidden = RowwiseLinear.apply(hidden, weightHh, biasHh).split(ofGates, 1);
        NDArray m = fromHidden.get(1);
        return update(fromInput.get(0).add(fromHidden.get(0)), fromInput.get(1).add(m), m, hidden);
    }

    /**
     * The new state over {@link #share}.
     *
     * @param gates those of r and z side by side, before what bounds them
     * @param sum what x has for n, and m
     * @param m m
     * @param hidden h
     */
    private NDArray update(NDArray gates, NDArray sum, NDArray m, NDArray hidden) {
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
