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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies gradients to the parameters of a block, with the engine's own update kernels.
 *
 * <p>DJL's optimizers detach their moments from every manager and never close them, which costs
 * twice the size of the model for each training; here the moments live on the manager given, so a
 * cross-validation does not grow.
 */
final class ParameterUpdater {

    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final float EPSILON = 1e-8f;

    private final GradientOptimizer settings;
    private final List<Moments> parameters = new ArrayList<>();
    private int step;

    /**
     * Creates an updater for the parameters that want a gradient.
     *
     * @param settings the settings
     * @param parameters the parameters, initialized
     * @param owner the manager of the moments
     */
    ParameterUpdater(GradientOptimizer settings, List<Parameter> parameters, NDManager owner) {
        this.settings = settings;
        for (Parameter parameter : parameters) {
            if (parameter.requiresGradient()) {
                this.parameters.add(new Moments(parameter.getArray(), owner, settings));
            }
        }
    }

    /** Makes a step and zeroes the gradients. */
    void step(double learningRate) {
        ++step;
        double correction =
                Math.sqrt(1 - Math.pow(BETA2, step)) / (1 - Math.pow(BETA1, step)) * learningRate;
        for (Moments moments : parameters) {
            try (NDArray gradient = moments.weight.getGradient()) {
                update(moments, gradient, (float) learningRate, (float) correction);
            }
        }
    }

    private void update(Moments moments, NDArray gradient, float rate, float corrected) {
        NDArray weight = moments.weight;
        NDList weights = new NDList(weight);
        float decay = (float) settings.weightDecay();
        if (settings.algorithm() == GradientOptimizer.Algorithm.SGD) {
            weight.getNDArrayInternal()
                    .sgdUpdate(
                            new NDList(weight, gradient, moments.first),
                            weights,
                            rate,
                            decay,
                            1,
                            -1,
                            (float) settings.momentum(),
                            true);
            return;
        }
        weight.getNDArrayInternal()
                .adamUpdate(
                        new NDList(weight, gradient, moments.first, moments.second),
                        weights,
                        rate,
                        corrected,
                        decay,
                        1,
                        -1,
                        (float) BETA1,
                        (float) BETA2,
                        EPSILON,
                        true,
                        settings.algorithm() == GradientOptimizer.Algorithm.ADAMW);
    }

    /** A parameter with the running moments of its gradient, as far as the algorithm has them. */
    private static final class Moments {

        private final NDArray weight;
        private final NDArray first;
        private final NDArray second;

        Moments(NDArray weight, NDManager owner, GradientOptimizer settings) {
            this.weight = weight;
            boolean adam = settings.algorithm() != GradientOptimizer.Algorithm.SGD;
            first = adam || settings.momentum() > 0 ? zeros(weight, owner) : null;
            second = adam ? zeros(weight, owner) : null;
        }

        private static NDArray zeros(NDArray like, NDManager owner) {
            return owner.zeros(like.getShape(), like.getDataType());
        }
    }
}
