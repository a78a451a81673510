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
import java.util.Arrays;
import java.util.OptionalInt;
import org.binaryops.gradient.Temporaries;

/**
 * Spikes with the potential-dependent surrogate gradient, PDSG (Lun et al., "Towards Effective and
 * Sparse Adversarial Attack on Spiking Neural Networks via Breaking Invisible Surrogate Gradients",
 * CVPR 2025), made to find the gradient of a network whose own surrogate is not known.
 *
 * <p>Forward $S = 1\{V \ge V_{th}\}$. Backward the density of a normal distribution with the mean
 * σ/2 and the standard deviation σ at $x = V - V_{th}$:
 *
 * <p>$$g(V) = \frac{1}{\sqrt{2\pi} \sigma} \exp\left(-\left(\frac{x - \sigma/2}{\sqrt2 \sigma}
 * \right)^2\right)$$
 *
 * <p>σ is the unbiased standard deviation of the potentials, 1 where that is 0; no gradient flows
 * through it. It is taken over the array that is given, either over all of it or over each channel.
 * The paper takes it over all time steps so far; pass them in one array for the same. The squares
 * of the potentials must be finite.
 */
public final class PotentialDependentSpike extends SpikeQuantizer {

    private static final byte VERSION = 1;

    private final OptionalInt axis;

    /** Creates a quantizer with V_th = 1 and one σ for the whole array, as for linear layers. */
    public PotentialDependentSpike() {
        this(1);
    }

    /**
     * Creates a quantizer with one σ for the whole array.
     *
     * @param threshold V_th, finite
     * @throws IllegalArgumentException if {@code threshold} is not finite
     */
    public PotentialDependentSpike(double threshold) {
        this(threshold, OptionalInt.empty());
    }

    private PotentialDependentSpike(double threshold, OptionalInt axis) {
        super(VERSION, threshold);
        this.axis = axis;
    }

    /**
     * Creates a quantizer with a σ for each channel, as for convolutions.
     *
     * @param threshold V_th, finite
     * @param axis the channel axis, at least 0
     * @return a new quantizer
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static PotentialDependentSpike perChannel(double threshold, int axis) {
        if (axis < 0) {
            throw new IllegalArgumentException("axis must be at least 0, but was " + axis + ".");
        }
        return new PotentialDependentSpike(threshold, OptionalInt.of(axis));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray derivative(NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray sigma = deviation(x);
                    NDArray u =
                            x.sub(getThreshold())
                                    .subi(sigma.mul(0.5))
                                    .divi(sigma.mul(Math.sqrt(2)));
                    return u.square().muli(-1).exp().divi(sigma.mul(Math.sqrt(2 * Math.PI)));
                });
    }

    /** The standard deviations, in a shape that broadcasts over x. */
    private NDArray deviation(NDArray x) {
        Shape shape = x.getShape();
        NDArray rows = x.reshape(1, -1);
        long[] broadcastable = new long[Math.max(1, shape.dimension())];
        Arrays.fill(broadcastable, 1);
        if (axis.isPresent()) {
            int channelAxis = axis.getAsInt();
            if (channelAxis >= shape.dimension()) {
                throw new IllegalArgumentException(
                        String.format(
                                "PotentialDependentSpike has its channels on axis %d, but got an"
                                        + " input of shape %s.",
                                channelAxis, shape));
            }
            rows = x.swapAxes(0, channelAxis).reshape(shape.get(channelAxis), -1);
            broadcastable[channelAxis] = shape.get(channelAxis);
        }
        NDArray variance = ChannelRows.variance(rows.sub(ChannelRows.mean(rows)));
        return variance.add(ChannelRows.zeros(variance)).sqrt().reshape(broadcastable);
    }
}
