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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.binaryops.packed.kernel.Kernels;

/**
 * Turns accumulators or floats into floats by a chain of {@linkplain Stage stages}: scales, biases,
 * batch norms, shifts and piecewise linear activations, with parameters for each channel or for
 * each element of the whole value.
 */
public final class Elementwise extends Operation {

    static final int CODE = 12;

    /** How many floats all stages work on before the next ones. */
    private static final int TILE = 2048;

    private final int size;
    private final List<Stage> stages;

    /**
     * Creates the operation.
     *
     * @param size the number of parameters of each stage: the channels, or the elements of the
     *     value
     * @param stages the stages in their order; none turns accumulators into floats
     * @throws IllegalArgumentException if a stage has another number of parameters
     */
    public Elementwise(int size, List<Stage> stages) {
        this.size = ValueType.checkWidth("the number of parameters", size);
        this.stages = List.copyOf(stages);
        for (Stage stage : stages) {
            if (stage.size() != size) {
                throw new IllegalArgumentException(
                        "a stage has " + stage.size() + " parameters instead of " + size);
            }
        }
    }

    /**
     * Returns the stages.
     *
     * @return the stages in their order, unmodifiable
     */
    public List<Stage> stages() {
        return stages;
    }

    /** The number of parameters of each stage. */
    int size() {
        return size;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        boolean numbers =
                input.kind() == ValueType.Kind.FLOATS
                        || input.kind() == ValueType.Kind.ACCUMULATORS;
        if (!numbers || input.channels() != size && input.size() != size) {
            throw new IllegalArgumentException(
                    "Elementwise takes floats or accumulators of "
                            + size
                            + " channels or elements but is given "
                            + input);
        }
        return input.with(ValueType.Kind.FLOATS, input.channels(), 0);
    }

    @Override
    boolean isPointwise(ValueType input) {
        return size == input.channels();
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        apply(scratch, in, out, 0, rows * scratch.types[out].size());
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int from, int to) {
        apply(scratch, in, out, from * size, to * size);
    }

    private void apply(Scratch scratch, int[] in, int out, int first, int end) {
        float[] to = scratch.floats[out];
        int at = scratch.offset[out];
        boolean sums = scratch.types[in[0]].kind() == ValueType.Kind.ACCUMULATORS;
        // What is worked on at once stays in the first cache.
        int tile = Math.max(1, TILE / size) * size;
        for (int i = first; i < end; i += tile) {
            int some = Math.min(tile, end - i);
            if (sums) {
                Kernels.get().convert(scratch.accumulators[in[0]], i, to, at + i, some);
            } else {
                int from = scratch.offset[in[0]] + i;
                System.arraycopy(scratch.floats[in[0]], from, to, at + i, some);
            }
            for (int s = 0; s < stages.size(); ++s) {
                stages.get(s).apply(to, at + i, some);
            }
        }
    }

    @Override
    long bodyBytes() {
        long bytes = 8;
        for (Stage stage : stages) {
            bytes += stage.bytes();
        }
        return bytes;
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(size).putInt(stages.size());
        for (Stage stage : stages) {
            stage.write(body);
        }
    }

    static Elementwise read(BodyReader body) throws PackedFormatException {
        int size = body.width("parameters");
        int count = body.integer();
        List<Stage> stages = new ArrayList<>();
        // Each stage checks that it is there before it is read.
        for (int s = 0; s < count; ++s) {
            stages.add(Stage.read(body, size));
        }
        Elementwise operation = new Elementwise(size, stages);
        if (count < 0 || body.remaining() != 0) {
            throw new PackedFormatException("the stages of Elementwise do not fill its body");
        }
        return operation;
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Elementwise        ").append(size).append(":");
        for (Stage stage : stages) {
            text.append(' ').append(stage.kind().name().toLowerCase(Locale.ROOT));
        }
        return text.toString();
    }
}
