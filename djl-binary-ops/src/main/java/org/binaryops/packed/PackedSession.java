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

/**
 * Executes a packed model in memory of its own, which it reuses: after the first call, the methods
 * that take an output array allocate nothing.
 *
 * <p>A session belongs to one thread at a time. {@link PackedModel} has the same methods for any
 * number of threads.
 */
public final class PackedSession {

    /** Rows of a batch are taken so many at a time; weights are then read from memory once. */
    private static final int MAX_TILE = 16;

    /** What the rows of one tile may need, so that they stay in the second cache. */
    private static final long TILE_BYTES = 1 << 18;

    private final PackedModel model;
    private final Program program;
    private final Schedule schedule;
    private final BufferPlan plan;
    private final int tile;
    private final float[] single;
    private Scratch scratch;
    private int scratchRows;

    PackedSession(PackedModel model) {
        this(model, true);
    }

    /**
     * Creates a session.
     *
     * @param shared whether values share memory; otherwise all are there after a call, for tests
     */
    PackedSession(PackedModel model, boolean shared) {
        this.model = model;
        program = model.program();
        schedule = shared ? program.schedule() : new Schedule(program, false);
        plan = new BufferPlan(program, shared);
        long perRow = Math.max(1, plan.bytesPerRow());
        tile = (int) Math.max(1, Math.min(MAX_TILE, TILE_BYTES / perRow));
        single = new float[model.outputs()];
    }

    /**
     * Returns the model that this session executes.
     *
     * @return the model
     */
    public PackedModel model() {
        return model;
    }

    /**
     * Predicts one row.
     *
     * @param features the features, as many as {@link PackedModel#inputs()}, finite
     * @param outputs receives the outputs, {@link PackedModel#outputs()} of them
     * @return {@code outputs}
     * @throws IllegalArgumentException if a length differs or a feature is NaN or infinite; {@code
     *     outputs} is then unchanged
     */
    public float[] predict(float[] features, float[] outputs) {
        checkLength("features", 1, model.inputs(), features.length);
        checkLength("outputs", 1, model.outputs(), outputs.length);
        run(features, 0, outputs, 0, 1);
        return outputs;
    }

    /**
     * Predicts a batch of rows.
     *
     * @param rows the features, {@code count} rows one after the other, finite
     * @param count the number of rows, 0 or more
     * @param outputs receives the outputs, {@code count} rows one after the other
     * @return {@code outputs}
     * @throws IllegalArgumentException if a length differs or a feature is NaN or infinite; the
     *     rows before it may then have been predicted
     */
    public float[] predict(float[] rows, int count, float[] outputs) {
        checkRows(model, rows, count);
        checkLength("outputs", count, model.outputs(), outputs.length);
        predict(rows, 0, count, outputs);
        return outputs;
    }

    /** Predicts the rows from one to before another, of arrays that were checked. */
    void predict(float[] rows, int from, int to, float[] outputs) {
        for (int row = from; row < to; row += tile) {
            int some = Math.min(tile, to - row);
            run(rows, row * model.inputs(), outputs, row * model.outputs(), some);
        }
    }

    /**
     * Predicts a batch of rows into a new array.
     *
     * @param rows the features, {@code count} rows one after the other, finite
     * @param count the number of rows, 0 or more
     * @return the outputs, {@code count} rows one after the other
     * @throws IllegalArgumentException if the length differs or a feature is NaN or infinite
     */
    public float[] predict(float[] rows, int count) {
        // Before the allocation, which a wrong count would make absurd.
        checkRows(model, rows, count);
        return predict(rows, count, new float[Math.multiplyExact(count, model.outputs())]);
    }

    /**
     * Predicts the class of one row.
     *
     * @param features the features, as many as {@link PackedModel#inputs()}, finite
     * @return the index of the largest output, the first among equals; for a model with one output
     *     1 if it is positive, else 0
     * @throws IllegalArgumentException if the length differs or a feature is NaN or infinite
     */
    public int classify(float[] features) {
        return classOf(predict(features, single), 0, single.length);
    }

    /**
     * Predicts the classes of a batch of rows.
     *
     * @param rows the features, {@code count} rows one after the other, finite
     * @param count the number of rows, 0 or more
     * @return the class of each row, as in {@link #classify(float[])}
     * @throws IllegalArgumentException if the length differs or a feature is NaN or infinite
     */
    public int[] classify(float[] rows, int count) {
        float[] outputs = predict(rows, count);
        int[] classes = new int[count];
        for (int row = 0; row < count; ++row) {
            classes[row] = classOf(outputs, row * single.length, single.length);
        }
        return classes;
    }

    private static int classOf(float[] outputs, int from, int count) {
        if (count == 1) {
            return outputs[from] > 0 ? 1 : 0;
        }
        int best = 0;
        for (int i = 1; i < count; ++i) {
            if (outputs[from + i] > outputs[from + best]) {
                best = i;
            }
        }
        return best;
    }

    private void run(float[] in, int inFrom, float[] out, int outFrom, int rows) {
        if (scratchRows < rows) {
            scratch = new Scratch(program, plan, rows);
            scratchRows = rows;
        }
        FiniteCheck.checkRows(in, inFrom, model.inputs(), rows);
        scratch.setCaller(in, inFrom, out, outFrom);
        try {
            schedule.run(scratch, rows);
        } finally {
            // A pooled session must not keep the caller's arrays alive.
            scratch.setCaller(null, 0, null, 0);
        }
    }

    /** The values between the operations of the latest call, for tests. */
    Scratch scratch() {
        return scratch;
    }

    static void checkRows(PackedModel model, float[] rows, int count) {
        if (count < 0) {
            throw new IllegalArgumentException("count must be 0 or more, but is " + count);
        }
        checkLength("features", count, model.inputs(), rows.length);
    }

    private static void checkLength(String what, int rows, int width, int actual) {
        long expected = (long) rows * width;
        if (actual != expected) {
            throw new IllegalArgumentException(
                    "expected "
                            + expected
                            + " "
                            + what
                            + (rows == 1 ? "" : " of " + rows + " rows")
                            + ", but got an array of "
                            + actual);
        }
    }
}
