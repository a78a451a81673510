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
package org.binaryops.quantizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The ternary weights of Li, Zhang &amp; Liu, "Ternary Weight Networks" (2016), with a threshold
 * and a level for each output channel (first axis), taken from its weights and not learned.
 *
 * <p>$$\Delta = 0.7 \, \mathrm{mean}|w|, \quad \alpha = \mathrm{mean}\{|w| : |w| > \Delta\}, \quad
 * w_q = \alpha \, \mathrm{sign}(w) \, 1\{|w| > \Delta\}$$
 *
 * <p>For a given Δ this α has the least squared error; the factor 0.7 is the authors' approximation
 * of the best Δ for weights that are distributed normally or uniformly. A weight at the threshold
 * becomes 0, a channel of zeros stays zeros.
 *
 * <p>Backward is the identity, ∂L/∂w = ∂L/∂w<sub>q</sub>, and none flows through Δ and α. {@link
 * StatisticsWeightQuantizer} with two bits has the levels of maximal entropy instead, with a larger
 * error on weights that are distributed normally.
 *
 * <p>Shapes: any with two axes or more, as [units, features] or [filters, channels, height, width].
 */
public final class TernaryQuantizer extends Quantizer {

    private static final byte VERSION = 1;
    private static final double THRESHOLD = 0.7;
    private static final Channels ROWS = new Channels(0);

    /** Creates a quantizer. */
    public TernaryQuantizer() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return quantize(x);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return values(x);
    }

    /**
     * Quantizes weights; the functional twin of this block.
     *
     * @param w the weights, first axis the output channel
     * @return the quantized weights, of the shape of {@code w} and attached to its manager; they
     *     carry the gradient to {@code w}
     * @throws IllegalArgumentException if {@code w} has fewer than two axes
     */
    public static NDArray quantize(NDArray w) {
        return Temporaries.freed(
                w.getManager(), () -> CustomGradient.straightThrough(w, values(w)));
    }

    private static NDArray values(NDArray w) {
        Shape shape = w.getShape();
        if (shape.dimension() < 2) {
            throw new IllegalArgumentException(
                    "TernaryQuantizer takes weights of two axes or more, the first the output"
                            + " channel, but got shape "
                            + shape
                            + ".");
        }
        return Temporaries.freed(
                w.getManager(),
                () -> {
                    NDArray rows = ROWS.rows(w.stopGradient());
                    NDArray size = rows.abs();
                    int[] axis = {1};
                    NDArray threshold = size.mean(axis, true).mul(THRESHOLD);
                    // 1 where |w| > Δ, in numbers: comparisons give booleans, which are slow.
                    NDArray beyond = size.sub(threshold).signi().clip(0, 1);
                    NDArray count = beyond.sum(axis, true).clip(1, Double.POSITIVE_INFINITY);
                    NDArray level = size.muli(beyond).sum(axis, true).div(count);
                    return beyond.muli(rows.sign()).mul(level).reshape(shape);
                });
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return 2;
    }
}
