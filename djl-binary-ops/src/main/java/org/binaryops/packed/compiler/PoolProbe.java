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
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.binaryops.packed.Pool;
import org.binaryops.packed.Window;

/**
 * Finds out what a pooling block does. DJL's pooling blocks are functions that keep their settings
 * to themselves; so windows are tried until one gives what the block gives on random numbers.
 */
final class PoolProbe {

    private static final float TOLERANCE = 1e-5f;

    private final NDManager manager;
    private final UnaryOperator<NDArray> block;
    private final Shape row;
    private final Node.Image in;
    private final Node.Image out;

    /**
     * Prepares to find a window.
     *
     * @param row the shape of the input without the batch
     * @param output the shape of the output with the batch
     */
    PoolProbe(NDManager manager, UnaryOperator<NDArray> block, Shape row, Shape output) {
        this.manager = manager;
        this.block = block;
        this.row = row;
        in = Node.Image.of(new Shape(1).addAll(row));
        out = Node.Image.of(output);
    }

    /** The window with which the pooling of a kind is that of the block; null if there is none. */
    Window find(Pool.Kind kind) {
        Random random = new Random(in.size());
        float[] x = new float[in.size()];
        for (int i = 0; i < x.length; ++i) {
            x[i] = (float) random.nextGaussian();
        }
        float[] expected;
        try (NDManager scope = manager.newSubManager()) {
            expected = block.apply(scope.create(x, new Shape(1).addAll(row))).toFloatArray();
        }
        int[][] heights = candidates(in.height(), out.height());
        int[][] widths = candidates(in.width(), out.width());
        for (int[] h : heights) {
            for (int[] w : widths) {
                Window window =
                        new Window(
                                in.channels(),
                                in.height(),
                                in.width(),
                                h[0],
                                w[0],
                                h[1],
                                w[1],
                                h[2],
                                w[2],
                                1,
                                1,
                                out.height(),
                                out.width());
                if (matches(window, kind, x, expected)) {
                    return window;
                }
            }
        }
        return null;
    }

    /** Kernel, stride and padding along an axis that give an output of a size. */
    private static int[][] candidates(int size, int output) {
        List<int[]> found = new ArrayList<>();
        for (int kernel = 1; kernel <= size; ++kernel) {
            for (int stride = 1; stride <= size; ++stride) {
                for (int padding = 0; padding <= kernel / 2; ++padding) {
                    int room = size + 2 * padding - kernel;
                    int floor = room < 0 ? 0 : room / stride + 1;
                    boolean up =
                            output == floor + 1
                                    && room % stride != 0
                                    && floor * stride < size + padding;
                    boolean last = output == 1 && stride > 1 && !up;
                    if ((output == floor && room >= 0 || up && room >= 0) && !last) {
                        found.add(new int[] {kernel, stride, padding});
                    }
                }
            }
        }
        return found.toArray(int[][]::new);
    }

    private boolean matches(Window window, Pool.Kind kind, float[] x, float[] expected) {
        int positions = window.outputHeight() * window.outputWidth();
        for (int i = 0; i < expected.length; ++i) {
            int y = i % positions / window.outputWidth();
            int column = i % window.outputWidth();
            int plane = i / positions * in.positions();
            float value = pool(window, kind, x, plane, y, column);
            if (!(Math.abs(value - expected[i]) <= TOLERANCE * (1 + Math.abs(value)))) {
                return false;
            }
        }
        return true;
    }

    private static float pool(Window w, Pool.Kind kind, float[] x, int plane, int outY, int outX) {
        int top = outY * w.strideHeight() - w.paddingHeight();
        int left = outX * w.strideWidth() - w.paddingWidth();
        double sum = 0;
        double largest = Double.NEGATIVE_INFINITY;
        int inside = 0;
        int covered = 0;
        for (int y = top; y < top + w.kernelHeight(); ++y) {
            for (int c = left; c < left + w.kernelWidth(); ++c) {
                if (y < w.height() + w.paddingHeight() && c < w.width() + w.paddingWidth()) {
                    ++covered;
                }
                if (y >= 0 && y < w.height() && c >= 0 && c < w.width()) {
                    ++inside;
                    sum += x[plane + y * w.width() + c];
                    largest = Math.max(largest, x[plane + y * w.width() + c]);
                }
            }
        }
        return switch (kind) {
            case MAXIMUM -> (float) largest;
            case AVERAGE -> (float) (sum / inside);
            case PADDED_AVERAGE -> (float) (sum / covered);
        };
    }
}
