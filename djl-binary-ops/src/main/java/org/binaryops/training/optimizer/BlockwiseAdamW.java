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
package org.binaryops.training.optimizer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.binaryops.gradient.Temporaries;

/**
 * AdamW (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019), in place and
 * block by block, for layers with millions of parameters.
 *
 * <p>$$m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2,
 * \quad w \leftarrow (1 - \eta \lambda) w - \frac{\eta}{1 - \beta_1^t} \frac{m}{\sqrt{v / (1 -
 * \beta_2^t)} + \epsilon}$$
 *
 * <p>as in PyTorch; with a weight decay λ of 0 it is Adam. DJL's optimizers of these names make
 * about ten new arrays of the size of the parameter in each update, whose fresh memory costs more
 * than the arithmetic, and keep m and v until the JVM ends. Here the temporaries have the size of a
 * block, and {@link #close} frees the state.
 *
 * <p>An update sets the gradient to 0, as DJL's do. Not thread-safe for one parameter.
 */
public final class BlockwiseAdamW extends Optimizer implements AutoCloseable {

    /** Elements of a block: what an update touches fits into the cache of a core. */
    private static final long BLOCK = 1 << 16;

    private static final NDIndex EVERYTHING = new NDIndex("...");

    private final ParameterTracker learningRate;
    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final Map<String, Map<Device, State>> states = new ConcurrentHashMap<>();
    private boolean closed;

    private BlockwiseAdamW(Builder builder) {
        super(builder);
        learningRate = builder.learningRate;
        beta1 = builder.beta1;
        beta2 = builder.beta2;
        epsilon = builder.epsilon;
    }

    /** m / (1 − β₁) and v / (1 − β₂), whose updates need no product of the gradient. */
    private record State(NDArray mean, NDArray variance) {

        static State zeros(NDArray weight) {
            NDArray mean = weight.zerosLike();
            NDArray variance = weight.zerosLike();
            // They outlive whatever the weight is attached to, until this optimizer is closed.
            mean.detach();
            variance.detach();
            return new State(mean, variance);
        }

        void close() {
            mean.close();
            variance.close();
        }
    }

    /** The factors of one step. */
    private record Factors(
            NDArray beta1, NDArray beta2, NDArray epsilon, NDArray rate, NDArray decay) {}

