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
package org.binaryops.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.ArcTanSpike;
import org.binaryops.quantizer.PotentialDependentSpike;
import org.binaryops.quantizer.SpikeQuantizer;

/**
 * Leaky integrate-and-fire neurons with a hard reset, unrolled over a time axis (as used by
 * SpikeGPT, Zhu et al., 2023, where the time axis is the token axis).
 *
 * <p>For each neuron, starting from V[0] = V_reset, at every step t:
 *
 * <p>$$V[t] = V[t-1] + \frac{X[t] - (V[t-1] - V_{reset})}{\tau}, \quad S[t] = 1\{V[t] \ge V_{th}\},
 * \quad V[t] \leftarrow V[t] (1 - S[t]) + V_{reset} S[t]$$
 *
 * <p>Without {@link Builder#optDecayInput} the input is not divided: $V[t] = V[t-1] - (V[t-1] -
 * V_{reset})/\tau + X[t]$.
 *
 * <p>Backward is backpropagation through time with the surrogate derivative of the spike quantizer
 * for ∂S/∂V. As published, gradients flow through S in the reset too, unless {@link
 * Builder#optDetachReset} stops them there. The gradient is there at inference as well, where
 * attacks on the input need it.
 *
 * <p>{@link PotentialDependentSpike} takes its σ over the potentials of the steps so far (before
 * their reset), as in its paper; its channel axis counts in the input of this block, time axis
 * included. That makes its cost grow with the square of the number of steps.
 *
 * <p>Shapes: X [steps, batch, …] (time axis 0) or [batch, steps, …] (time axis 1); the spikes have
 * the same shape and the values 0 and 1. The block has no parameters and keeps no potential between
 * two calls.
 */
public final class LifNeuron extends AbstractBlock {

    private static final byte VERSION = 1;

    private final double tau;
    private final double resetPotential;
    private final boolean decayInput;
    private final boolean detachReset;
    private final int timeAxis;
    private final SpikeQuantizer spike;

    private LifNeuron(Builder builder) {
        super(VERSION);
        tau = builder.tau;
        resetPotential = builder.resetPotential;
        decayInput = builder.decayInput;
        detachReset = builder.detachReset;
        timeAxis = builder.timeAxis;
        spike = addChildBlock("spike", builder.spike);
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        return new NDList(
                Temporaries.freed(
                        x.getManager(),
                        () -> joined(new Run(parameterStore, x, training).over(x).spikes)));
    }

    /**
     * Computes the potentials that the spikes come from.
     *
     * @param store the store that holds the parameters
     * @param x the input X, as for the forward pass
     * @return V[t] before the reset, of the shape of {@code x} and attached to its manager, without
     *     a gradient
     * @throws IllegalArgumentException if {@code x} has no step
     */
    public NDArray potentials(ParameterStore store, NDArray x) {
        NDArray input = x.stopGradient();
        try (input) {
            return Temporaries.freed(
                    x.getManager(), () -> joined(new Run(store, input, false).over(input).history));
        }
    }

    private NDArray joined(NDList steps) {
        // DJL copies a single array without its gradient.
        return steps.size() == 1 ? steps.head() : NDArrays.concat(steps, timeAxis);
    }

