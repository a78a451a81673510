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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.Arrays;
import org.binaryops.gradient.Temporaries;

/**
 * A {@link GruCell} that is one call: a sequence of one step for the engine's recurrent layer.
 *
 * <p>With few rows a call costs more than its arithmetic, and this call replaces twenty.
 *
 * <p>The engine's sigmoid rounds differently in the vectorized body of a run of numbers and in its
 * last few. But the layer leaves the gates of a row side by side, so such a run is a row, and the
 * bits depend on the column only, unless two threads share a row. The engine gives a thread no less
 * than 32,768 numbers, and equal shares, so with twice that and an even number of rows none is
 * shared. Larger arrays go through in pieces, which also stay in the cache from one operation to
 * the next.
 */
final class EngineGruCell extends GruCell {

    /** The most numbers that two threads at most share. */
    private static final long TWO_SHARES = 65536;

    private final NDList parameters;

    /** How many rows go through at a time, a multiple of {@link RowwiseLinear#ROWS}. */
    private final long piece;

    EngineGruCell(NDArray weightIh, NDArray weightHh, NDArray biasIh, NDArray biasHh) {
        super(weightIh);
        parameters = new NDList(weightIh, weightHh, biasIh, biasHh);
        piece = TWO_SHARES / features / RowwiseLinear.ROWS * RowwiseLinear.ROWS;
    }

    /**
     * Whether the layer's products keep their bits in every company, see {@link RowwiseLinear}. On
     * a GPU they may also be rounded to fewer bits than other products.
     */
    static boolean takes(NDArray weightIh) {
        long features = weightIh.getShape().get(1);
        return features % RowwiseLinear.COLUMNS == 0
                && features * RowwiseLinear.ROWS <= TWO_SHARES
                && !weightIh.getDevice().isGpu();
    }

    /** A step of a sequence [1, M, F], as [1, M, F]; M is a multiple of the block of rows. */
    private NDArray step(NDArray input, NDArray hidden) {
        return input.getNDArrayInternal()
                .gru(input, hidden, parameters, true, 1, 0, true, false, false)
                .get(0);
    }

    @Override
    NDArray apply(NDArray input, NDArray hidden) {
        return inPieces(input, hidden, (x, h) -> step(steps(x), steps(h)).squeeze(0));
    }

    /** Few rows: both orders in one call. Many: without a copy of them. */
    @Override
    NDArray applyBoth(NDArray left, NDArray right) {
        if (2 * left.getShape().get(0) <= piece) {
            return inPieces(
                    left, right, (l, r) -> mean(steps(l.concat(r, 0)), steps(r.concat(l, 0))));
        }
        NDArray half = Temporaries.constant(left, 0.5);
        return inPieces(
                left,
                right,
                (l, r) -> {
                    NDArray lefts = steps(l);
                    NDArray rights = steps(r);
                    return step(lefts, rights).add(step(rights, lefts)).muli(half).squeeze(0);
                });
    }

    @Override
    NDArray applyBoth(NDArray operands) {
        long rows = operands.getShape().get(0);
        if (rows > piece || rows % RowwiseLinear.ROWS != 0) {
            return super.applyBoth(operands);
        }
        NDArray ahead = steps(operands);
        NDList sides = ahead.split(2, 1);
        return mean(ahead, sides.get(1).concat(sides.get(0), 1));
    }

    /** The mean of both orders, whose operands are given one order after the other. */
    private NDArray mean(NDArray inputs, NDArray hidden) {
        return step(inputs, hidden).reshape(2, -1, features).mean(new int[] {0});
    }

    private static NDArray steps(NDArray rows) {
        return rows.expandDims(0);
    }

    /** Rows in pieces, the last made up to whole blocks. */
    private NDArray inPieces(NDArray left, NDArray right, Combination step) {
        long all = left.getShape().get(0);
        if (all <= piece) {
            long block = RowwiseLinear.ROWS;
            NDArray result =
                    step.apply(
                            RowwiseLinear.padded(left, 0, block),
                            RowwiseLinear.padded(right, 0, block));
            return all % block == 0 ? result : result.split(new long[] {all}, 0).get(0);
        }
        long[] ends = new long[(int) ((all - 1) / piece)];
        Arrays.setAll(ends, i -> (i + 1) * piece);
        NDList lefts = left.split(ends, 0);
        NDList rights = right.split(ends, 0);
        NDList results = new NDList(lefts.size());
        for (int i = 0; i < lefts.size(); ++i) {
            results.add(inPieces(lefts.get(i), rights.get(i), step));
        }
        return NDArrays.concat(results, 0);
    }
}
