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
package org.binaryops.packed.compiler;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.binaryops.nn.QuantDeconv2d;
import org.binaryops.nn.TransposedConvolution;
import org.binaryops.packed.DepthToSpace;
import org.binaryops.packed.Window;

/**
 * A transposed convolution as an ordinary one: the outputs at positions with the same remainder by
 * the stride are one phase, and the units are the phases of all filters.
 *
 * @param count the phases of a filter
 * @param kernelHeight the rows of the ordinary convolution's kernel
 * @param kernelWidth its columns
 * @param order for each weight of the ordinary convolution, [units · phases, channels, kernel …],
 *     the index of that of the transposed one; −1 for zeros that fill its kernel up
 * @param operation brings the phases to their positions
 */
record Phases(int count, int kernelHeight, int kernelWidth, int[] order, DepthToSpace operation) {

    /** Where the kernel of the ordinary convolution lies on an image. */
    Window window(Node.Image image) {
        return new Window(
                image.channels(),
                image.height(),
                image.width(),
                kernelHeight,
                kernelWidth,
                1,
                1,
                kernelHeight - 1,
                kernelWidth - 1,
                1,
                1,
                image.height() + kernelHeight - 1,
                image.width() + kernelWidth - 1);
    }

    /**
     * The phases of a layer. Where its weights go is read off the layer's own arithmetic, which is
     * given their numbers in their place.
     */
    static Phases of(NDManager manager, QuantDeconv2d layer, Shape output) {
        Shape shape = layer.getDirectParameters().get("weight").getArray().getShape();
        float[] numbers = new float[Math.toIntExact(shape.size())];
        for (int i = 0; i < numbers.length; ++i) {
            numbers[i] = i + 1;
        }
        float[] moved;
        Shape kernel;
        try (NDManager scope = manager.newSubManager()) {
            NDArray weight = scope.create(numbers, shape);
            NDArray all =
                    TransposedConvolution.phases(weight, layer.getStride(), layer.getDilation());
            moved = all.toFloatArray();
            kernel = all.getShape().slice(2);
        }
        int[] order = new int[moved.length];
        for (int i = 0; i < order.length; ++i) {
            order[i] = (int) moved[i] - 1;
        }
        int vertical = Math.toIntExact(layer.getStride().get(0));
        int horizontal = Math.toIntExact(layer.getStride().get(1));
        DepthToSpace operation =
                new DepthToSpace(
                        vertical,
                        horizontal,
                        Math.toIntExact(layer.getPadding().get(0)),
                        Math.toIntExact(layer.getPadding().get(1)),
                        Math.toIntExact(output.get(2)),
                        Math.toIntExact(output.get(3)));
        return new Phases(
                vertical * horizontal,
                Math.toIntExact(kernel.get(0)),
                Math.toIntExact(kernel.get(1)),
                order,
                operation);
    }
}
