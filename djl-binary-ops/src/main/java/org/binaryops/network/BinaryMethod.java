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
package org.binaryops.network;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import org.binaryops.nn.HardTanh;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;

/**
 * How a layer is binarized: a quantizer for its input, one for its weight, and the scales of their
 * products. Immutable; every layer asks for quantizers of its own.
 *
 * <p>The published methods have names:
 *
 * <pre>{@code
 * Block net = ResNet.cifar20(BinaryMethod.named("reste"), 10);
 * QuantLinear layer = BinaryMethod.named("bireal").applyTo(QuantLinear.builder()).setUnits(64).build();
 * }</pre>
 *
 * <p>and a method of one's own is built from its parts:
 *
 * <pre>{@code
 * BinaryMethod mine =
 *         BinaryMethod.builder("mine")
 *                 .optActivation(ApproxSign::new)
 *                 .optWeight(ReSte::new)
 *                 .optScale(WeightScale.CHANNEL_MEAN)
 *                 .build();
 * }</pre>
 *
 * <p>Methods that change in the course of training (ReSTE, IR-Net, FDA, ReCU, the two stages of
 * BiPer) do so by {@link org.binaryops.quantizer.Annealed}: add an {@code AnnealingListener} to the
 * training.
 */
public final class BinaryMethod {

    private final String name;
    private final String paper;
    private final Supplier<? extends Quantizer> activation;
    private final Supplier<? extends Quantizer> weight;
    private final WeightScale scale;
    private final InputScale inputScale;
    private final Supplier<? extends Block> nonlinearity;
    private final boolean quantizesInputs;

    private BinaryMethod(Builder builder) {
        name = builder.name;
        paper = builder.paper;
        activation = builder.activation;
        weight = builder.weight;
        scale = builder.scale;
        inputScale = builder.inputScale;
        nonlinearity = builder.nonlinearity;
        quantizesInputs = builder.quantizesInputs;
    }

    /**
     * Returns a published method.
     *
     * @param name its name, one of {@link #names()} or an alias ({@code ste} for {@code bnn},
     *     {@code swish} for {@code bnn+}), in any case
     * @return the method
     * @throws IllegalArgumentException if there is no such method
     */
    public static BinaryMethod named(String name) {
        BinaryMethod method =
                PublishedMethods.ALL.get(
                        PublishedMethods.canonical(
                                Objects.requireNonNullElse(name, "").toLowerCase(Locale.ROOT)));
        if (method == null) {
            throw new IllegalArgumentException(
                    "name must be one of "
                            + String.join(", ", names())
                            + ", but was "
                            + name
                            + ".");
        }
        return method;
    }

    /**
     * Returns the names of the published methods.
     *
     * <p>Where a paper and the code in use differ, there are two: {@code xnor} is XNOR-Net as
     * written, with its map of input magnitudes, {@code xnor-bibench} the operator that BiBench
     * calls XNOR in convolutions. {@code dorefa} is the form of one bit in BiBench, with signs as
     * activations. {@code bireal} and {@code reactnet} have the derivative of their public code.
     * {@code bit}, {@code bivit} and {@code tbt} come from transformers and are here the quantizers
     * of their linear layers. {@code fda} is without its noise module: {@code
     * FourierSign.withNoise} makes a method of one's own that has it.
     *
     * @return what {@link #named} takes, {@code float} (nothing is binarized) first and then in the
     *     order of publication
     */
    public static List<String> names() {
        return new ArrayList<>(PublishedMethods.ALL.keySet());
    }

    /**
     * Creates a builder for a method of one's own.
     *
     * @param name how tables and plots shall call it, not empty
     * @return a new builder
     */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Returns the name.
     *
     * @return the name
     */
    public String getName() {
        return name;
    }

    /**
     * Returns where the method was published.
     *
     * @return authors, title, venue and year; empty if none was given
     */
    public String getPaper() {
        return paper;
    }

    /**
     * Creates the quantizer of a layer's input.
     *
     * @return a new quantizer, for inputs whose channels are on axis 1 ([batch, channels, ...] or
     *     [batch, features])
     */
    public Quantizer newActivation() {
        return activation.get();
    }

    /**
     * Creates the quantizer of a layer's weight.
     *
     * @return a new quantizer
     */
    public Quantizer newWeight() {
        return weight.get();
    }

    /**
     * Returns the scale of the weights.
     *
     * @return how a layer scales the products of its quantized input and weight
     */
    public WeightScale getScale() {
        return scale;
    }

    /**
     * Returns the scale of the inputs.
     *
     * @return how a layer makes up for the magnitudes of its input
     */
    public InputScale getInputScale() {
        return inputScale;
    }

