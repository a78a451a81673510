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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.BSplineBasis;
import org.binaryops.kan.FiniteSamples;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanTrace;
import org.binaryops.training.optimizer.Lbfgs;

/**
 * Fits a network to all samples at once, as pykan does: L-BFGS (or an optimizer of DJL), the
 * sparsifying penalties, and grids that follow the samples in the first steps.
 *
 * <pre>{@code
 * KanFit.builder().optSteps(50).optRegularizer(penalty).build().fit(kan, x, y);
 * }</pre>
 *
 * <p>The objective is the loss, by default the mean of the squared errors, plus the penalties. Data
 * must have the type and device of the network. For training in batches use DJL's trainers, with
 * {@link KanLoss} and {@link GridUpdateListener}.
 */
public final class KanFit {

    private final int steps;
    private final Loss loss;
    private final Optimizer optimizer;
    private final KanRegularizer regularizer;
    private final WeightPenalty weightPenalty;
    private final int gridUpdates;
    private final int lastGridUpdate;
    private final List<FitListener> listeners;
    private final int maxIterations;
    private final int stateEvery;

    private KanFit(Builder builder) {
        steps = builder.steps;
        loss = builder.loss;
        optimizer = builder.optimizer;
        regularizer = builder.regularizer;
        weightPenalty = builder.weightPenalty;
        gridUpdates = builder.gridUpdates;
        lastGridUpdate = builder.lastGridUpdate;
        listeners = List.copyOf(builder.listeners);
        maxIterations = builder.maxIterations;
        stateEvery = builder.stateEvery;
    }

    /**
     * Fits a network without test samples.
     *
     * @param kan an initialized network
     * @param x the inputs, [samples, features]
     * @param y the targets, [samples, outputs]
     * @return what was reached, after each step or as often as it is measured
     * @throws IllegalArgumentException if the data do not fit or are not finite
     */
    public List<FitState> fit(Kan kan, NDArray x, NDArray y) {
        return fit(kan, x, y, null, null);
    }

    /**
     * Fits a network.
     *
     * @param kan an initialized network
     * @param x the inputs, [samples, features]
     * @param y the targets, [samples, outputs]
     * @param testX inputs that the network does not learn from, or {@code null}
     * @param testY their targets, or {@code null}
     * @return what was reached, after each step or as often as it is measured
     * @throws IllegalArgumentException if the data do not fit or are not finite
     */
    public List<FitState> fit(Kan kan, NDArray x, NDArray y, NDArray testX, NDArray testY) {
        FiniteSamples.require("x", x);
        FiniteSamples.require("y", y);
        if (x.getShape().get(0) != y.getShape().get(0)) {
            throw new IllegalArgumentException(
                    String.format(
                            "There must be a target for each input, but x has the shape %s and y"
                                    + " %s.",
                            x.getShape(), y.getShape()));
        }
        FiniteSamples.requireTypeOf(kan, "x", x);
        FiniteSamples.requireTypeOf(kan, "y", y);
        Lbfgs lbfgs = null;
        if (optimizer == null) {
            lbfgs =
                    Lbfgs.builder()
                            .setBlock(kan)
                            .optMaxIterations(maxIterations)
                            .optUntilExhausted()
                            .build();
        }
        boolean grids =
                kan.getLayers().stream().allMatch(l -> l.getBasis() instanceof BSplineBasis);
        int every = gridUpdates == 0 || !grids ? 0 : Math.max(1, lastGridUpdate / gridUpdates);
        List<FitState> states = new ArrayList<>();
        for (int step = 0; step < steps; ++step) {
            if (every > 0 && step < lastGridUpdate && step % every == 0) {
                kan.updateGrids(x);
                if (lbfgs != null) {
                    // Its curvature is that of other coefficients.
                    lbfgs.reset();
                }
            }
            try (NDManager scratch = x.getManager().newSubManager()) {
                NDArray input = held(x, scratch);
                NDArray target = held(y, scratch);
                if (lbfgs != null) {
                    lbfgs.step(() -> objective(kan, input, target)[0]);
                } else {
                    descend(kan, input, target);
                }
            }
            if (step % stateEvery != stateEvery - 1 && step < steps - 1) {
                continue;
            }
            FitState state = state(kan, x, y, testX, testY);
            states.add(state);
            for (FitListener listener : listeners) {
                listener.onStep(step, state);
            }
        }
        return states;
    }

    /** A handle on the same numbers whose results live on a scratch manager. */
    private static NDArray held(NDArray data, NDManager scratch) {
        NDArray handle = data.stopGradient();
        handle.attach(scratch);
        return handle;
    }

    /** The objective, the loss and the penalty; the first carries the gradient. */
    private NDArray[] objective(Kan kan, NDArray x, NDArray y) {
        ParameterStore store = new ParameterStore(x.getManager(), false);
        NDArray[] parts = new NDArray[3];
        parts[0] =
                Temporaries.freed(
                        x.getManager(),
                        () -> {
                            NDArray output;
                            NDArray penalty = Temporaries.constant(x, 0);
                            if (regularizer != null) {
                                KanTrace trace = kan.trace(store, x, true);
                                output = trace.output();
                                penalty = penalty.add(regularizer.penalty(kan, trace));
                            } else {
                                output = kan.forward(store, new NDList(x), true).head();
                            }
                            if (weightPenalty != null) {
                                penalty = penalty.add(weightPenalty.penalty(kan));
                            }
                            NDArray error = loss(y, output);
                            parts[1] = kept(error, x);
                            parts[2] = kept(penalty, x);
                            return error.add(penalty);
                        });
        return parts;
    }

