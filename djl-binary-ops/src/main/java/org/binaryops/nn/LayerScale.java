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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/** The factor α of a layer: its parameters, if it has any, and its values. */
final class LayerScale {

    private final WeightScale kind;
    private final int units;
    private final Parameter weight;
    private final List<Parameter> parameters = new ArrayList<>();

    /**
     * Creates a factor.
     *
     * @param kind what it is
     * @param units the number of output channels
     * @param spatialAxes the number of axes of the output after that of the channels
     * @param weight the weight of the layer
     */
    LayerScale(WeightScale kind, int units, int spatialAxes, Parameter weight) {
        this.kind = kind;
        this.units = units;
        this.weight = weight;
        switch (kind) {
            case LEARNED ->
                    learned(
                            "scale",
                            (manager, shape, type) -> manager.randomUniform(0, 1, shape, type));
            case LEARNED_FROM_MEAN ->
                    learned("scale", (manager, shape, type) -> initial(manager, type));
            case LEARNED_RANK_ONE -> {
                learned("scale", Initializer.ONES);
                for (int i = 0; i < spatialAxes; ++i) {
                    learned("spatialScale" + i, Initializer.ONES);
                }
            }
            default -> {}
        }
        if (!parameters.isEmpty()) {
            parameters.get(0).setShape(new Shape(units));
        }
    }

    private void learned(String name, Initializer initializer) {
        parameters.add(
                Parameter.builder()
                        .setName(name)
                        .setType(Parameter.Type.OTHER)
                        .optInitializer(initializer)
                        .build());
    }

    private NDArray initial(NDManager manager, DataType type) {
        return Temporaries.freed(
                manager, () -> channelMean(weight.getArray(), false).toType(type, true));
    }

    WeightScale kind() {
        return kind;
    }

    /** The parameters that the layer saves and trains. */
    List<Parameter> parameters() {
        return Collections.unmodifiableList(parameters);
    }

    /** Whether the factor has a value for each position of the output. */
    boolean isSpatial() {
        return parameters.size() > 1;
    }

    /** Whether a gradient flows through the factor, so that autograd keeps the accumulators. */
    private boolean isDifferentiable() {
        return kind == WeightScale.LAYER_MEAN || !parameters.isEmpty();
    }

    /** Fixes the size of the output. */
    void prepare(Shape output) {
        for (int i = 1; i < parameters.size(); ++i) {
            long size = output.get(1 + i);
            if (size < 1) {
                throw new IllegalArgumentException(
                        "LEARNED_RANK_ONE needs the size of the output when the layer is"
                                + " initialized, but it was "
                                + output
                                + ".");
            }
            parameters.get(i).setShape(new Shape(size));
        }
    }

    /** Checks that an output has the size that was fixed. */
    void check(String layer, Shape input, Shape output) {
        for (int i = 1; i < parameters.size(); ++i) {
            long size = parameters.get(i).getShape().get(0);
            if (output.get(1 + i) != size) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s with LEARNED_RANK_ONE has %d learned scales along axis %d of"
                                        + " its output, as many as it was initialized for, but an"
                                        + " input of shape %s gives an output of shape %s.",
                                layer, size, 1 + i, input, output));
            }
        }
    }

    /**
     * What accumulators are multiplied with.
     *
     * @param kind the factor from the weights
     * @param sample a factor for each sample, without a gradient; null for none
     * @param inPlace whether the accumulators may be overwritten
     */
    record Factors(WeightScale kind, NDArray sample, boolean inPlace) {}

    /**
     * Multiplies accumulators with their factors.
     *
     * @param store the store that holds the parameters
     * @param accumulators the products, of the shape of the layer's output
     * @param factors the factors
     * @param layer tells how a value for each channel broadcasts over the output
     * @param training whether this is a training pass
     * @return the scaled products; the accumulators themselves if there is no factor, or if they
     *     may be overwritten
     */
    NDArray multiply(
            ParameterStore store,
            NDArray accumulators,
            Factors factors,
            QuantizedLayer layer,
            boolean training) {
        // In place where autograd keeps the factors alone: a new array of this size costs as much
        // time as the product.
        NDArray y = accumulators;
        NDArray sample = factors.sample;
        boolean inPlace = factors.inPlace;
        if (factors.kind != WeightScale.NONE) {
            NDArray factor = factor(store, y, layer, training);
            if (sample != null && 4 * sample.size() * factor.size() <= y.size()) {
                factor = sample.mul(factor);
                sample = null;
            }
            y = inPlace && !isDifferentiable() ? y.muli(factor) : y.mul(factor);
            inPlace = true;
        }
        if (sample == null) {
            return y;
        }
        return inPlace ? y.muli(sample) : y.mul(sample);
    }

    private NDArray factor(
            ParameterStore store, NDArray like, QuantizedLayer layer, boolean training) {
        if (!parameters.isEmpty()) {
            NDArray factor = layer.broadcastable(parameter(store, 0, like, training));
            for (int i = 1; i < parameters.size(); ++i) {
                // The small factors first: the product has no batch axis.
                factor = factor.mul(alongAxis(parameter(store, i, like, training), 1 + i, like));
            }
            return factor;
        }
        NDArray w = Temporaries.parameter(store, weight, like, training);
        if (kind == WeightScale.LAYER_MEAN) {
            return w.abs().mean();
        }
        return layer.broadcastable(channelMean(w, kind == WeightScale.CENTRED_CHANNEL_MEAN));
    }

    private NDArray parameter(ParameterStore store, int index, NDArray like, boolean training) {
        return Temporaries.parameter(store, parameters.get(index), like, training);
    }

    private static NDArray alongAxis(NDArray values, int axis, NDArray like) {
        long[] shape = new long[like.getShape().dimension()];
        Arrays.fill(shape, 1);
        shape[axis] = values.size();
        return values.reshape(shape);
    }

    /** The mean |w| of each channel, without a gradient, broadcastable over the weight. */
    NDArray meanOfRows(NDArray w) {
        return alongAxis(channelMean(w, false), 0, w);
    }

    /** The mean |w| of each channel, without a gradient, of shape [units]. */
    private NDArray channelMean(NDArray w, boolean centred) {
        return Temporaries.freed(
                w.getManager(),
                () -> {
                    NDArray rows = w.stopGradient().reshape(units, -1);
                    NDArray centre = centred ? rows.sub(rows.mean(new int[] {1}, true)) : rows;
                    return centre.abs().mean(new int[] {1});
                });
    }
}
