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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * A layer that accumulates products of a quantized input and a quantized weight and then scales
 * them: y = α ⊙ K ⊙ (Q_in(x) ∗ Q_w(W)) + b.
 *
 * <p>The quantizers are child blocks, saved with the layer. The subclasses say what ∗ is. The
 * factor α comes from the weights or is learned ({@link WeightScale}); the factor K comes from the
 * magnitudes of the input ({@link InputScale}).
 *
 * <p>Memory: beside input, weight and output, a training forward keeps for its backward what the
 * two quantizers keep (the sign quantizers: two arrays of the size of their argument, the value and
 * the derivative). A scale with a gradient, learned or {@link WeightScale#LAYER_MEAN}, adds one
 * array of the size of the output; {@link WeightScale#LEARNED_RANK_ONE} of a convolution one of the
 * size of one sample's output; all other scales only their factors, the largest of which is the map
 * of {@link InputScale#SPATIAL_MAP} (one number for each output position and group).
 *
 * <p>A weight that is set before the layer is initialized is kept, and a scale learned from it
 * starts from it.
 */
public abstract class QuantizedLayer extends AbstractBlock {

    private static final byte VERSION = 2;

    private final int units;
    private final InputScale inputScale;
    private final Quantizer inputQuantizer;
    private final Quantizer weightQuantizer;
    private final Parameter weight;
    private final LayerScale scale;
    private final Parameter bias;

    /**
     * Creates a layer.
     *
     * @param builder the settings
     */
    @SuppressWarnings("this-escape")
    protected QuantizedLayer(Builder<?> builder) {
        super(VERSION);
        units = builder.units;
        inputScale = builder.inputScale;
        inputQuantizer = addChildBlock("inputQuantizer", builder.inputQuantizer);
        weightQuantizer = addChildBlock("weightQuantizer", builder.weightQuantizer);
        weight = addParameter(parameter("weight", Parameter.Type.WEIGHT).build());
        scale = new LayerScale(builder.scale, units, spatialAxes(), weight);
        scale.parameters().forEach(this::addParameter);
        bias =
                builder.bias
                        ? addParameter(
                                parameter("bias", Parameter.Type.BIAS)
                                        .optShape(new Shape(units))
                                        .build())
                        : null;
    }

    private static Parameter.Builder parameter(String name, Parameter.Type type) {
        return Parameter.builder().setName(name).setType(type);
    }

    /**
     * Returns the shape of the weight for an input shape.
     *
     * @param input the shape of the input
     * @return the shape of the weight; its first axis is the output channel
     * @throws IllegalArgumentException if the layer cannot take such an input
     */
    protected abstract Shape weightShape(Shape input);

    /**
     * Accumulates the products of quantized operands.
     *
     * @param input the quantized input
     * @param weight the quantized weight, first axis the output channel
     * @return a new array of accumulators, which the layer may overwrite
     */
    protected abstract NDArray accumulate(NDArray input, NDArray weight);

    /**
     * Returns what besides the weight's shape decides about the layer's output; it is saved, so
     * that a file is loaded into an equal layer only.
     *
     * @return the settings as text
     */
    String settings() {
        // Files from before there were input scales do not name them.
        String input = inputScale == InputScale.NONE ? "" : ", input scale " + inputScale;
        return "scale " + scale.kind() + ", bias " + (bias != null) + input;
    }

    /**
     * Brings a value for each output channel into a shape that broadcasts over the accumulators.
     *
     * @param perChannel an array of shape [units]
     * @return the same values, broadcastable
     */
    protected abstract NDArray broadcastable(NDArray perChannel);

    /**
     * Returns how many axes the output has after that of the channels, all of them with a learned
     * scale in {@link WeightScale#LEARNED_RANK_ONE}; called by the constructor of this class.
     *
     * @return the number of spatial axes, 0 unless overridden; a layer that returns another number
     *     has outputs of shape [batch, units, spatial axes …]
     */
    protected int spatialAxes() {
        return 0;
    }

    /**
     * Computes the factor of {@link InputScale#SAMPLE_MEAN}.
     *
     * @param input the input before its quantizer
     * @return the mean |x| over all axes but the first unless overridden, without a gradient,
     *     broadcastable over the input and over the accumulators
     */
    protected NDArray sampleMean(NDArray input) {
        long[] shape = new long[input.getShape().dimension()];
        Arrays.fill(shape, 1);
        shape[0] = input.getShape().get(0);
        NDArray rows = input.stopGradient().reshape(shape[0], -1);
        return rows.abs().mean(new int[] {1}).reshape(shape);
    }

    /**
     * Multiplies accumulators with the map of {@link InputScale#SPATIAL_MAP}; only called if the
     * builder {@linkplain Builder#supports supports} it.
     *
     * @param accumulators the accumulated products; they may be overwritten
     * @param input the input before its quantizer
     * @return K ⊙ accumulators; no gradient flows to {@code input}
     */
    protected NDArray timesSpatialMap(NDArray accumulators, NDArray input) {
        throw new UnsupportedOperationException(
                getClass().getSimpleName() + " has no spatial map of its input.");
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        weightShape(x.getShape());
        if (scale.isSpatial()) {
            Shape[] outputs = getOutputShapes(new Shape[] {x.getShape()});
            scale.check(getClass().getSimpleName(), x.getShape(), outputs[0]);
        }
        return new NDList(
                Temporaries.freed(x.getManager(), () -> output(parameterStore, x, training)));
    }

    private NDArray output(ParameterStore store, NDArray x, boolean training) {
        NDArray w = Temporaries.parameter(store, weight, x, training);
        NDArray input = inputQuantizer.quantize(store, x, training);
        if (inputScale == InputScale.SAMPLE_MEAN_STRAIGHT_THROUGH) {
            input = scaledStraightThrough(input, meanOfSamples(x));
        }
        NDArray quantized = quantizeWeight(store, w, training);
        WeightScale kind = scale.kind();
        if (kind == WeightScale.CHANNEL_MEAN_STRAIGHT_THROUGH && training && w.hasGradient()) {
            quantized = scaledStraightThrough(quantized, scale.meanOfRows(w));
            kind = WeightScale.NONE;
        }
        NDArray y = accumulate(input, quantized);
        if (inputScale == InputScale.SPATIAL_MAP) {
            y = timesSpatialMap(y, x);
        }
        NDArray sample = inputScale == InputScale.SAMPLE_MEAN ? meanOfSamples(x) : null;
        y = scale.multiply(store, y, new LayerScale.Factors(kind, sample, true), this, training);
        // The products are a new array, of which autograd keeps nothing that the sum changes.
        return bias == null ? y : y.addi(channelBias(store, y, training));
    }

    private NDArray meanOfSamples(NDArray x) {
        // |x| is as large as the input: it is freed before there are products.
        return Temporaries.freed(x.getManager(), () -> sampleMean(x));
    }

    private static NDArray scaledStraightThrough(NDArray quantized, NDArray factor) {
        return Temporaries.freed(
                quantized.getManager(),
                () -> {
                    NDArray scaled = quantized.stopGradient().mul(factor);
                    return CustomGradient.straightThrough(quantized, scaled);
                });
    }

    private NDArray quantizeWeight(ParameterStore store, NDArray w, boolean training) {
        // A weight is a leaf of the graph, so that the engine can tell whether it wants a gradient.
        return w.hasGradient()
                ? weightQuantizer.quantize(store, w, training)
                : weightQuantizer.quantizeFrozen(store, w);
    }

    /**
     * Applies the factor and the bias to accumulators, as the forward pass does.
     *
     * @param store the store that holds the parameters
     * @param accumulators the accumulated products, of the shape of the layer's output
     * @param training whether this is a training pass
     * @return α ⊙ accumulators + b, attached to the manager of the accumulators; the accumulators
     *     themselves if the layer has neither
     * @throws IllegalStateException if the layer has an input scale, which needs the input
     */
    public NDArray rescale(ParameterStore store, NDArray accumulators, boolean training) {
        if (inputScale != InputScale.NONE) {
            throw new IllegalStateException(
                    "rescale needs the input scale NONE, but this layer has " + inputScale + ".");
        }
        return rescaleByWeight(store, accumulators, training);
    }

    /**
     * Applies the factor of the weights and the bias, but no input scale, to accumulators.
     *
     * @param store the store that holds the parameters
     * @param accumulators the products, of the shape of the layer's output, with the input scale in
     *     them if the layer has one
     * @param training whether this is a training pass
     * @return α ⊙ accumulators + b, attached to the manager of the accumulators; the accumulators
     *     themselves if the layer has neither
     */
    public NDArray rescaleByWeight(ParameterStore store, NDArray accumulators, boolean training) {
        if (scale.kind() == WeightScale.NONE && bias == null) {
            return accumulators;
        }
        LayerScale.Factors factors = new LayerScale.Factors(scale.kind(), null, false);
        return Temporaries.freed(
                accumulators.getManager(),
                () -> {
                    NDArray y = scale.multiply(store, accumulators, factors, this, training);
                    return bias == null ? y : y.add(channelBias(store, y, training));
                });
    }

    private NDArray channelBias(ParameterStore store, NDArray like, boolean training) {
        // Not fused with the products: a sum that starts from the bias would round each of its
        // steps, while the accumulators of ±1 operands are exact.
        return broadcastable(Temporaries.parameter(store, bias, like, training));
    }

    /**
     * Quantizes the weight as the forward pass at inference does.
     *
     * @param store the store that holds the parameters
     * @param like an array on the wanted device; the result is attached to its manager
     * @return Q_w(W), first axis the output channel
     */
    public NDArray quantizedWeight(ParameterStore store, NDArray like) {
        return Temporaries.freed(
                like.getManager(),
                () -> {
                    NDArray w = Temporaries.parameter(store, weight, like, false);
                    return weightQuantizer.quantizeFrozen(store, w).duplicate();
                });
    }

    /**
     * Returns the number of output channels.
     *
     * @return the number of units or filters
     */
    public int getUnits() {
        return units;
    }

    /**
     * Returns the scale.
     *
     * @return how the accumulators are scaled
     */
    public WeightScale getScale() {
        return scale.kind();
    }

    /**
     * Returns the input scale.
     *
     * @return how the output is scaled by the magnitudes of the input
     */
    public InputScale getInputScale() {
        return inputScale;
    }

    /**
     * Returns the quantizer of the input.
     *
     * @return the child block
     */
    public Quantizer getInputQuantizer() {
        return inputQuantizer;
    }

    /**
     * Returns the quantizer of the weight.
     *
     * @return the child block
     */
    public Quantizer getWeightQuantizer() {
        return weightQuantizer;
    }

    /**
     * Returns whether the layer has a bias.
     *
     * @return whether a bias is added after the scale
     */
    public boolean hasBias() {
        return bias != null;
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        super.beforeInitialize(inputShapes);
        if (inputShapes.length != 1) {
            throw new IllegalArgumentException(
                    getClass().getSimpleName()
                            + " takes 1 input, but got "
                            + inputShapes.length
                            + ".");
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape shape = weightShape(inputShapes[0]);
        if (!weight.isInitialized()) {
            weight.setShape(shape);
        } else if (!weight.getShape().equals(shape)) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s has a weight of shape %s, but an input of shape %s needs %s.",
                            getClass().getSimpleName(), weight.getShape(), inputShapes[0], shape));
        }
        if (scale.isSpatial()) {
            scale.prepare(getOutputShapes(inputShapes)[0]);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        inputQuantizer.initialize(manager, dataType, inputShapes[0]);
        weightQuantizer.initialize(manager, dataType, weight.getShape());
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(units);
        os.writeUTF(settings());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        if (loadVersion != VERSION && loadVersion != 1) {
            throw new MalformedModelException(
                    String.format(
                            "%s: the version must be 1 or %d, but the file has %d",
                            getClass().getSimpleName(), VERSION, loadVersion));
        }
        super.loadMetadata(VERSION, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
        int saved = is.readInt();
        if (saved != units) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this layer has %d units, but the file has %d",
                            getClass().getSimpleName(), units, saved));
        }
        // Version 1 had no more than the units.
        String savedSettings = loadVersion == 1 ? settings() : is.readUTF();
        if (!savedSettings.equals(settings())) {
            throw new MalformedModelException(
                    String.format(
                            "%s: the settings of this layer are %s, but the file has %s",
                            getClass().getSimpleName(), settings(), savedSettings));
        }
    }

    /**
     * The settings that all quantized layers have.
     *
     * @param <T> the concrete builder
     */
    public abstract static class Builder<T extends Builder<T>> {

        int units;
        private WeightScale scale = WeightScale.NONE;
        private InputScale inputScale = InputScale.NONE;
        private Quantizer inputQuantizer = new Identity();
        private Quantizer weightQuantizer = new Identity();
        private boolean bias;

        /** Creates a builder with the defaults. */
        protected Builder() {}

        private static <V> V required(String name, V value) {
            if (value == null) {
                throw new IllegalArgumentException(name + " must be given, but was null.");
            }
            return value;
        }

        /**
         * Returns whether the layer has an input scale.
         *
         * @param scale the input scale
         * @return {@code true} unless overridden for all but {@link InputScale#SPATIAL_MAP}
         */
        protected boolean supports(InputScale scale) {
            return scale != InputScale.SPATIAL_MAP;
        }

        /** Checks what all layers have in common. */
        void check() {
            if (!supports(inputScale)) {
                throw new IllegalArgumentException(
                        getClass().getEnclosingClass().getSimpleName()
                                + " has no input scale "
                                + inputScale
                                + ".");
            }
            if (inputQuantizer == weightQuantizer) {
                throw new IllegalArgumentException(
                        "inputQuantizer and weightQuantizer must be two objects, since the layer"
                                + " owns both, but were the same.");
            }
        }

        /**
         * Returns this builder under its concrete type.
         *
         * @return this builder
         */
        protected abstract T self();

        /**
         * Sets the quantizer of the input; the default is none ({@link Identity}).
         *
         * @param quantizer a new quantizer, owned by the layer
         * @return this builder
         */
        public T optInputQuantizer(Quantizer quantizer) {
            inputQuantizer = required("inputQuantizer", quantizer);
            return self();
        }

        /**
         * Sets the quantizer of the weight; the default is none ({@link Identity}).
         *
         * @param quantizer a new quantizer, owned by the layer
         * @return this builder
         */
        public T optWeightQuantizer(Quantizer quantizer) {
            weightQuantizer = required("weightQuantizer", quantizer);
            return self();
        }

        /**
         * Sets how the accumulators are scaled; the default is {@link WeightScale#NONE}.
         *
         * @param scale the scale
         * @return this builder
         */
        public T optScale(WeightScale scale) {
            this.scale = required("scale", scale);
            return self();
        }

        /**
         * Sets how the output is scaled by the magnitudes of the input; the default is {@link
         * InputScale#NONE}.
         *
         * @param scale the input scale
         * @return this builder
         */
        public T optInputScale(InputScale scale) {
            inputScale = required("inputScale", scale);
            return self();
        }

        /**
         * Sets whether a bias is added; the default is {@code false}, since a batch norm as a rule
         * follows.
         *
         * @param bias whether to add a bias
         * @return this builder
         */
        public T optBias(boolean bias) {
            this.bias = bias;
            return self();
        }
    }
}