    /**
     * Updates a parameter, and sets its gradient to 0.
     *
     * @param parameterId the name of the parameter
     * @param weight w, overwritten
     * @param grad g, overwritten
     * @throws IllegalStateException if this optimizer was closed
     */
    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
        if (closed) {
            throw new IllegalStateException("The optimizer was closed.");
        }
        int t = updateCount(parameterId);
        double rate = learningRate.getNewValue(parameterId, t);
        State state =
                states.computeIfAbsent(parameterId, id -> new ConcurrentHashMap<>())
                        .computeIfAbsent(weight.getDevice(), device -> State.zeros(weight));
        try (NDManager scratch = weight.getManager().newSubManager()) {
            // Detached handles keep autograd out of it.
            NDArray w = weight.stopGradient();
            NDArray g = grad.stopGradient();
            w.attach(scratch);
            g.attach(scratch);
            Factors factors = factors(w, rate, t);
            Shape shape = weight.getShape();
            long rows = shape.dimension() == 0 ? 1 : shape.get(0);
            long each = Math.max(1, BLOCK * rows / Math.max(1, shape.size()));
            if (each >= rows) {
                update(scratch, factors, w, g, state.mean, state.variance, w.zerosLike());
            } else {
                // Parts of the first axis are views, whatever the layout of the array.
                long[] starts = LongStream.iterate(each, s -> s < rows, s -> s + each).toArray();
                NDList[] parts = new NDList[4];
                NDArray[] all = {w, g, state.mean, state.variance};
                for (int i = 0; i < all.length; ++i) {
                    parts[i] = all[i].split(starts, 0);
                    parts[i].attach(scratch);
                }
                // To write a number goes element by element, a copy does not.
                NDArray zeros = parts[1].get(0).zerosLike();
                long ragged = rows - starts[starts.length - 1];
                for (int b = 0; b <= starts.length; ++b) {
                    boolean whole = b < starts.length || ragged == each;
                    update(
                            scratch,
                            factors,
                            parts[0].get(b),
                            parts[1].get(b),
                            parts[2].get(b),
                            parts[3].get(b),
                            whole ? zeros : zeros.get(new NDIndex(":{}", ragged)));
                }
            }
        }
    }

    /** The factors of step t, as arrays: DJL makes a new one of each number in each operation. */
    private Factors factors(NDArray w, double rate, int t) {
        // √v / √(1 − β₂ᵗ) is this times the root of what is kept.
        double root = Math.sqrt((1 - beta2) / (1 - Math.pow(beta2, t)));
        double decay = 1 - rate * getWeightDecay();
        return new Factors(
                Temporaries.constant(w, beta1),
                Temporaries.constant(w, beta2),
                Temporaries.constant(w, epsilon / root),
                Temporaries.constant(w, rate * (1 - beta1) / (1 - Math.pow(beta1, t)) / root),
                decay == 1 ? null : Temporaries.constant(w, decay));
    }

    /** Updates w by g and the moments, with few passes over the block, and sets g to 0. */
    private void update(
            NDManager parent,
            Factors factors,
            NDArray w,
            NDArray g,
            NDArray mean,
            NDArray variance,
            NDArray zeros) {
        try (NDManager scratch = parent.newSubManager()) {
            if (rescaleGrad != 1) {
                g.muli(rescaleGrad);
            }
            NDArray used = g;
            if (clipGrad >= 0) {
                used = g.clip(-clipGrad, clipGrad);
                used.attach(scratch);
            }
            mean.muli(factors.beta1).addi(used);
            variance.muli(factors.beta2).addi(used.muli(used));
            NDArray root = variance.sqrt();
            root.attach(scratch);
            NDArray step = mean.div(root.addi(factors.epsilon));
            step.attach(scratch);
            step.muli(factors.rate);
            if (factors.decay != null) {
                w.muli(factors.decay);
            }
            w.subi(step);
            g.set(EVERYTHING, zeros);
        }
    }

    /** Frees the state of all parameters. */
    @Override
    public void close() {
        closed = true;
        states.values().forEach(devices -> devices.values().forEach(State::close));
        states.clear();
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link BlockwiseAdamW}; the default weight decay is 0.01, as in PyTorch. */
    public static final class Builder extends OptimizerBuilder<Builder> {

        private ParameterTracker learningRate = Tracker.fixed(1e-3f);
        private double beta1 = .9;
        private double beta2 = .999;
        private double epsilon = 1e-8;

        private Builder() {
            optWeightDecays(.01f);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Sets the learning rate; the default is 10⁻³.
         *
         * @param learningRate η by the number of the step
         * @return this builder
         */
        public Builder optLearningRateTracker(ParameterTracker learningRate) {
            this.learningRate = Objects.requireNonNull(learningRate, "learningRate");
            return this;
        }

        /**
         * Sets how long gradients are remembered; the default is 0.9.
         *
         * @param beta1 β₁, from 0 on, below 1
         * @return this builder
         */
        public Builder optBeta1(double beta1) {
            this.beta1 = beta1;
            return this;
        }

        /**
         * Sets how long squared gradients are remembered; the default is 0.999.
         *
         * @param beta2 β₂, from 0 on, below 1
         * @return this builder
         */
        public Builder optBeta2(double beta2) {
            this.beta2 = beta2;
            return this;
        }

        /**
         * Sets what keeps the division finite; the default is 10⁻⁸.
         *
         * @param epsilon ε, positive
         * @return this builder
         */
        public Builder optEpsilon(double epsilon) {
            this.epsilon = epsilon;
            return this;
        }

        /**
         * Builds the optimizer.
         *
         * @return a new optimizer
         * @throws IllegalArgumentException if a number is out of its range
         */
        public BlockwiseAdamW build() {
            requireShare("beta1", beta1);
            requireShare("beta2", beta2);
            if (!(epsilon > 0) || Double.isInfinite(epsilon)) {
                throw new IllegalArgumentException(
                        "epsilon must be positive and finite, but was " + epsilon + ".");
            }
            return new BlockwiseAdamW(this);
        }

        private static void requireShare(String name, double beta) {
            if (!(beta >= 0 && beta < 1)) {
                throw new IllegalArgumentException(
                        name + " must be from 0 on and below 1, but was " + beta + ".");
            }
        }
    }
}
