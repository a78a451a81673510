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
package org.binaryops.tribuo;

import com.oracle.labs.mlrg.olcut.config.Config;
import com.oracle.labs.mlrg.olcut.config.Configurable;
import com.oracle.labs.mlrg.olcut.provenance.ConfiguredObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenancable;
import com.oracle.labs.mlrg.olcut.provenance.impl.ConfiguredObjectProvenanceImpl;

/**
 * The settings of a gradient optimizer: the algorithm, the learning rate with its schedule, weight
 * decay, momentum.
 *
 * <pre>{@code
 * GradientOptimizer.adamW(1e-3, 1e-2).withSchedule(GradientOptimizer.Schedule.COSINE)
 * }</pre>
 */
public final class GradientOptimizer
        implements Configurable, Provenancable<ConfiguredObjectProvenance> {

    /** The rule by which a step follows from the gradients. */
    public enum Algorithm {
        /** Adam with β = (0.9, 0.999), ε = 1e-8; weight decay is added to the gradient. */
        ADAM,
        /** AdamW with β = (0.9, 0.999), ε = 1e-8; weight decay shrinks the weights directly. */
        ADAMW,
        /** Stochastic gradient descent, with momentum if set; weight decay is added. */
        SGD
    }

    /** How the learning rate changes from step to step. */
    public enum Schedule {
        /** It does not. */
        CONSTANT,
        /** η · (1 + cos(π t / T)) / 2 at step t of T, counted from 0. */
        COSINE
    }

    @Config(description = "The update rule.")
    private Algorithm algorithm = Algorithm.ADAM;

    @Config(description = "The (initial) learning rate.")
    private double learningRate = 1e-3;

    @Config(description = "How the learning rate changes in the course of training.")
    private Schedule schedule = Schedule.CONSTANT;

    @Config(description = "The factor of weight decay.")
    private double weightDecay;

    @Config(description = "The momentum of SGD.")
    private double momentum;

    /** For OLCUT. */
    private GradientOptimizer() {}

    /**
     * Creates settings.
     *
     * @param algorithm the update rule
     * @param learningRate the (initial) learning rate η, positive
     * @param schedule how the learning rate changes
     * @param weightDecay the factor of weight decay, 0 for none; it applies to all parameters
     * @param momentum the momentum, in [0, 1); only SGD takes one other than 0
     * @throws IllegalArgumentException if a number is out of range
     */
    public GradientOptimizer(
            Algorithm algorithm,
            double learningRate,
            Schedule schedule,
            double weightDecay,
            double momentum) {
        this.algorithm = algorithm;
        this.learningRate = learningRate;
        this.schedule = schedule;
        this.weightDecay = weightDecay;
        this.momentum = momentum;
        check();
    }

    /**
     * Returns Adam with a constant learning rate.
     *
     * @param learningRate the learning rate, positive
     * @return the settings
     */
    public static GradientOptimizer adam(double learningRate) {
        return new GradientOptimizer(Algorithm.ADAM, learningRate, Schedule.CONSTANT, 0, 0);
    }

    /**
     * Returns AdamW with a constant learning rate.
     *
     * @param learningRate the learning rate, positive
     * @param weightDecay the factor of weight decay
     * @return the settings
     */
    public static GradientOptimizer adamW(double learningRate, double weightDecay) {
        return new GradientOptimizer(
                Algorithm.ADAMW, learningRate, Schedule.CONSTANT, weightDecay, 0);
    }

    /**
     * Returns stochastic gradient descent with a constant learning rate.
     *
     * @param learningRate the learning rate, positive
     * @param momentum the momentum, in [0, 1)
     * @return the settings
     */
    public static GradientOptimizer sgd(double learningRate, double momentum) {
        return new GradientOptimizer(Algorithm.SGD, learningRate, Schedule.CONSTANT, 0, momentum);
    }

    /**
     * Returns these settings with another schedule.
     *
     * @param newSchedule how the learning rate changes
     * @return new settings
     */
    public GradientOptimizer withSchedule(Schedule newSchedule) {
        return new GradientOptimizer(algorithm, learningRate, newSchedule, weightDecay, momentum);
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public void postConfig() {
        Setting.configured(this::check);
    }

    private void check() {
        Setting.require(algorithm != null, "algorithm", "given", "null");
        Setting.require(
                learningRate > 0 && Double.isFinite(learningRate),
                "learningRate",
                "positive",
                learningRate);
        Setting.require(schedule != null, "schedule", "given", "null");
        Setting.require(
                weightDecay >= 0 && Double.isFinite(weightDecay),
                "weightDecay",
                "0 or positive",
                weightDecay);
        Setting.require(momentum >= 0 && momentum < 1, "momentum", "in [0, 1)", momentum);
        Setting.require(
                momentum == 0 || algorithm == Algorithm.SGD,
                "momentum",
                "0 for " + algorithm,
                momentum);
    }

    Algorithm algorithm() {
        return algorithm;
    }

    double weightDecay() {
        return weightDecay;
    }

    double momentum() {
        return momentum;
    }

    /** The learning rate at a step. */
    double learningRate(long step, long steps) {
        return schedule == Schedule.CONSTANT
                ? learningRate
                : learningRate * (1 + Math.cos(Math.PI * step / steps)) / 2;
    }

    /** {@inheritDoc} */
    @Override
    public ConfiguredObjectProvenance getProvenance() {
        return new ConfiguredObjectProvenanceImpl(this, "GradientOptimizer");
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "GradientOptimizer(algorithm="
                + algorithm
                + ",learningRate="
                + learningRate
                + ",schedule="
                + schedule
                + ",weightDecay="
                + weightDecay
                + ",momentum="
                + momentum
                + ")";
    }
}
