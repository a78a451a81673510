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

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import java.util.function.UnaryOperator;

/**
 * Builds residual blocks with a shortcut round each binary convolution (Liu et al., "Bi-Real Net:
 * Enhancing the Performance of 1-bit CNNs With Improved Representational Capability and Advanced
 * Training Algorithm", ECCV 2018).
 *
 * <p>y = activation(BatchNorm(conv(x)) + shortcut(x)), with a 3×3 convolution and a padding of 1.
 * Bi-Real Net has no activation (the next sign is one), IR-Net, ReCU and BiPer have a {@link
 * HardTanh}, ReActNet an {@link RPReLU}.
 *
 * <p>Input [batch, channels, height, width], output [batch, filters, ⌈height / stride⌉, ⌈width /
 * stride⌉].
 *
 * <pre>{@code
 * BiRealBlock.builder()
 *         .setFilters(64)
 *         .setConvolution(
 *                 conv ->
 *                         conv.optInputQuantizer(new ApproxSign())
 *                                 .optWeightQuantizer(new StraightThroughSign())
 *                                 .optScale(WeightScale.CHANNEL_MEAN))
 *         .build();
 * }</pre>
 */
public final class BiRealBlock {

    private BiRealBlock() {}

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds the block. */
    public static final class Builder {

        private int filters;
        private int stride = 1;
        private UnaryOperator<QuantConv2d.Builder> convolution;
        private Shortcut shortcut = Shortcut.AVERAGED;
        private Block activation;

        private Builder() {}

        /**
         * Sets the number of filters.
         *
         * @param filters the number of output channels, at least that of the input channels
         * @return this builder
         */
        public Builder setFilters(int filters) {
            this.filters = filters;
            return this;
        }

        /**
         * Sets how the convolution is quantized.
         *
         * @param settings gives the convolution its quantizers and scale; its size is set
         *     afterwards
         * @return this builder
         */
        public Builder setConvolution(UnaryOperator<QuantConv2d.Builder> settings) {
            convolution = settings;
            return this;
        }

        /**
         * Sets the stride; the default is 1.
         *
         * @param stride the stride in both directions, positive
         * @return this builder
         */
        public Builder optStride(int stride) {
            this.stride = stride;
            return this;
        }

        /**
         * Sets the shortcut; the default is {@link Shortcut#AVERAGED}, which is the identity where
         * neither size nor channels change.
         *
         * @param shortcut the shortcut
         * @return this builder
         */
        public Builder optShortcut(Shortcut shortcut) {
            this.shortcut = shortcut;
            return this;
        }

        /**
         * Sets the function of the sum; the default is none.
         *
         * @param activation a new block; {@code null} for none
         * @return this builder
         */
        public Builder optActivation(Block activation) {
            this.activation = activation;
            return this;
        }

        /**
         * Builds the block.
         *
         * @return a new block
         * @throws IllegalArgumentException if a required setting is missing or one is out of range
         */
        public ResidualBlock build() {
            return ResidualBlock.builder()
                    .setBody(convolution(convolution, filters, 3, stride))
                    .optShortcut(shortcut.newBlock(filters, stride))
                    .optActivation(activation)
                    .build();
        }
    }

    /** A quantized convolution that keeps the size of the image, but for its stride, and a norm. */
    static SequentialBlock convolution(
            UnaryOperator<QuantConv2d.Builder> settings, int filters, int kernel, int stride) {
        if (settings == null) {
            throw new IllegalArgumentException("convolution must be set.");
        }
        return new SequentialBlock()
                .add(
                        settings.apply(QuantConv2d.builder())
                                .setFilters(filters)
                                .setKernelShape(new Shape(kernel, kernel))
                                .optStride(new Shape(stride, stride))
                                .optPadding(new Shape(kernel / 2, kernel / 2))
                                .build())
                .add(BatchNorm.builder().build());
    }
}
