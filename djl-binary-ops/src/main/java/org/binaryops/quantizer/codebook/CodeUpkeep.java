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
package org.binaryops.quantizer.codebook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.function.Consumer;
import org.binaryops.gradient.Temporaries;

/**
 * Sets the codes of a {@link Codebook} from its inputs: those that nothing uses, or all; at once,
 * or in the next training pass.
 */
final class CodeUpkeep {

    private final int size;
    private final int groups;
    private final Parameter gamma;
    private final Parameter beta;
    private final Parameter codes;
    private final CodeUsage usage;
    private volatile double requestedNoise = Double.NaN;
    private volatile int requestedIterations = -1;

    CodeUpkeep(
            int size,
            int groups,
            Parameter gamma,
            Parameter beta,
            Parameter codes,
            CodeUsage usage) {
        this.size = size;
        this.groups = groups;
        this.gamma = gamma;
        this.beta = beta;
        this.codes = codes;
        this.usage = usage;
    }

    void requestReplacement(double noise) {
        requestedNoise = checkNoise(noise);
    }

    void requestInitialization(int iterations) {
        requestedIterations = checkIterations(iterations);
    }

    /** Does what was asked for before a training pass on x reads the parameters. */
    void beforePass(NDArray x) {
        if (requestedIterations >= 0) {
            initializeFrom(x, requestedIterations);
            requestedIterations = -1;
        }
    }

    /** Does what was asked for before the vectors x̂ of a training pass choose from the table. */
    void beforeChoice(ParameterStore store, NDArray normal, NDArray table) {
        if (!Double.isNaN(requestedNoise)) {
            NDArray counts = Temporaries.parameter(store, usage.parameter(), normal, true);
            replace(normal.stopGradient(), table, counts, requestedNoise);
            requestedNoise = Double.NaN;
        }
    }

    void replaceDeadCodes(NDArray inputs, double noise) {
        checkNoise(noise);
        onVectors(inputs, x -> replace(x, codes.getArray(), usage.getCounts(), noise));
    }

    private synchronized void replace(NDArray normal, NDArray table, NDArray counts, double noise) {
        NDArray used = counts.minimum(1).expandDims(2);
        NDArray fresh = CodeTable.draw(normal, size, noise);
        CodeTable.overwrite(table, used, fresh);
        NDArray original = codes.getArray();
        if (table != original) {
            // On another device the store holds a copy, which nobody saves.
            NDArray there = used.toDevice(original.getDevice(), false);
            CodeTable.overwrite(original, there, fresh.toDevice(original.getDevice(), false));
            counts.muli(0);
        }
        usage.reset();
    }

    void initializeCodes(NDArray inputs, int iterations) {
        checkIterations(iterations);
        onVectors(
                inputs,
                x -> {
                    NDArray none = usage.getCounts().zerosLike().expandDims(2);
                    CodeTable.overwrite(
                            codes.getArray(), none, KMeans.centres(x, size, iterations));
                    usage.reset();
                });
    }

    synchronized void initializeFrom(NDArray inputs, int iterations) {
        checkIterations(iterations);
        onVectors(
                inputs,
                ignored -> {
                    NDArray scale = gamma.getArray();
                    NDArray none = scale.zerosLike();
                    NDArray spread = CodeTable.deviation(inputs.stopGradient(), groups);
                    Shape shape = new Shape(groups, scale.size() / groups);
                    CodeTable.overwrite(scale, none, spread.broadcast(shape).reshape(-1));
                    CodeTable.overwrite(beta.getArray(), none, none);
                });
        initializeCodes(inputs, iterations);
    }

    private void onVectors(NDArray inputs, Consumer<NDArray> action) {
        CodebookBuilder.require(
                inputs.size() > 0,
                "inputs must not be empty, but have shape " + inputs.getShape() + ".");
        Temporaries.freed(
                        inputs.getManager(),
                        () -> {
                            NDArray scale = gamma.getArray().stopGradient();
                            NDArray shift = beta.getArray().stopGradient();
                            NDArray normal =
                                    CodeTable.normalize(
                                            inputs.stopGradient(), scale, shift, groups);
                            action.accept(normal);
                            return normal;
                        })
                .close();
    }

    private static double checkNoise(double noise) {
        CodebookBuilder.require(
                noise >= 0 && noise < Double.POSITIVE_INFINITY,
                "noise must be finite and not negative, but was " + noise + ".");
        return noise;
    }

    private static int checkIterations(int iterations) {
        CodebookBuilder.require(
                iterations >= 0, "iterations must not be negative, but was " + iterations + ".");
        return iterations;
    }
}
