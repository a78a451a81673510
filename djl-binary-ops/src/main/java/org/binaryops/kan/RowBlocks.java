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
package org.binaryops.kan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.binaryops.gradient.Temporaries;

/**
 * Evaluates functions number by number in blocks of rows.
 *
 * <p>A basis makes a dozen arrays of the size of its result on the way to it. Of a whole batch they
 * are fresh memory, whose pages cost several times the arithmetic, since allocators give large
 * arrays back to the system; of a block they stay in the cache.
 */
final class RowBlocks {

    /** Numbers of the result in a block. */
    private static final long BLOCK = 1 << 17;

    private RowBlocks() {}

    /** The first rows of all blocks but the first, as {@link NDArray#split} wants them. */
    static long[] starts(long rows, long each) {
        return LongStream.iterate(each, start -> start < rows, s -> s + each).toArray();
    }

    /**
     * Evaluates.
     *
     * @param x [.., features]
     * @param size n
     * @param functions takes [rows, features] or {@code x} itself to the same with n as a last axis
     * @return [.., features, n], attached to the manager of {@code x}
     */
    static NDArray evaluate(NDArray x, long size, UnaryOperator<NDArray> functions) {
        Shape shape = x.getShape();
        long features = shape.get(shape.dimension() - 1);
        long rows = x.size() / features;
        long each = Math.max(1, BLOCK / (features * size));
        if (rows <= each) {
            return Temporaries.freed(x.getManager(), () -> functions.apply(x));
        }
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDList values = new NDList();
                    // To split has the gradients of all blocks joined once, which slices have not.
                    for (NDArray part : x.reshape(rows, features).split(starts(rows, each), 0)) {
                        values.add(Temporaries.freed(x.getManager(), () -> functions.apply(part)));
                    }
                    return NDArrays.concat(values, 0).reshape(shape.add(size));
                });
    }
}
