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
package org.binaryops.quantizer.codebook;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.norm.LayerNorm;
import java.util.Arrays;
import org.binaryops.gradient.Temporaries;

/**
 * Reads a table of codes, for vectors of shape [vectors, groups, width] and codes of shape [groups,
 * codes, width]: each group has codes of its own.
 */
final class CodeTable {

    private static final float EPSILON = 1e-5f;

    private CodeTable() {}

    /** The layer normalization of each group, x̂, of shape [vectors, groups, width of a group]. */
    static NDArray normalize(NDArray x, NDArray scale, NDArray shift, int groups) {
        Shape shape = x.getShape();
        long width = scale.size();
        if (shape.dimension() == 0 || shape.get(shape.dimension() - 1) != width) {
            throw new IllegalArgumentException(
                    String.format(
                            "The last axis of the input must have %d elements, but the shape is"
                                    + " %s.",
                            width, shape));
        }
        long part = width / groups;
        NDArray rows = x.reshape(x.size() / width, groups, part);
        NDArray ones = x.getManager().ones(new Shape(part), x.getDataType(), x.getDevice());
        return LayerNorm.layerNorm(rows, new Shape(part), ones, ones.zerosLike(), EPSILON)
                .singletonOrThrow()
                .mul(scale.reshape(groups, part))
                .add(shift.reshape(groups, part));
    }

    /** The mean over vectors of the standard deviation of each group, of shape [groups, 1]. */
    static NDArray deviation(NDArray x, int groups) {
        Shape shape = x.getShape();
        long part = shape.get(shape.dimension() - 1) / groups;
        NDArray rows = x.reshape(x.size() / part / groups, groups, part);
        int[] axis = {2};
        NDArray centred = rows.sub(rows.mean(axis, true));
        return centred.square().mean(axis, true).sqrt().mean(new int[] {0});
    }

    /**
     * The k nearest codes, nearest first, of shape [vectors, groups, k] and type INT64; of several
     * equally near codes a single nearest one is the first.
     */
    static NDArray nearest(NDArray similarities, int k) {
        return Temporaries.freed(
                similarities.getManager(),
                () ->
                        k == 1
                                ? similarities.argMax(2).expandDims(2)
                                : similarities.topK(k, 2, true, true).get(1));
    }

    /** The mean or the sum of the codes with given ids [vectors, groups, k]; differentiable. */
    static NDArray combine(NDArray codes, NDArray ids, boolean sum) {
        return Temporaries.freed(
                ids.getManager(),
                () -> {
                    NDArray selected = rows(codes, ids, 1);
                    int[] axis = {2};
                    return sum ? selected.sum(axis) : selected.mean(axis);
                });
    }

    /**
     * Takes vectors by their number inside their group; differentiable.
     *
     * @param table an array of shape [groups, vectors, width]
     * @param ids numbers of vectors, with an axis of the groups
     * @param groupAxis the axis of {@code ids} that stands for the groups
     * @return an array of the shape of {@code ids} with a further axis [width]
     */
    static NDArray rows(NDArray table, NDArray ids, int groupAxis) {
        Shape shape = table.getShape();
        long groups = shape.get(0);
        NDArray numbers = ids;
        if (groups > 1) {
            long[] ones = new long[ids.getShape().dimension()];
            Arrays.fill(ones, 1);
            ones[groupAxis] = groups;
            NDArray first =
                    ids.getManager()
                            .arange(0, (int) groups, 1, DataType.INT64, ids.getDevice())
                            .muli(shape.get(1));
            numbers = ids.add(first.reshape(ones));
        }
        NDArray flat = table.reshape(groups * shape.get(1), shape.get(2));
        return flat.getNDArrayInternal()
                .embedding(numbers, flat, SparseFormat.DENSE)
                .singletonOrThrow();
    }

    /** How often each code stands among ids [vectors, groups, k], of shape [groups, codes]. */
    static NDArray count(NDArray ids, long codes, DataType type) {
        return Temporaries.freed(
                ids.getManager(), () -> marks(ids, codes, type).sum(new int[] {0}));
    }

    /** 1 where a code stands among the ids, else 0, of shape [vectors, groups, codes]. */
    static NDArray marks(NDArray ids, long codes, DataType type) {
        Shape shape = new Shape(ids.getShape().get(0), ids.getShape().get(1), codes);
        NDArray ones = ids.getManager().ones(ids.getShape(), type, ids.getDevice());
        return ids.getManager().zeros(shape, type, ids.getDevice()).scatter(ids, ones, 2);
    }

    /**
     * Draws, for each code of each group, one of the vectors at random, with replacement.
     *
     * @param x the vectors, at least one
     * @param codes how many to draw for each group
     * @param noise the standard deviation of the noise on each element, as a share of the norm of
     *     the vector
     * @return an array of shape [groups, codes, width]
     */
    static NDArray draw(NDArray x, long codes, double noise) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDManager manager = x.getManager();
                    DataType type = x.getDataType();
                    long vectors = x.getShape().get(0);
                    Shape shape = new Shape(x.getShape().get(1), codes);
                    NDArray ids =
                            manager.randomUniform(0, 1, shape, type, x.getDevice())
                                    .muli(vectors)
                                    .floor()
                                    // The product may round up to the number of vectors.
                                    .clip(0, vectors - 1)
                                    .toType(DataType.INT64, false);
                    NDArray drawn = rows(x.swapAxes(0, 1), ids, 0);
                    NDArray random =
                            manager.randomNormal(0, 1, drawn.getShape(), type, x.getDevice());
                    return drawn.add(random.muli(Snap.norms(drawn).muli(noise)));
                });
    }

    /** Keeps codes where a mask is 1 and takes others where it is 0, in place, on the device. */
    static void overwrite(NDArray codes, NDArray keep, NDArray others) {
        boolean required = codes.hasGradient();
        // Autograd forbids writing to an array that requires a gradient.
        codes.setRequiresGradient(false);
        codes.muli(keep).addi(others.stopGradient().mul(keep.mul(-1).addi(1)));
        codes.setRequiresGradient(required);
    }
}