    /**
     * Creates the function that papers put between the layers of their residual networks and of
     * VGG.
     *
     * @return a new block: a {@link HardTanh} before inputs that are quantized, a ReLU before
     *     inputs that are not, unless the method has its own (ReActNet has {@link
     *     org.binaryops.nn.RPReLU})
     */
    public Block newNonlinearity() {
        return nonlinearity.get();
    }

    /**
     * Gives a layer new quantizers and the scales of this method.
     *
     * @param <B> the builder
     * @param layer the builder of a layer whose input has its channels on axis 1
     * @return {@code layer}
     */
    public <B extends QuantizedLayer.Builder<B>> B applyTo(B layer) {
        return layer.optInputQuantizer(newActivation())
                .optWeightQuantizer(newWeight())
                .optScale(scale)
                .optInputScale(inputScale);
    }

    /**
     * Returns this method for training in two stages, as ReActNet's: the weights stay real, with
     * the scale of the method, until {@code Staged.setEnabled(net, true)}.
     *
     * @return a method of the same name whose quantizers of weights are {@link Staged}
     */
    public BinaryMethod withRealWeightsFirst() {
        Builder builder = new Builder(name);
        builder.paper = paper;
        builder.activation = activation;
        builder.weight = () -> Staged.of(weight.get());
        builder.scale = scale;
        builder.inputScale = inputScale;
        builder.nonlinearity = nonlinearity;
        builder.quantizesInputs = quantizesInputs;
        return builder.build();
    }

    /** Whether inputs are quantized, so that a layer needs no other nonlinearity before it. */
    boolean quantizesInputs() {
        return quantizesInputs;
    }

    /**
     * Returns the name.
     *
     * @return the name
     */
    @Override
    public String toString() {
        return name;
    }

    /** Builds a {@link BinaryMethod}. */
    public static final class Builder {

        private final String name;
        private String paper = "";
        private Supplier<? extends Quantizer> activation = Identity::new;
        private Supplier<? extends Quantizer> weight = Identity::new;
        private WeightScale scale = WeightScale.NONE;
        private InputScale inputScale = InputScale.NONE;
        private Supplier<? extends Block> nonlinearity;
        private boolean quantizesInputs;

        private Builder(String name) {
            if (name == null || name.isBlank()) {
                throw new IllegalArgumentException("name must not be empty.");
            }
            this.name = name;
        }

        private static <V> V required(String argument, V value) {
            if (value == null) {
                throw new IllegalArgumentException(argument + " must be given, but was null.");
            }
            return value;
        }

        /**
         * Sets where the method was published; the default is empty.
         *
         * @param paper authors, title, venue and year
         * @return this builder
         */
        public Builder optPaper(String paper) {
            this.paper = required("paper", paper);
            return this;
        }

        /**
         * Sets the quantizer of inputs; the default is none ({@link Identity}).
         *
         * @param quantizer makes a new quantizer at each call, for inputs whose channels are on
         *     axis 1
         * @return this builder
         */
        public Builder optActivation(Supplier<? extends Quantizer> quantizer) {
            activation = required("activation", quantizer);
            quantizesInputs = true;
            return this;
        }

        /**
         * Sets the quantizer of weights; the default is none ({@link Identity}).
         *
         * @param quantizer makes a new quantizer at each call
         * @return this builder
         */
        public Builder optWeight(Supplier<? extends Quantizer> quantizer) {
            weight = required("weight", quantizer);
            return this;
        }

        /**
         * Sets the scale of the weights; the default is {@link WeightScale#NONE}.
         *
         * @param scale the scale of the products
         * @return this builder
         */
        public Builder optScale(WeightScale scale) {
            this.scale = required("scale", scale);
            return this;
        }

        /**
         * Sets the scale of the inputs; the default is {@link InputScale#NONE}.
         *
         * @param scale how a layer makes up for the magnitudes of its input
         * @return this builder
         */
        public Builder optInputScale(InputScale scale) {
            inputScale = required("inputScale", scale);
            return this;
        }

        /**
         * Sets the function between layers; the default is a {@link HardTanh} if there is a
         * quantizer of inputs, else a ReLU.
         *
         * @param nonlinearity makes a new block at each call, whose output has the shape of its
         *     input
         * @return this builder
         */
        public Builder optNonlinearity(Supplier<? extends Block> nonlinearity) {
            this.nonlinearity = required("nonlinearity", nonlinearity);
            return this;
        }

        /**
         * Builds the method.
         *
         * @return a new method
         */
        public BinaryMethod build() {
            if (nonlinearity == null) {
                nonlinearity = quantizesInputs ? HardTanh::new : Activation::reluBlock;
            }
            return new BinaryMethod(this);
        }
    }
}
