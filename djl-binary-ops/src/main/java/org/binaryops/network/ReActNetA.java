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

import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import org.binaryops.nn.ReActNetBlock;

/**
 * Builds ReActNet-A, the binary MobileNet of Liu et al., "ReActNet: Towards Precise Binary Neural
 * Network with Generalized Activation Functions", ECCV 2020.
 *
 * <p>Input [batch, 3, height, width], output [batch, classes], the logits. A 3×3 convolution of
 * stride 2 and 32 filters with a batch norm, 13 {@link ReActNetBlock}s to 64, 128, 128, 256, 256, 6
 * times 512, 1024 and 1024 channels, the average over the image, a linear layer. The first
 * convolution and the linear layer stay in float. The image shrinks by 32; the paper has 224×224
 * pixels and 1000 classes, 29.3 million parameters.
 *
 * <p>The paper trains in two steps, first with real weights; {@code BinaryMethod.named("reactnet")}
 * is the second. Weights start from the normal distribution of variance 2 / (fan in).
 */
public final class ReActNetA {

    private static final int[] CHANNELS = {
        32, 64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024
    };

    private ReActNetA() {}

    /**
     * Builds the network as published.
     *
     * @param classes the number of logits, positive
     * @return a new network
     * @throws IllegalArgumentException if {@code classes} is not positive
     */
    public static SequentialBlock build(int classes) {
        return build(BinaryMethod.named("reactnet"), classes);
    }

    /**
     * Builds the network with another method in its blocks.
     *
     * @param method how convolutions are binarized
     * @param classes the number of logits, positive
     * @return a new network
     * @throws IllegalArgumentException if {@code classes} is not positive
     */
    public static SequentialBlock build(BinaryMethod method, int classes) {
        FloatLayers.check(method, classes);
        SequentialBlock net =
                new SequentialBlock()
                        .add(FloatLayers.convolution(CHANNELS[0], 3, 2))
                        .add(FloatLayers.norm());
        for (int i = 1; i < CHANNELS.length; ++i) {
            boolean doubling = CHANNELS[i] != CHANNELS[i - 1];
            net.add(
                    ReActNetBlock.builder()
                            .setChannels(CHANNELS[i - 1])
                            // The first doubling keeps the size of the image.
                            .optStride(doubling && i > 1 ? 2 : 1)
                            .optDoubling(doubling)
                            .optConvolution(method::applyTo)
                            .build());
        }
        return net.add(Pool.globalAvgPool2dBlock()).add(Linear.builder().setUnits(classes).build());
    }
}
