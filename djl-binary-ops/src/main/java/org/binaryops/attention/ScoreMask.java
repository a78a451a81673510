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

/**
 * What the queries of an attention may see, for one array of scores [batch, heads, queries, keys].
 *
 * <p>Two forms come together here: positions that are hidden (a mask of ones and zeros, the future
 * of causal attention) and offsets that are added to the scores, as DJL's transformers have them (0
 * to keep, −100000 to mask).
 */
public final class ScoreMask {

    /** Offsets from here down hide a position. */
    private static final double HIDING = -1e4;

    private final NDArray keep;
    private final NDArray offset;
    private final boolean masked;

    private ScoreMask(NDArray keep, NDArray offset, boolean masked) {
        this.keep = keep;
        this.offset = offset;
        this.masked = masked;
    }

    /**
     * Creates the mask of an attention.
     *
     * @param scores the scores [batch, heads, queries, keys]
     * @param mask 1 to keep, 0 to mask [batch, queries, keys], or an offset that broadcasts to the
     *     scores, or {@code null}
     * @param causal whether query i sees only the keys 0 … i
     * @return the mask; its arrays belong to the manager of the scores or of {@code mask}
     */
    public static ScoreMask of(NDArray scores, NDArray mask, boolean causal) {
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
        return new ScoreMask(keep, offset, mask != null);
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

    /**
     * Adds the offsets, and takes so much from hidden scores that no visible one is lower.
     *
     * @param scores the scores
     * @return the shifted scores, finite; {@code scores} itself if everything may be seen
     */
    public NDArray shifted(NDArray scores) {
        NDArray shift = offset;
        if (keep != null) {
            NDArray hide = keep.sub(1).mul(hidden(scores.getDataType()));
            shift = shift == null ? hide : shift.add(hide);
        }
        return shift == null ? scores : scores.add(shift);
    }

    /**
     * Clears hidden positions of normalized scores, where a row may have no visible one; the other
     * rows have zeros there already.
     *
     * @param probabilities what a normalizer made of {@link #shifted} scores
     * @return the probabilities, 0 at hidden positions
     */
    public NDArray cleared(NDArray probabilities) {
        // A causal row always sees itself unless a mask hides it.
        return keep != null && masked ? probabilities.mul(keep) : probabilities;
    }

    /**
     * Returns the visible positions.
     *
     * @return 1 for a visible position, 0 for a hidden one, broadcastable to the scores, or {@code
     *     null} if all are visible; an offset of −10000 or less hides
     */
    public NDArray visible() {
        if (offset == null) {
            return keep;
        }
        NDArray seen = offset.gt(HIDING).toType(offset.getDataType(), false);
        return keep == null ? seen : keep.mul(seen);
    }

    /**
     * Returns the offsets that are not there to hide.
     *
     * @return offsets to add to the scores, broadcastable to them, 0 at hidden positions; {@code
     *     null} if there are none
     */
    public NDArray bias() {
        return offset == null ? null : offset.mul(offset.gt(HIDING));
    }

    /** What is taken from hidden scores: larger than any score, and finite in the data type. */
    private static double hidden(DataType type) {
        return type == DataType.FLOAT16 ? 3e4 : 1e30;
    }
}