    private void check(Shape shape) {
        if (shape.dimension() <= timeAxis || shape.get(timeAxis) == 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "LifNeuron takes an input with at least one time step on axis %d, but"
                                    + " got shape %s.",
                            timeAxis, shape));
        }
    }

    /** One pass over the steps of an input. */
    private final class Run {

        private final ParameterStore store;
        private final boolean training;
        private final NDArray time;
        private final NDArray reset;
        private final NDList spikes = new NDList();
        private final NDList history = new NDList();

        Run(ParameterStore store, NDArray like, boolean training) {
            check(like.getShape());
            this.store = store;
            this.training = training;
            // Not Java numbers: the graph needs them after this pass.
            time = constant(like, tau);
            reset = constant(like, resetPotential);
        }

        private NDArray constant(NDArray like, double value) {
            return like.getManager().zeros(new Shape(), like.getDataType()).addi(value);
        }

        Run over(NDArray x) {
            NDArray v = null;
            for (NDArray step : x.split(x.getShape().get(timeAxis), timeAxis)) {
                NDArray potential = integrate(v, step);
                history.add(potential.stopGradient());
                NDArray fired = fire(potential);
                spikes.add(fired);
                v = reset(potential, detachReset ? fired.stopGradient() : fired);
            }
            return this;
        }

        private NDArray integrate(NDArray v, NDArray x) {
            if (v == null) {
                NDArray gain = decayInput ? x.div(time) : x;
                return gain.add(reset);
            }
            NDArray above = resetPotential == 0 ? v : v.sub(reset);
            return decayInput ? v.add(x.sub(above).div(time)) : v.sub(above.div(time)).add(x);
        }

        private NDArray fire(NDArray potential) {
            if (!(spike instanceof PotentialDependentSpike)) {
                return spike.quantize(store, potential, training);
            }
            NDArray soFar = joined(history);
            long from = soFar.getShape().get(timeAxis) - 1;
            NDArray derivative =
                    spike.derivative(soFar)
                            .get(new NDIndex(timeAxis == 0 ? "{}:" : ":, {}:", from));
            return CustomGradient.of(potential, spike.value(potential), derivative);
        }

        private NDArray reset(NDArray potential, NDArray fired) {
            NDArray kept = potential.mul(fired.neg().add(1));
            return resetPotential == 0 ? kept : kept.add(fired.mul(reset));
        }
    }

    /**
     * Returns the quantizer that turns potentials into spikes.
     *
     * @return the child block
     */
    public SpikeQuantizer getSpike() {
        return spike;
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        super.beforeInitialize(inputShapes);
        if (inputShapes.length != 1) {
            throw new IllegalArgumentException(
                    "LifNeuron takes 1 input, but got " + inputShapes.length + ".");
        }
        check(inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        spike.initialize(manager, dataType, inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(settings());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
        String saved = is.readUTF();
        if (!saved.equals(settings())) {
            throw new MalformedModelException(
                    String.format(
                            "LifNeuron: the settings of this layer are %s, but the file has %s",
                            settings(), saved));
        }
    }

    private String settings() {
        return String.format(
                Locale.ROOT,
                "tau %s, reset potential %s, input %s, reset %s, time axis %d, %s",
                tau,
                resetPotential,
                decayInput ? "decayed" : "not decayed",
                detachReset ? "detached" : "not detached",
                timeAxis,
                spike.getClass().getSimpleName());
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link LifNeuron}; the defaults are those of SpikeGPT. */
    public static final class Builder {

        private double tau = 2;
        private double resetPotential;
        private boolean decayInput = true;
        private boolean detachReset;
        private int timeAxis;
        private SpikeQuantizer spike = new ArcTanSpike();

        private Builder() {}

        /**
         * Sets the membrane time constant; the default is 2.
         *
         * @param tau τ in steps, at least 1 and finite
         * @return this builder
         */
        public Builder optTau(double tau) {
            this.tau = tau;
            return this;
        }

        /**
         * Sets the potential that neurons start from and return to; the default is 0.
         *
         * @param resetPotential V_reset, below the threshold
         * @return this builder
         */
        public Builder optResetPotential(double resetPotential) {
            this.resetPotential = resetPotential;
            return this;
        }

        /**
         * Sets whether the input is divided by τ as the potential is; the default is {@code true}.
         *
         * @param decayInput whether to divide the input
         * @return this builder
         */
        public Builder optDecayInput(boolean decayInput) {
            this.decayInput = decayInput;
            return this;
        }

        /**
         * Sets whether the reset is a constant for the backward pass; the default is {@code false}.
         *
         * @param detachReset whether to stop gradients there
         * @return this builder
         */
        public Builder optDetachReset(boolean detachReset) {
            this.detachReset = detachReset;
            return this;
        }

        /**
         * Sets the axis of the steps; the default is 0.
         *
         * @param timeAxis 0 for [steps, batch, …], 1 for [batch, steps, …]
         * @return this builder
         */
        public Builder optTimeAxis(int timeAxis) {
            this.timeAxis = timeAxis;
            return this;
        }

        /**
         * Sets the threshold and the surrogate derivative; the default is {@link ArcTanSpike} with
         * V_th = 1 and α = 2.
         *
         * @param spike a new quantizer, owned by the layer
         * @return this builder
         */
        public Builder optSpike(SpikeQuantizer spike) {
            this.spike = spike;
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a setting is out of range
         */
        public LifNeuron build() {
            if (!(tau >= 1 && tau < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "tau must be at least 1 and finite, but was " + tau + ".");
            }
            if (spike == null) {
                throw new IllegalArgumentException("spike must be given, but was null.");
            }
            if (!(resetPotential > Double.NEGATIVE_INFINITY
                    && resetPotential < spike.getThreshold())) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "resetPotential must be finite and below the threshold %s, but was"
                                        + " %s.",
                                spike.getThreshold(),
                                resetPotential));
            }
            if (timeAxis != 0 && timeAxis != 1) {
                throw new IllegalArgumentException(
                        "timeAxis must be 0 or 1, but was " + timeAxis + ".");
            }
            return new LifNeuron(this);
        }
    }
}
