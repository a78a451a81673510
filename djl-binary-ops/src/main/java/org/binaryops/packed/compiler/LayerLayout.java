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

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;
import org.binaryops.nn.QuantConv1d;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantDeconv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.packed.Window;

/**
 * How a layer lies on its input.
 *
 * @param window where its kernel lies
 * @param units the number of its output channels
 * @param groups the number of its groups
 * @param phases what the units of a transposed convolution are made of, in whose case the window is
 *     that of the phases; else null
 */
record LayerLayout(Window window, int units, int groups, Phases phases) {

    private LayerLayout(Window window, int units, int groups) {
        this(window, units, groups, null);
    }

    /** The image that comes out. */
    Node.Image output() {
        return phases == null
                ? new Node.Image(units, window.outputHeight(), window.outputWidth())
                : new Node.Image(units, phases.operation().height(), phases.operation().width());
    }

    /** The weights as the window takes them. */
    LayerWeights arranged(LayerWeights weights) {
        return phases == null ? weights : weights.phases(phases, groupChannels());
    }

    int groupChannels() {
        return window.channels() / groups;
    }

    static LayerLayout of(NDManager manager, Node.Origin origin, Importer.Value x) {
        Block block = origin.block();
        if (block instanceof QuantDeconv2d c) {
            Shape output = c.getOutputShapes(new Shape[] {x.shape()})[0];
            Phases phases = Phases.of(manager, c, output);
            Window window = phases.window(Node.Image.of(x.shape()));
            return new LayerLayout(window, c.getUnits(), c.getGroups(), phases);
        }
        if (block instanceof QuantConv2d c) {
            return convolution(
                    x,
                    c.getUnits(),
                    c.getKernelShape(),
                    c.getStride(),
                    c.getPadding(),
                    c.getDilation(),
                    c.getGroups());
        }
        if (block instanceof QuantConv1d c) {
            return convolution(
                    x,
                    c.getUnits(),
                    c.getKernelShape(),
                    c.getStride(),
                    c.getPadding(),
                    c.getDilation(),
                    c.getGroups());
        }
        if (block instanceof Conv1d || block instanceof Conv2d) {
            Convolution c = (Convolution) block;
            return convolution(
                    x,
                    c.getFilters(),
                    c.getKernelShape(),
                    c.getStride(),
                    c.getPadding(),
                    c.getDilation(),
                    c.getGroups());
        }
        if (!(block instanceof QuantLinear) && !(block instanceof Linear)) {
            throw origin.refuse("the packed format has no such layer");
        }
        if (x.shape().dimension() != 2) {
            throw origin.refuse("its input must be [batch, features], but is " + x.shape());
        }
        long units = block.getOutputShapes(new Shape[] {x.shape()})[0].get(1);
        Node.Image image = x.node().image;
        Window whole = Window.ofImage(image.channels(), image.height(), image.width());
        return new LayerLayout(whole, Math.toIntExact(units), 1);
    }

    private static LayerLayout convolution(
            Importer.Value x,
            int filters,
            Shape kernel,
            Shape stride,
            Shape padding,
            Shape dilation,
            int groups) {
        Node.Image image = Node.Image.of(x.shape());
        int[] k = pair(kernel, 1);
        int[] s = pair(stride, 1);
        int[] p = pair(padding, 0);
        int[] d = pair(dilation, 1);
        int height = (image.height() + 2 * p[0] - d[0] * (k[0] - 1) - 1) / s[0] + 1;
        int width = (image.width() + 2 * p[1] - d[1] * (k[1] - 1) - 1) / s[1] + 1;
        Window window =
                new Window(
                        image.channels(),
                        image.height(),
                        image.width(),
                        k[0],
                        k[1],
                        s[0],
                        s[1],
                        p[0],
                        p[1],
                        d[0],
                        d[1],
                        height,
                        width);
        return new LayerLayout(window, filters, groups);
    }

    /** Two numbers; a sequence is an image of one row. */
    private static int[] pair(Shape shape, int one) {
        return shape.dimension() == 1
                ? new int[] {one, Math.toIntExact(shape.get(0))}
                : new int[] {Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1))};
    }
}
