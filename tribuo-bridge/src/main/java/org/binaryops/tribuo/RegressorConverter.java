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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.binaryops.gradient.Temporaries;
import org.tribuo.Example;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Prediction;
import org.tribuo.regression.ImmutableRegressionInfo;
import org.tribuo.regression.Regressor;

import java.util.List;

/**
 * Regression of one or several dimensions: the mean squared error of standardised outputs.
 *
 * <p>The network computes z = (y − mean) / standard deviation of each dimension over the training
 * data, and the loss of an example is the mean of (z − target)² over the dimensions; a prediction
 * is brought back to the scale of y. A dimension that is constant in the training data is shifted
 * only.
 */
public final class RegressorConverter implements OutputConverter<Regressor> {

    /** Creates a converter. */
    public RegressorConverter() {}

    /** {@inheritDoc} */
    @Override
    public int width(ImmutableOutputInfo<Regressor> outputs) {
        return outputs.size();
    }

    private static String name(ImmutableOutputInfo<Regressor> outputs, int dimension) {
        return outputs.getOutput(dimension).getNames()[0];
    }

    private static double mean(ImmutableOutputInfo<Regressor> outputs, String name) {
        return ((ImmutableRegressionInfo) outputs).getMean(name);
    }

    private static double deviation(ImmutableOutputInfo<Regressor> outputs, String name) {
        double deviation = Math.sqrt(((ImmutableRegressionInfo) outputs).getVariance(name));
        return deviation > 0 ? deviation : 1;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray encode(
            NDManager manager, List<Regressor> batch, ImmutableOutputInfo<Regressor> outputs) {
        int width = outputs.size();
        float[] targets = new float[batch.size() * width];
        for (int k = 0; k < width; ++k) {
            String name = name(outputs, k);
            double mean = mean(outputs, name);
            double deviation = deviation(outputs, name);
            for (int i = 0; i < batch.size(); ++i) {
                Regressor regressor = batch.get(i);
                double value =
                        regressor
                                .getDimension(name)
                                .orElseThrow(
                                        () ->
                                                new IllegalArgumentException(
                                                        "The output "
                                                                + regressor
                                                                + " has no dimension '"
                                                                + name
                                                                + "'."))
                                .getValue();
                if (!Double.isFinite(value)) {
                    throw new IllegalArgumentException(
                            "The dimension '" + name + "' of an output is " + value + ".");
                }
                targets[i * width + k] = (float) ((value - mean) / deviation);
            }
        }
        return manager.create(targets, new Shape(batch.size(), width));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray loss(NDArray scores, NDArray targets) {
        // The target lives in a buffer of the JVM; a difference keeps neither operand.
        return Temporaries.freed(
                scores.getManager(), () -> scores.sub(targets).square().mean(new int[] {1}));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray score(NDArray scores, NDArray targets) {
        return Temporaries.freed(
                scores.getManager(), () -> scores.sub(targets).abs().mean(new int[] {1}));
    }

    /** {@inheritDoc} */
    @Override
    public String scoreName() {
        return "standardised mean absolute error";
    }

    /** {@inheritDoc} */
    @Override
    public Prediction<Regressor> decode(
            float[] scores,
            ImmutableOutputInfo<Regressor> outputs,
            int used,
            Example<Regressor> example) {
        String[] names = new String[scores.length];
        double[] values = new double[scores.length];
        for (int k = 0; k < scores.length; ++k) {
            names[k] = name(outputs, k);
            values[k] = scores[k] * deviation(outputs, names[k]) + mean(outputs, names[k]);
        }
        return new Prediction<>(new Regressor(names, values), used, example);
    }

    /** {@inheritDoc} */
    @Override
    public boolean generatesProbabilities() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public Class<Regressor> getTypeWitness() {
        return Regressor.class;
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "RegressorConverter()";
    }
}
