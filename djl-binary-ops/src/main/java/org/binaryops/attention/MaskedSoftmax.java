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
package org.binaryops.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** The softmax over the keys, restricted to the positions that a query may see. */
final class MaskedSoftmax {

    private MaskedSoftmax() {}

    /**
     * Normalizes scores.
     *
     * @param scores [batch, heads, queries, keys]
     * @param mask 1 to keep, 0 to mask [batch, queries, keys], or an offset that broadcasts to the
     *     scores, or {@code null}
     * @param causal whether query i sees only keys 0 … i
     * @return the probabilities; exactly 0 at masked positions, and rows of 0 where every position
     *     is masked
     */
    static NDArray probabilities(NDArray scores, NDArray mask, boolean causal) {
        NDArray keep = null;
        NDArray offset = null;
        if (mask != null && mask.getShape().dimension() == 4) {
            offset = mask.toType(scores.getDataType(), false);
        } else if (mask != null) {
            keep = mask.neq(0).toType(scores.getDataType(), false).expandDims(1);
        }
        if (causal) {
            NDArray past = past(scores);
            keep = keep == null ? past : keep.mul(past);
        }
        if (keep != null) {
            NDArray hide = keep.sub(1).mul(hidden(scores.getDataType()));
            offset = offset == null ? hide : offset.add(hide);
        }
        NDArray probabilities = (offset == null ? scores : scores.add(offset)).softmax(3);
        // A row without a visible position has equal scores, hence equal probabilities, until here.
        // A causal row always sees itself unless a mask hides it.
        return keep != null && mask != null ? probabilities.mul(keep) : probabilities;
    }

    /** The lower triangle, 1 where the key is not later than the query. */
    private static NDArray past(NDArray scores) {
        Shape shape = scores.getShape();
        long length = shape.get(2);
        NDArray positions =
                scores.getManager().arange(0, (int) length, 1, DataType.INT32, scores.getDevice());
        return positions
                .expandDims(1)
                .gte(positions)
                .toType(scores.getDataType(), false)
                .reshape(1, 1, length, length);
    }

    /** What is taken from hidden scores: larger than any score, and finite in the data type. */
    private static double hidden(DataType type) {
        return type == DataType.FLOAT16 ? 3e4 : 1e30;
    }
}
