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
package org.binaryops.engine;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.binaryops.gradient.Temporaries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Convolutions in one and two dimensions whose sums are right on every machine.
 *
 * <p>PyTorch 2.7 computes convolutions on the CPU by oneDNN 3.7, which lays weights out anew in
 * blocks that fit the first cache. Where it cannot read the sizes of the caches, as in virtual
 * machines that hide them, it drops a part of the last block if the channels do not fill it: the
 * sums are wrong, without a word, for more than 16 channels that are no multiple of 16 (8 with
 * AVX2), and so are the gradients of the input for filters that are no multiple of it. Here one
 * small convolution, computed once, finds such machines; on them, channels and filters are filled
 * up with zeros, which adds nothing to a sum. Convolutions of groups, of kernels with one position
 * and of other types than float32, and other devices are not affected.
 *
 * <p>DJL's own blocks call the engine themselves. For them the environment variable {@code
 * ONEDNN_MAX_CPU_ISA=SSE41}, which chooses other, slower kernels, helps; a warning says so where it
 * is needed.
 */
public final class Convolutions {

    /** The channels in a block of the widest layout, that of AVX-512. */
    private static final int BLOCK = 16;

    /** The channels in a block of the narrowest, that of AVX2. */
    private static final int LEAST_BLOCK = 8;

    private static final Logger LOGGER = LoggerFactory.getLogger(Convolutions.class);

    /** For each engine whether its sums are right on this machine. */
    private static final Map<String, Boolean> RIGHT = new ConcurrentHashMap<>();

    private Convolutions() {}

    /**
     * Computes a convolution.
     *
     * <p>$$y_{n, p} = b_n + \sum_{c, q} w_{n, c, q} x_{c, s \cdot p + d \cdot q - r}$$
     *
     * <p>with stride s, dilation d and padding r, and c over the channels of the filter's group.
     *
     * @param x the input, [batch, channels, width] or [batch, channels, height, width]
     * @param weight the weight, [filters, channels / groups, …kernel]
     * @param bias the bias, [filters], or {@code null}
     * @param stride the stride, of as many axes as the kernel
     * @param padding the padding with zeros at both ends of each axis
     * @param dilation the dilation
     * @param groups the number of groups
     * @return the output, [batch, filters, …], attached to the manager of {@code x}
     */
    public static NDArray convolve(
            NDArray x,
            NDArray weight,
            NDArray bias,
            Shape stride,
            Shape padding,
            Shape dilation,
            int groups) {
        long filters = weight.getShape().get(0);
        long channels = weight.getShape().get(1);
        boolean whole = filters % BLOCK == 0 && (channels <= LEAST_BLOCK || channels % BLOCK == 0);
        if (whole || groups > 1 || weight.getShape().slice(2).size() == 1 || isRight(x)) {
            return engine(x, weight, bias, stride, padding, dilation, groups);
        }
        return filledUp(x, weight, bias, stride, padding, dilation);
    }

    private static NDArray engine(
            NDArray x,
            NDArray weight,
            NDArray bias,
            Shape stride,
            Shape padding,
            Shape dilation,
            int groups) {
        return (weight.getShape().dimension() == 3
                        ? Conv1d.conv1d(x, weight, bias, stride, padding, dilation, groups)
                        : Conv2d.conv2d(x, weight, bias, stride, padding, dilation, groups))
                .singletonOrThrow();
    }

    /** The convolution of one group, with channels and filters of zeros up to whole blocks. */
    static NDArray filledUp(
            NDArray x, NDArray weight, NDArray bias, Shape stride, Shape padding, Shape dilation) {
        long filters = weight.getShape().get(0);
        long channels = weight.getShape().get(1);
        long moreFilters = Math.floorMod(-filters, BLOCK);
        long moreChannels = Math.floorMod(-channels, BLOCK);
        int axes = weight.getShape().dimension();
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray y =
                            engine(
                                    filled(x, axes, 0, moreChannels),
                                    filled(weight, axes, moreFilters, moreChannels),
                                    bias == null ? null : filled(bias, 1, moreFilters, 0),
                                    stride,
                                    padding,
                                    dilation,
                                    1);
                    return y.get(new NDIndex(":, :" + filters));
                });
    }

    /** Zeros behind the first and the second axis; engines count the axes from the last one. */
    private static NDArray filled(NDArray array, int axes, long first, long second) {
        long[] zeros = new long[2 * axes];
        zeros[2 * axes - 1] = first;
        if (axes > 1) {
            zeros[2 * axes - 3] = second;
        }
        return first == 0 && second == 0 ? array : array.pad(new Shape(zeros), 0);
    }

    private static boolean isRight(NDArray x) {
        if (x.getDataType() != DataType.FLOAT32 || x.getDevice().isGpu()) {
            return true;
        }
        NDManager manager = x.getManager();
        Boolean right = RIGHT.get(manager.getEngine().getEngineName());
        return right != null ? right : probe(manager);
    }

    private static synchronized boolean probe(NDManager like) {
        Engine engine = like.getEngine();
        return RIGHT.computeIfAbsent(
                engine.getEngineName(),
                name -> {
                    boolean right;
                    try (NDManager manager = like.newSubManager()) {
                        right = sums(manager);
                    }
                    if (!right) {
                        LOGGER.warn(
                                "{}'s convolutions drop channels on this machine, whose cache"
                                        + " sizes cannot be read: the layers of this library fill"
                                        + " theirs up; for other blocks set the environment"
                                        + " variable ONEDNN_MAX_CPU_ISA=SSE41",
                                name);
                    }
                    return right;
                });
    }

    /** Whether the engine counts ones: two images, as single small ones take another path. */
    private static boolean sums(NDManager manager) {
        // One more than fills a block of any layout.
        int channels = BLOCK + 1;
        int taps = 9;
        NDArray x = manager.ones(new Shape(2, channels, 6, 6));
        NDArray weight = manager.ones(new Shape(BLOCK, channels, 3, 3));
        Shape one = new Shape(1, 1);
        NDArray y = engine(x, weight, null, one, new Shape(0, 0), one, 1);
        return y.eq(taps * channels).all().getBoolean();
    }
}
