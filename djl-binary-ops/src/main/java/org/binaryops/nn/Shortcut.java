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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;

/**
 * How a shortcut of a residual block follows a body that shrinks the image and adds channels.
 *
 * <p>Input [batch, channels, height, width], output [batch, filters, ⌈height / stride⌉, ⌈width /
 * stride⌉], the shape after a 3×3 convolution with this stride and a padding of 1. At an odd size
 * the last average is that of the pixels that are left.
 */
public enum Shortcut {
    /**
     * Average pooling, then channels of zeros, one half before and one half after the others; no
     * parameters. IR-Net, ReCU and BiPer have it in ResNet-20.
     */
    AVERAGED,

    /**
     * Every stride-th row and column, then channels of zeros as in {@link #AVERAGED}; no
     * parameters. Option A of He et al. (CVPR 2016), which ReSTE has in ResNet-20.
     */
    SUBSAMPLED,

    /**
     * Average pooling, then a 1×1 convolution in float and a batch norm. Bi-Real Net and ReActNet
     * have it in ResNet-18.
     */
    CONVOLVED,

    /**
     * Average pooling, then all channels twice, one copy after the other; no parameters. ReActNet-A
     * has it; filters must be twice the channels.
     */
    DUPLICATED;

    /**
     * Creates a shortcut.
     *
     * @param filters the number of channels of its output, at least that of its input
     * @param stride the factor by which the image shrinks, positive
     * @return a new block
     * @throws IllegalArgumentException if an argument is not positive
     */
    public Block newBlock(int filters, int stride) {
        if (filters <= 0 || stride <= 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "filters and stride must be positive, but were %d and %d.",
                            filters, stride));
        }
        return switch (this) {
            case AVERAGED ->
                    LambdaBlock.singleton(
                            x -> padded(shrunk(x, stride, stride), filters), "averaged");
            case SUBSAMPLED ->
                    LambdaBlock.singleton(x -> padded(shrunk(x, 1, stride), filters), "subsampled");
            case CONVOLVED -> convolved(filters, stride);
            case DUPLICATED ->
                    LambdaBlock.singleton(x -> duplicated(shrunk(x, stride, stride)), "duplicated");
        };
    }

    private static Block convolved(int filters, int stride) {
        SequentialBlock block = new SequentialBlock();
        if (stride > 1) {
            block.addSingleton(x -> shrunk(x, stride, stride), "averagePool");
        }
        return block.add(
                        Conv2d.builder()
                                .setFilters(filters)
                                .setKernelShape(new Shape(1, 1))
                                .optBias(false)
                                .build())
                .add(BatchNorm.builder().build());
    }

    /** Pools windows of window × window pixels; x itself if there is nothing to do. */
    private static NDArray shrunk(NDArray x, int window, int stride) {
        if (stride == 1) {
            return x;
        }
        Shape windows = new Shape(window, window);
        Shape strides = new Shape(stride, stride);
        // With a window of one pixel, rounding up would reach for a window beyond the image.
        return Pool.avgPool2d(x, windows, strides, new Shape(0, 0), window > 1, false);
    }

    /** Adds channels of zeros; x itself if there are none to add. */
    private static NDArray padded(NDArray x, int filters) {
        int channels = (int) x.getShape().get(1);
        if (channels > filters) {
            throw new IllegalArgumentException(
                    String.format(
                            "A shortcut to %d filters takes at most as many channels, but got %d.",
                            filters, channels));
        }
        int before = (filters - channels) / 2;
        int after = filters - channels - before;
        return after == 0 ? x : x.pad(new Shape(0, 0, 0, 0, before, after), 0);
    }

    private static NDArray duplicated(NDArray x) {
        return NDArrays.concat(new NDList(x, x), 1);
    }
}
