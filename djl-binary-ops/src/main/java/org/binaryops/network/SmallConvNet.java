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
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import org.binaryops.nn.QuantConv2d;

/**
 * Builds a small convolutional network that a laptop trains in a minute, to compare methods on
 * images like those of MNIST and Fashion-MNIST.
 *
 * <p>Input [batch, channels, height, width], output [batch, classes], the logits. The layers are
 *
 * <ol>
 *   <li>a 3×3 convolution in float with stride 2 and 16 filters
 *   <li>three 3×3 convolutions by the method with 32, 64 and 64 filters, the second with stride 2
 *   <li>the average over the image and a linear layer in float
 * </ol>
 *
 * <p>with a batch norm after each convolution. A norm is followed directly by the next sign, so
 * that nothing but the estimator decides about the gradient; only where a method leaves inputs as
 * they are, and before the average, there is a ReLU.
 */
public final class SmallConvNet {

    private static final int[] FILTERS = {32, 64, 64};
    private static final int[] STRIDES = {1, 2, 1};

    private SmallConvNet() {}

    /**
     * Builds the network.
     *
     * @param method how convolutions are binarized
     * @param classes the number of logits, positive
     * @return a new network for images of about 28×28 pixels
     * @throws IllegalArgumentException if {@code classes} is not positive
     */
    public static SequentialBlock build(BinaryMethod method, int classes) {
        FloatLayers.check(method, classes);
        SequentialBlock net =
                new SequentialBlock()
                        .add(FloatLayers.convolution(16, 3, 2))
                        .add(FloatLayers.norm());
        for (int i = 0; i < FILTERS.length; ++i) {
            if (!method.quantizesInputs()) {
                net.add(Activation.reluBlock());
            }
            net.add(
                            method.applyTo(QuantConv2d.builder())
                                    .setFilters(FILTERS[i])
                                    .setKernelShape(new Shape(3, 3))
                                    .optStride(new Shape(STRIDES[i], STRIDES[i]))
                                    .optPadding(new Shape(1, 1))
                                    .build())
                    .add(FloatLayers.norm());
        }
        return net.add(Activation.reluBlock())
                .add(Pool.globalAvgPool2dBlock())
                .add(Linear.builder().setUnits(classes).build());
    }
}
