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

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.initializer.XavierInitializer;
import org.binaryops.nn.QuantConv2d;

/**
 * Builds VGG-Small, the convolutional network without shortcuts of IR-Net, ReCU and BiPer.
 *
 * <p>Input [batch, channels, height, width], output [batch, classes], the logits. Six 3×3
 * convolutions of 128, 128, 256, 256, 512 and 512 filters; after each a batch norm and the
 * nonlinearity of the method, with a maximum over 2×2 pixels before the norm of the second, fourth
 * and sixth; then one linear layer. The first convolution and the linear layer stay in float. For
 * images of 3×32×32 pixels and 10 classes it has 4.66 million parameters.
 *
 * <p>The weights of convolutions start from the normal distribution of variance 2 / (fan out), that
 * of the linear layer from N(0, 0.01²), as in the papers' code.
 */
public final class VggSmall {

    private static final int[] FILTERS = {128, 256, 256, 512, 512};

    private VggSmall() {}

    /**
     * Builds the network.
     *
     * @param method how convolutions are binarized
     * @param classes the number of logits, positive
     * @return a new network for images of about 32×32 pixels, 8×8 at least
     * @throws IllegalArgumentException if {@code classes} is not positive
     */
    public static SequentialBlock build(BinaryMethod method, int classes) {
        FloatLayers.check(method, classes);
        SequentialBlock net =
                new SequentialBlock()
                        .add(initialized(FloatLayers.convolution(128, 3, 1)))
                        .add(FloatLayers.norm())
                        .add(method.newNonlinearity());
        for (int i = 0; i < FILTERS.length; ++i) {
            net.add(
                    initialized(
                            method.applyTo(QuantConv2d.builder())
                                    .setFilters(FILTERS[i])
                                    .setKernelShape(new Shape(3, 3))
                                    .optPadding(new Shape(1, 1))
                                    .build()));
            if (i % 2 == 0) {
                net.add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)));
            }
            net.add(FloatLayers.norm()).add(method.newNonlinearity());
        }
        Linear output = Linear.builder().setUnits(classes).build();
        output.setInitializer(new NormalInitializer(0.01f), "weight");
        return net.add(Blocks.batchFlattenBlock()).add(output);
    }

    private static Block initialized(Block convolution) {
        Initializer byFanOut =
                new XavierInitializer(
                        XavierInitializer.RandomType.GAUSSIAN, XavierInitializer.FactorType.OUT, 2);
        convolution.setInitializer(byFanOut, "weight");
        return convolution;
    }
}
