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
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;
import org.binaryops.packed.kernel.ThresholdedMatrix;

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

    /** The weights as they were given; not to be changed. */
    long[] words() {
        return weights;
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
        return thresholds.comparison().isSingle() ? thresholds.comparison().on(matrix) : null;
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
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
        return "BinaryLinear       " + inputs + " inputs -> " + units + " units";
    }
}
