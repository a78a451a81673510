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
package org.binaryops.monoid;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import java.io.DataInputStream;
import java.io.IOException;

/** Reads what blocks save beside their parameters, and believes no length that it reads. */
final class Metadata {

    private Metadata() {}

    static void checkVersion(Block block, byte expected, byte loaded)
            throws MalformedModelException {
        if (loaded != expected) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected the encoding version %d, but the file has %d",
                            name(block), expected, loaded));
        }
    }

    /**
     * Reads input shapes as {@code AbstractBaseBlock.saveInputShapes} writes them.
     *
     * <p>Only the axes are used, a layout is skipped. The last axis, the features, must be known.
     */
    static Shape[] readShapes(
            Block block, DataInputStream is, int fewest, int most, int firstDimension)
            throws IOException, MalformedModelException {
        int count = is.readInt();
        if (count < fewest || count > most) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected %d to %d input shapes, but the file has %d",
                            name(block), fewest, most, count));
        }
        Shape[] shapes = new Shape[count];
        for (int i = 0; i < count; ++i) {
            shapes[i] = readShape(block, is);
        }
        Shape first = shapes[0];
        if (first.dimension() != firstDimension || first.get(firstDimension - 1) < 1) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected an input shape with %d axes that ends with the features,"
                                    + " but the file has %s",
                            name(block), firstDimension, first));
        }
        return shapes;
    }

    private static Shape readShape(Block block, DataInputStream is)
            throws IOException, MalformedModelException {
        long[] axes = new long[readDimension(block, is)];
        for (int i = 0; i < axes.length; ++i) {
            axes[i] = is.readLong();
            if (axes[i] < -1) {
                throw new MalformedModelException(
                        name(block) + ": the file has an axis of length " + axes[i]);
            }
        }
        int layout = readDimension(block, is);
        for (int i = 0; i < layout; ++i) {
            is.readChar();
        }
        return new Shape(axes);
    }

    private static int readDimension(Block block, DataInputStream is)
            throws IOException, MalformedModelException {
        int dimension = is.readInt();
        if (dimension < 0 || dimension > 3) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected an input shape with at most 3 axes, but the file has %d",
                            name(block), dimension));
        }
        return dimension;
    }

    /** Checks the shape of a parameter that was just loaded. */
    static void checkShape(Block block, Parameter parameter, Shape expected)
            throws MalformedModelException {
        if (parameter.isInitialized() && !parameter.getArray().getShape().equals(expected)) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected the parameter %s of shape %s, but the file has %s",
                            name(block),
                            parameter.getName(),
                            expected,
                            parameter.getArray().getShape()));
        }
    }

    private static String name(Block block) {
        return block.getClass().getSimpleName();
    }
}
