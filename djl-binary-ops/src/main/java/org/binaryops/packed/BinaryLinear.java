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
import java.util.Optional;
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;
import org.binaryops.packed.kernel.ThresholdedMatrix;
import org.binaryops.packed.reuse.ReuseMatrix;
import org.binaryops.packed.reuse.ReuseTrial;

/**
 * The binary product: N accumulators \(a_n = \sum_k w_{nk} x_k\) of K inputs and K·N weights that
 * are all ±1, computed as K − 2·popcount(w xor x).
 */
public final class BinaryLinear extends Operation {

    static final int CODE = 2;

    private final int units;
    private final int inputs;
    private final long[] weights;
    private final BinaryMatrix matrix;

    /** Reuse of sums if it was tried, and if it was kept. */
    private final ReuseTrial trial;

    private final ReuseMatrix reuse;

    /**
     * Creates the operation.
     *
     * @param units the number N of units
     * @param inputs the number K of inputs
     * @param weights the weights, N rows of ⌈K/64⌉ words: bit k mod 64 of word k/64 of a row is set
     *     where the weight of input k is +1, and clear where it is −1; bits past K are clear
     * @throws IllegalArgumentException if the sizes do not fit or a bit past K is set
     */
    public BinaryLinear(int units, int inputs, long[] weights) {
        this.units = ValueType.checkWidth("units", units);
        this.inputs = ValueType.checkWidth("inputs", inputs);
        this.weights = weights.clone();
        matrix = Kernels.get().binary(this.weights, units, inputs);
        trial = null;
        reuse = null;
    }

    private BinaryLinear(BinaryLinear plain, int maxDepth) {
        units = plain.units;
        inputs = plain.inputs;
        weights = plain.weights;
        matrix = plain.matrix;
        trial = ReuseTrial.of(weights, units, inputs, maxDepth);
        reuse = trial.wins() ? new ReuseMatrix(weights, trial.tree()) : null;
    }

    /**
     * Returns the same operation with reuse on trial: if its product is faster along a minimum
     * spanning tree over the units, it is computed so. The sums are the same, and so is the file:
     * what is faster depends on the machine.
     *
     * @param maxDepth the most edges from the root of the tree to a unit, 1 or more
     * @return the operation, whose text has the figures of the trial
     * @throws IllegalArgumentException if {@code maxDepth} is not positive
     */
    public BinaryLinear withReuse(int maxDepth) {
        return new BinaryLinear(this, maxDepth);
    }

    /**
     * Returns the figures of the trial of {@link #withReuse}.
     *
     * @return the figures, empty if reuse was not tried
     */
    public Optional<ReuseTrial> reuseTrial() {
        return Optional.ofNullable(trial);
    }

    /**
     * Returns the number of units.
     *
     * @return the number of units, N
     */
    public int units() {
        return units;
    }

    /**
     * Returns the number of inputs.
     *
     * @return the number of inputs, K
     */
    public int inputs() {
        return inputs;
    }

    /**
     * Returns one weight.
     *
     * @param unit the index of the unit
     * @param input the index of the input
     * @return +1 or −1
     */
    public int weight(int unit, int input) {
        int word = Math.multiplyExact(unit, ValueType.words(inputs)) + (input >>> 6);
        return (weights[word] >>> input & 1) == 0 ? -1 : 1;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.BITS, this.inputs, "BinaryLinear");
        if (input.positions() != 1) {
            throw new IllegalArgumentException("BinaryLinear takes a vector but is given " + input);
        }
        return ValueType.accumulators(units, this.inputs);
    }

    /** The product and the thresholds of its sums as one, or null if they must be two. */
    ThresholdedMatrix with(IntegerThresholds thresholds) {
        boolean joined = reuse == null && thresholds.comparison().isSingle();
        return joined ? thresholds.comparison().on(matrix) : null;
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        if (reuse != null) {
            reuse.multiply(
                    scratch.bits[in[0]],
                    0,
                    matrix.words(),
                    rows,
                    scratch.accumulators[out],
                    0,
                    units);
            return;
        }
        matrix.multiply(
                scratch.bits[in[0]], 0, matrix.words(), rows, scratch.accumulators[out], 0, units);
    }

    @Override
    long binaryWeights() {
        return (long) units * inputs;
    }

    @Override
    long binaryProducts() {
        return (long) units * inputs;
    }

    @Override
    long bodyBytes() {
        return 8 + 8L * weights.length;
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(units).putInt(inputs);
        for (long word : weights) {
            body.putLong(word);
        }
    }

    static BinaryLinear read(BodyReader body) throws PackedFormatException {
        int units = body.width("units");
        int inputs = body.width("inputs");
        long words = (long) units * ValueType.words(inputs);
        body.expect(8 + 8 * words);
        return new BinaryLinear(units, inputs, body.longs((int) words));
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        String sizes = "BinaryLinear       " + inputs + " inputs -> " + units + " units";
        return trial == null ? sizes : sizes + "; " + trial;
    }
}
