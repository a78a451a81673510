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

import ai.djl.nn.SequentialBlock;
import java.util.function.UnaryOperator;
import org.binaryops.quantizer.ReActShift;
import org.binaryops.quantizer.StraightThroughSign;

/**
 * Builds the block of ReActNet-A, a MobileNet block with shortcuts round both of its convolutions
 * (Liu et al., "ReActNet: Towards Precise Binary Neural Network with Generalized Activation
 * Functions", ECCV 2020):
 *
 * <ol>
 *   <li>z = RPReLU(BatchNorm(conv 3×3 (x)) + x), where the shortcut averages 2×2 pixels if the
 *       stride is 2
 *   <li>y = RPReLU(BatchNorm(conv 1×1 (z)) + z), where the shortcut has all channels twice if the
 *       block doubles them
 * </ol>
 *
 * <p>The paper doubles channels by two 1×1 convolutions of the same signs, each with its batch norm
 * and shortcut, whose outputs are concatenated. One convolution with twice the filters is the same
 * function with the same parameters, as long as the scale is per channel.
 *
 * <p>Input [batch, channels, height, width], output [batch, channels or 2·channels, ⌈height /
 * stride⌉, ⌈width / stride⌉].
 */
public final class ReActNetBlock {

    private ReActNetBlock() {}

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Gives a convolution the quantizers of the paper: {@link ReActShift} (RSign) for its input,
     * signs with the mean |w| of each channel for its weight.
     *
     * @param convolution the builder of the convolution
     * @return {@code convolution}
     */
    public static QuantConv2d.Builder published(QuantConv2d.Builder convolution) {
        return convolution
                .optInputQuantizer(ReActShift.forConvolution())
                .optWeightQuantizer(new StraightThroughSign())
                .optScale(WeightScale.CHANNEL_MEAN);
    }

    /** Builds the block. */
    public static final class Builder {

        private int channels;
        private int stride = 1;
        private boolean doubling;
        private UnaryOperator<QuantConv2d.Builder> convolution = ReActNetBlock::published;

        private Builder() {}

        /**
         * Sets the number of channels.
         *
         * @param channels the number of input channels, positive
         * @return this builder
         */
        public Builder setChannels(int channels) {
            this.channels = channels;
            return this;
        }

        /**
         * Sets the stride of the 3×3 convolution; the default is 1.
         *
         * @param stride the stride in both directions, positive
         * @return this builder
         */
        public Builder optStride(int stride) {
            this.stride = stride;
            return this;
        }

        /**
         * Sets whether the output has twice the channels of the input; the default is {@code
         * false}.
         *
         * @param doubling whether to double the channels
         * @return this builder
         */
        public Builder optDoubling(boolean doubling) {
            this.doubling = doubling;
            return this;
        }

        /**
         * Sets how the convolutions are quantized; the default is {@link ReActNetBlock#published}.
         *
         * @param settings gives a convolution its quantizers and scale; its size is set afterwards
         * @return this builder
         */
        public Builder optConvolution(UnaryOperator<QuantConv2d.Builder> settings) {
            convolution = settings;
            return this;
        }

        /**
         * Builds the block.
         *
         * @return a new block
         * @throws IllegalArgumentException if a required setting is missing or one is out of range
         */
        public SequentialBlock build() {
            int filters = doubling ? 2 * channels : channels;
            return new SequentialBlock()
                    .add(
                            ResidualBlock.builder()
                                    .setBody(
                                            BiRealBlock.convolution(
                                                    convolution, channels, 3, stride))
                                    .optShortcut(
                                            stride == 1
                                                    ? null
                                                    : Shortcut.AVERAGED.newBlock(channels, stride))
                                    .optActivation(new RPReLU())
                                    .build())
                    .add(
                            ResidualBlock.builder()
                                    .setBody(BiRealBlock.convolution(convolution, filters, 1, 1))
                                    .optShortcut(
                                            doubling
                                                    ? Shortcut.DUPLICATED.newBlock(filters, 1)
                                                    : null)
                                    .optActivation(new RPReLU())
                                    .build());
        }
    }
}
