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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Limited-memory BFGS over the parameters of DJL blocks, full-batch, with a line search for the
 * strong Wolfe conditions (Liu and Nocedal, "On the limited memory BFGS method for large scale
 * optimization", 1989).
 *
 * <pre>{@code
 * Lbfgs optimizer = Lbfgs.builder().setBlock(net).optHistory(10).build();
 * for (int step = 0; step < 50; ++step) {
 *     optimizer.step(() -> loss(net, x, y));
 * }
 * }</pre>
 *
 * <p>The settings are those of PyTorch's optimizer of this name, and so is the meaning of a step:
 * up to {@link Builder#optMaxIterations} directions, each with a line search. The memory of past
 * steps lives on from step to step; {@link #reset} forgets it, which must be done after the
 * parameters or the loss were changed by anything else.
 *
 * <p>The vectors of the method are held on the host in double precision, whatever the type and the
 * device of the parameters: that costs one copy of the gradient an evaluation, and keeps the
 * products of small steps exact. It is meant for networks that a full batch suits, up to some 10⁶
 * parameters. A loss that is infinite or NaN somewhere is stepped back from.
 *
 * <p>The loss is evaluated inside a gradient collector of this class, so no other may be open. It
 * must be a scalar. Not thread-safe.
 */
public final class Lbfgs {

    private final FlatParameters parameters;
    private final CurvatureMemory memory;
    private final double learningRate;
    private final int maxIterations;
    private final int maxEvaluations;
    private final double gradientTolerance;
    private final double changeTolerance;
    private final int maxLineEvaluations;

    private boolean fresh = true;
    private double loss = Double.NaN;
    private long iterations;
    private long evaluations;

    private Lbfgs(Builder builder) {
        parameters = new FlatParameters(builder.parameters);
        memory = new CurvatureMemory(builder.history, builder.curvatureTolerance);
        learningRate = builder.learningRate;
        maxIterations = builder.maxIterations;
        maxEvaluations =
                builder.maxEvaluations > 0
                        ? builder.maxEvaluations
                        : Math.max(1, maxIterations * 5 / 4);
        gradientTolerance = builder.gradientTolerance;
        changeTolerance = builder.changeTolerance;
        maxLineEvaluations = builder.maxLineEvaluations;
    }

    /**
     * Does one step.
     *
     * @param closure computes the loss from the current parameters: a new scalar, which is closed
     *     here; what else it creates is its own to free
     * @return the loss after the step
     * @throws IllegalStateException if the loss at the start is not finite
     */
    public double step(Supplier<NDArray> closure) {
        Objective objective = (point, gradient) -> evaluate(closure, point, gradient);
        double[] x = parameters.values();
        double[] gradient = new double[x.length];
        double value = objective.evaluate(x, gradient);
        if (!Double.isFinite(value)) {
            throw new IllegalStateException(
                    "L-BFGS must start where the loss is finite, but the loss was " + value + ".");
        }
        loss = value;
        long most = evaluations - 1 + maxEvaluations;
        for (int i = 0; i < maxIterations && evaluations < most; ++i) {
            if (Vectors.greatest(gradient) <= gradientTolerance) {
                break;
            }
            double[] direction = memory.direction(gradient);
            double slope = Vectors.dot(gradient, direction);
            if (!(slope < 0)) {
                // Rounding has made the memory useless; without it the slope is −‖g‖².
                memory.clear();
                direction = Vectors.times(-1, gradient);
                slope = Vectors.dot(gradient, direction);
            }
            if (!(slope < -changeTolerance)) {
                break;
            }
            double first =
                    fresh
                            ? Math.min(1, 1 / Vectors.sumOfMagnitudes(gradient)) * learningRate
                            : learningRate;
            fresh = false;
            Evaluation start = new Evaluation(0, loss, gradient, slope);
            Evaluation end = search(objective, x, direction, start, first);
            ++iterations;
            if (end.step() == 0) {
                parameters.set(x);
                break;
            }
            double[] s = Vectors.times(end.step(), direction);
            memory.add(s, Vectors.difference(end.gradient(), gradient));
            Vectors.add(x, 1, s);
            parameters.set(x);
            double change = Math.abs(end.value() - loss);
            gradient = end.gradient();
            loss = end.value();
            if (Vectors.greatest(s) <= changeTolerance || change < changeTolerance) {
                break;
            }
        }
        return loss;
    }

    private Evaluation search(
            Objective objective, double[] x, double[] direction, Evaluation start, double first) {
        double width = Vectors.greatest(direction);
        return new StrongWolfe(
                        t -> {
                            double[] point = x.clone();
                            Vectors.add(point, t, direction);
                            double[] gradient = new double[x.length];
                            double value = objective.evaluate(point, gradient);
                            double slope = Vectors.dot(gradient, direction);
                            return new Evaluation(t, value, gradient, slope);
                        },
                        start,
                        changeTolerance / width,
                        maxLineEvaluations)
                .search(first);
    }

    private double evaluate(Supplier<NDArray> closure, double[] point, double[] gradient) {
        ++evaluations;
        parameters.set(point);
        parameters.clearGradients();
        try (GradientCollector collector = Engine.getInstance().newGradientCollector();
                NDArray value = Objects.requireNonNull(closure.get(), "loss");
                NDManager scratch = value.getManager().newSubManager()) {
            if (value.size() != 1) {
                throw new IllegalArgumentException(
                        "The loss must be a scalar, but has the shape " + value.getShape() + ".");
            }
            // The collector puts the seed of the backward pass beside the loss.
            value.attach(scratch);
            collector.backward(value);
            parameters.gradients(gradient);
            return value.toType(DataType.FLOAT64, false).toDoubleArray()[0];
        }
    }

    /** Forgets the curvature: the next direction is that of steepest descent. */
    public void reset() {
        memory.clear();
        fresh = true;
    }

    /**
     * Returns the loss at the current parameters.
     *
     * @return the loss after the last step, NaN before the first
     */
    public double getLoss() {
        return loss;
    }

    /**
     * Returns the number of directions followed so far.
     *
     * @return the number over all steps
     */
    public long getIterations() {
        return iterations;
    }

    /**
     * Returns the number of evaluations of the loss so far.
     *
     * @return the number over all steps
     */
    public long getEvaluations() {
        return evaluations;
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link Lbfgs}. */
    public static final class Builder {

        private List<Parameter> parameters = List.of();
        private double learningRate = 1;
        private int maxIterations = 20;
        private int maxEvaluations;
        private int history = 10;
        private double gradientTolerance = 1e-7;
        private double changeTolerance = 1e-9;
        private double curvatureTolerance = 1e-32;
        private int maxLineEvaluations = 25;

        private Builder() {}

        /**
         * Sets what is optimized: the parameters of a block that are not frozen.
         *
         * @param block an initialized block
         * @return this builder
         */
        public Builder setBlock(Block block) {
            return setParameters(block.getParameters().values());
        }

        /**
         * Sets what is optimized.
         *
         * @param parameters initialized parameters; frozen ones are left out
         * @return this builder
         */
        public Builder setParameters(Collection<Parameter> parameters) {
            this.parameters = new ArrayList<>();
            for (Parameter parameter : parameters) {
                if (parameter.requiresGradient()) {
                    this.parameters.add(parameter);
                }
            }
            return this;
        }

        /**
         * Sets the first step tried along a direction; the default is 1, Newton's step.
         *
         * @param learningRate the step, positive
         * @return this builder
         */
        public Builder optLearningRate(double learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /**
         * Sets the number of directions in a step; the default is 20.
         *
         * @param maxIterations the number, positive
         * @return this builder
         */
        public Builder optMaxIterations(int maxIterations) {
            this.maxIterations = maxIterations;
            return this;
        }

        /**
         * Sets the number of evaluations after which a step begins no new direction; the default is
         * 5/4 of the number of directions.
         *
         * @param maxEvaluations the number, positive
         * @return this builder
         */
        public Builder optMaxEvaluations(int maxEvaluations) {
            if (maxEvaluations <= 0) {
                throw new IllegalArgumentException(
                        "maxEvaluations must be positive, but was " + maxEvaluations + ".");
            }
            this.maxEvaluations = maxEvaluations;
            return this;
        }

        /**
         * Sets how many past steps are remembered; the default is 10.
         *
         * @param history m, positive
         * @return this builder
         */
        public Builder optHistory(int history) {
            this.history = history;
            return this;
        }

        /**
         * Sets when the gradient counts as 0; the default is 10⁻⁷.
         *
         * @param tolerance the magnitude of its greatest element, not negative
         * @return this builder
         */
        public Builder optGradientTolerance(double tolerance) {
            gradientTolerance = tolerance;
            return this;
        }

        /**
         * Sets when the loss or the parameters count as unchanged; the default is 10⁻⁹.
         *
         * @param tolerance the change, not negative
         * @return this builder
         */
        public Builder optChangeTolerance(double tolerance) {
            changeTolerance = tolerance;
            return this;
        }

        /**
         * Sets all tolerances to 10⁻³², as pykan does: steps end by their numbers of directions and
         * evaluations only, or when rounding leaves nothing to gain.
         *
         * @return this builder
         */
        public Builder optUntilExhausted() {
            return optGradientTolerance(1e-32).optChangeTolerance(1e-32);
        }

        /**
         * Builds the optimizer.
         *
         * @return a new optimizer
         * @throws IllegalArgumentException if a setting is out of its range or nothing is to be
         *     optimized
         */
        public Lbfgs build() {
            if (parameters.isEmpty()) {
                throw new IllegalArgumentException(
                        "L-BFGS needs at least one parameter that is not frozen, but got none.");
            }
            requirePositive("learningRate", learningRate);
            requirePositive("maxIterations", maxIterations);
            requirePositive("history", history);
            requireTolerance("gradientTolerance", gradientTolerance);
            requireTolerance("changeTolerance", changeTolerance);
            return new Lbfgs(this);
        }

        private static void requirePositive(String name, double value) {
            if (!(value > 0) || !Double.isFinite(value)) {
                throw new IllegalArgumentException(
                        name + " must be positive and finite, but was " + value + ".");
            }
        }

        private static void requireTolerance(String name, double value) {
            if (!(value >= 0) || !Double.isFinite(value)) {
                throw new IllegalArgumentException(
                        name + " must be finite and not negative, but was " + value + ".");
            }
        }
    }
}
