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
package org.binaryops.packed;

import java.nio.ByteBuffer;
import java.util.List;
import org.binaryops.packed.reuse.ReuseMatrix;
import org.binaryops.packed.reuse.ReuseTree;

/**
 * A binary convolution, or a layer on vectors, whose sums follow a minimum spanning tree over its
 * units: a unit takes the sum of its parent, or the negated one, and adds the products in which the
 * two differ. The accumulators are those of {@link BinaryConvolution} with the same weights ±1.
 */
public final class ReusedConvolution extends Operation {

    static final int CODE = 22;

    private final Window window;
    private final int units;
    private final int inputs;
    private final long[] weights;
    private final ReuseTree tree;
    private final ReuseMatrix matrix;
    private final BitRows gathering;
    private final PaddingCorrection correction;

    /**
     * Creates the operation.
     *
     * @param window where the kernel lies
     * @param weights the weights as in {@link BinaryConvolution}, of one group
     * @param tree a tree over the units, made of these weights
     * @throws IllegalArgumentException if the sizes do not fit or bits are set that must be clear
     */
    public ReusedConvolution(Window window, long[] weights, ReuseTree tree) {
        this.window = window;
        this.tree = tree;
        this.weights = weights.clone();
        units = ValueType.checkWidth("units", tree.units());
        inputs = window.taps() * window.channels();
        if (tree.width() != inputs) {
            throw new IllegalArgumentException(
                    "a tree of "
                            + tree.width()
                            + " weights does not fit units of "
                            + inputs
                            + " inputs");
        }
        matrix = new ReuseMatrix(this.weights, tree);
        BinaryConvolution.checkTail(this.weights, units, inputs);
        window.output(ValueType.Kind.ACCUMULATORS, units, inputs);
        gathering = new BitRows(window, 1);
        correction =
                window.reachesOutside() ? new PaddingCorrection(window, tapSums(), units) : null;
    }

    /** For each unit and kernel position the sum of the weights over the channels. */
    private int[] tapSums() {
        int words = ValueType.words(inputs);
        int[] sums = new int[units * window.taps()];
        for (int n = 0; n < units; ++n) {
            for (int k = 0; k < inputs; ++k) {
                boolean positive = (weights[n * words + (k >>> 6)] >>> k & 1) == 1;
                sums[n * window.taps() + k / window.channels()] += positive ? 1 : -1;
            }
        }
        return sums;
    }

    /**
     * Returns the tree.
     *
     * @return the tree over the units
     */
    public ReuseTree tree() {
        return tree;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> types) {
        single(types).require(ValueType.Kind.BITS, window, "ReusedConvolution");
        return window.output(ValueType.Kind.ACCUMULATORS, units, inputs);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        long[] image = scratch.bits[in[0]];
        int[] to = scratch.accumulators[out];
        int imageWords = scratch.types[in[0]].words();
        int words = gathering.words();
        int positions = window.positions();
        boolean dense = (window.channels() & 63) == 0 || window.inputPositions() == 1;
        boolean direct = window.isPointwise() || window.isWhole() && dense;
        if (direct) {
            matrix.multiply(image, 0, words, rows * positions, to, 0, units);
            return;
        }
        for (int row = 0; row < rows; ++row) {
            for (int p = 0; p < positions; p += tile()) {
                int some = Math.min(tile(), positions - p);
                int at = (row * positions + p) * units;
                long[] gathered = scratch.words(tile() * words);
                gathering.gather(image, row * imageWords, 0, p, some, gathered);
                matrix.multiply(gathered, 0, words, some, to, at, units);
                if (correction != null) {
                    correction.add(p, some, to, at);
                }
            }
        }
    }

    @Override
    int tile() {
        return Math.max(1, Math.min(super.tile(), 2048 / gathering.words()));
    }

    @Override
    long binaryWeights() {
        return (long) units * inputs;
    }

    @Override
    long binaryProducts() {
        return tree.operations() * window.positions();
    }

    @Override
    long bodyBytes() {
        return Window.BYTES
                + 4
                + 8L * weights.length
                + padded(4L * units)
                + 8L * ValueType.words(units);
    }

    @Override
    void write(ByteBuffer body) {
        window.write(body);
        body.putInt(units);
        for (long word : weights) {
            body.putLong(word);
        }
        long[] negated = new long[ValueType.words(units)];
        for (int unit = 0; unit < units; ++unit) {
            body.putInt(tree.parent(unit));
            negated[unit >>> 6] |= tree.isNegated(unit) ? 1L << unit : 0;
        }
        body.position((int) padded(body.position()));
        for (long word : negated) {
            body.putLong(word);
        }
    }

    static ReusedConvolution read(BodyReader body) throws PackedFormatException {
        body.atLeast(Window.BYTES + 4);
        Window window = Window.read(body);
        int units = body.width("units");
        int inputs = window.taps() * window.channels();
        long words = (long) units * ValueType.words(inputs);
        body.expect(
                Window.BYTES + 4 + 8 * words + padded(4L * units) + 8L * ValueType.words(units));
        long[] weights = body.longs((int) words);
        int[] parents = body.ints(units);
        long[] negated = body.longs(ValueType.words(units));
        ReuseTree tree = ReuseTree.of(weights, inputs, parents, negated);
        return new ReusedConvolution(window, weights, tree);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "ReusedConvolution  " + window + ", " + units + " units, depth " + tree.depth();
    }
}