    /** A copy of a scalar that outlives the computation. */
    private static NDArray kept(NDArray scalar, NDArray like) {
        NDArray copy = scalar.stopGradient().toType(DataType.FLOAT64, true);
        NDScope.unregister(copy);
        copy.attach(like.getManager());
        return copy;
    }

    private NDArray loss(NDArray y, NDArray output) {
        if (loss != null) {
            return loss.evaluate(new NDList(y), new NDList(output));
        }
        if (!y.getShape().equals(output.getShape())) {
            throw new IllegalArgumentException(
                    String.format(
                            "y must have the shape of the outputs, %s, but has %s.",
                            output.getShape(), y.getShape()));
        }
        NDArray error = output.sub(y);
        return error.mul(error).mean();
    }

    private void descend(Kan kan, NDArray x, NDArray y) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            collector.backward(objective(kan, x, y)[0]);
        }
        for (Pair<String, Parameter> pair : kan.getParameters()) {
            Parameter parameter = pair.getValue();
            if (parameter.requiresGradient()) {
                NDArray array = parameter.getArray();
                try (NDArray gradient = array.getGradient()) {
                    optimizer.update(parameter.getId(), array, gradient);
                    gradient.subi(gradient);
                }
            }
        }
    }

    private FitState state(Kan kan, NDArray x, NDArray y, NDArray testX, NDArray testY) {
        try (NDManager scratch = x.getManager().newSubManager()) {
            NDArray[] parts = objective(kan, held(x, scratch), held(y, scratch));
            double test = Double.NaN;
            if (testX != null) {
                NDArray input = held(testX, scratch);
                ParameterStore store = new ParameterStore(scratch, false);
                NDArray output = kan.forward(store, new NDList(input), false).head();
                test = root(loss(held(testY, scratch), output));
            }
            return new FitState(root(parts[1]), test, parts[2].toDoubleArray()[0]);
        }
    }

    private static double root(NDArray scalar) {
        return Math.sqrt(scalar.toType(DataType.FLOAT64, false).toDoubleArray()[0]);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link KanFit}. */
    public static final class Builder {

        private int steps = 100;
        private Loss loss;
        private Optimizer optimizer;
        private KanRegularizer regularizer;
        private WeightPenalty weightPenalty;
        private int gridUpdates = 10;
        private int lastGridUpdate = 50;
        private int maxIterations = 20;
        private int stateEvery = 1;
        private final List<FitListener> listeners = new ArrayList<>();

        private Builder() {}

        /**
         * Sets the number of steps; the default is 100.
         *
         * @param steps the number, positive
         * @return this builder
         */
        public Builder optSteps(int steps) {
            this.steps = steps;
            return this;
        }

        /**
         * Sets the number of directions that L-BFGS follows in a step; the default is 20.
         *
         * @param maxIterations the number, positive
         * @return this builder
         */
        public Builder optMaxIterations(int maxIterations) {
            this.maxIterations = maxIterations;
            return this;
        }

        /**
         * Sets the loss; the default is the mean of the squared errors.
         *
         * @param loss the loss
         * @return this builder
         */
        public Builder optLoss(Loss loss) {
            this.loss = loss;
            return this;
        }

        /**
         * Sets an optimizer in the place of L-BFGS; a step is then one update from all samples.
         *
         * @param optimizer an optimizer that was not used before, such as Adam
         * @return this builder
         */
        public Builder optOptimizer(Optimizer optimizer) {
            this.optimizer = Objects.requireNonNull(optimizer, "optimizer");
            return this;
        }

        /**
         * Adds pykan's penalty.
         *
         * @param regularizer the penalty
         * @return this builder
         */
        public Builder optRegularizer(KanRegularizer regularizer) {
            this.regularizer = regularizer;
            return this;
        }

        /**
         * Adds the penalty that looks at weights only.
         *
         * @param penalty the penalty
         * @return this builder
         */
        public Builder optWeightPenalty(WeightPenalty penalty) {
            this.weightPenalty = penalty;
            return this;
        }

        /**
         * Sets how often the grids are adapted; the default is 10 times in the first 50 steps. A
         * network over another basis than B-splines has no grids, and nothing is adapted.
         *
         * @param updates the number of updates, 0 for none
         * @param lastStep they are spread evenly before this step
         * @return this builder
         */
        public Builder optGridUpdates(int updates, int lastStep) {
            this.gridUpdates = updates;
            this.lastGridUpdate = lastStep;
            return this;
        }

        /**
         * Sets after how many steps it is measured what was reached, and listeners are called; the
         * default is 1. The last step is always measured.
         *
         * @param stateEvery the number of steps, positive
         * @return this builder
         */
        public Builder optStateEvery(int stateEvery) {
            if (stateEvery <= 0) {
                throw new IllegalArgumentException(
                        "stateEvery must be positive, but was " + stateEvery + ".");
            }
            this.stateEvery = stateEvery;
            return this;
        }

        /**
         * Adds a listener.
         *
         * @param listener what is called after each step
         * @return this builder
         */
        public Builder addListener(FitListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Builds the fit.
         *
         * @return a new fit
         * @throws IllegalArgumentException if a setting is out of its range
         */
        public KanFit build() {
            requirePositive("steps", steps);
            requirePositive("maxIterations", maxIterations);
            if (gridUpdates < 0 || lastGridUpdate < 0) {
                throw new IllegalArgumentException(
                        String.format(
                                "Grid updates must not be negative, but were %d before step %d.",
                                gridUpdates, lastGridUpdate));
            }
            return new KanFit(this);
        }

        private static void requirePositive(String name, int value) {
            if (value <= 0) {
                throw new IllegalArgumentException(
                        name + " must be positive, but was " + value + ".");
            }
        }
    }
}
