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

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.binaryops.packed.kernel.Split;
import org.binaryops.packed.reuse.ReuseFigures;
import org.binaryops.packed.reuse.ReuseTrial;

/**
 * A bit-packed network: loads, predicts and saves with nothing but the JDK.
 *
 * <pre>{@code
 * PackedModel model = PackedModel.load(Path.of("net.bops"));
 * float[] logits = model.predict(pixels);
 * int digit = model.classify(pixels);
 * }</pre>
 *
 * <p>A model is immutable, and its methods may be called by any number of threads. They borrow
 * their working memory from a small pool; a thread that predicts in a tight loop can hold its own
 * with {@link #newSession()}.
 *
 * <p>Features must be finite: NaN has no side of a threshold. The check costs one comparison per
 * feature.
 */
public final class PackedModel {

    private final Program program;
    private final ReuseTrials trials;
    private final List<Operation> operations;
    private final int inputs;
    private final int outputs;
    private final SessionPool pool = new SessionPool(this);

    PackedModel(Program program, ReuseTrials trials) {
        this.program = program;
        this.trials = trials;
        operations = program.steps().stream().map(Step::operation).toList();
        inputs = program.inputs();
        outputs = program.outputs();
    }

    /**
     * Makes a model of operations, each of which takes what the one before it yields.
     *
     * @param operations the operations, in the order of their execution, the first of which is
     *     {@link InputThresholds}
     * @return the model
     * @throws IllegalArgumentException if they are not a program: one cannot take what the one
     *     before it yields, or the first does not take features or the last yields no outputs
     */
    public static PackedModel of(List<Operation> operations) {
        if (operations.isEmpty() || !(operations.get(0) instanceof InputThresholds first)) {
            throw new IllegalArgumentException(
                    "a chain of operations must begin with InputThresholds, but begins with "
                            + (operations.isEmpty() ? "nothing" : operations.get(0)));
        }
        return of(new int[] {first.features()}, Program.chain(operations));
    }

    /**
     * Makes a model of steps.
     *
     * @param inputShape the shape of a row without the batch: [features], or [channels, height,
     *     width] for images. The first operation of a model of images is {@link Interleave}
     * @param steps the steps, in the order of their execution; the last yields the outputs
     * @return the model
     * @throws IllegalArgumentException if they are not a program: a step cannot take what it reads,
     *     a value is never read, the last step yields no floats, or the values of a row take more
     *     than 64 MiB and 256 times the length of the file, or more than 1 GiB
     */
    public static PackedModel of(int[] inputShape, List<Step> steps) {
        return new PackedModel(new Program(inputShape, steps), ReuseTrials.NONE);
    }

    /**
     * Reads a model from a file.
     *
     * @param file the file
     * @return the model
     * @throws PackedFormatException if the file is damaged, of a later version or no packed model,
     *     or if its values take more memory than 64 MiB and 256 times the length of the file;
     *     nothing is allocated that is not in proportion to the length of the file
     * @throws IOException if the file cannot be read
     */
    public static PackedModel load(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return PackedFormat.read(in, Files.size(file));
        } catch (PackedFormatException e) {
            PackedFormatException named = new PackedFormatException(file + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    /**
     * Reads a model from a stream, such as a resource of a jar, to the end of the stream.
     *
     * @param in the stream, which is left open
     * @return the model
     * @throws PackedFormatException if the content is damaged, of a later version or no packed
     *     model
     * @throws IOException if the stream cannot be read
     */
    public static PackedModel load(InputStream in) throws IOException {
        return PackedFormat.read(in, -1);
    }

    /**
     * Reads a model from bytes.
     *
     * @param bytes what {@link #toBytes()} returned
     * @return the model
     * @throws PackedFormatException if the bytes are damaged, of a later version or no packed model
     */
    public static PackedModel fromBytes(byte[] bytes) throws PackedFormatException {
        try {
            return PackedFormat.read(new ByteArrayInputStream(bytes), bytes.length);
        } catch (PackedFormatException e) {
            throw e;
        } catch (IOException e) {
            throw new AssertionError("reading memory cannot fail", e);
        }
    }

    /**
     * Writes the model to a file. The new file is written beside the old one, forced to the disk
     * and moved into its place: if anything fails, the old file is still there and whole.
     *
     * @param file the file, which is replaced if it exists
     * @throws IOException if the file cannot be written
     */
    public void save(Path file) throws IOException {
        AtomicFiles.write(file, toBytes());
    }

    /**
     * Returns the bytes of the model's file. Equal models have equal bytes.
     *
     * @return the bytes
     */
    public byte[] toBytes() {
        return PackedFormat.write(program, trials);
    }

    /**
     * Returns the number of features of a row.
     *
     * @return the number of features
     */
    public int inputs() {
        return inputs;
    }

    /**
     * Returns the shape of a row: how the features that {@code predict} takes in row-major order
     * are arranged.
     *
     * @return a new array, [features] or [channels, height, width]; the product is {@link
     *     #inputs()}
     */
    public int[] inputShape() {
        return program.inputShape();
    }

    /**
     * Returns the number of outputs of a row.
     *
     * @return the number of outputs
     */
    public int outputs() {
        return outputs;
    }

    /**
     * Returns the operations, in the order of their execution.
     *
     * @return the operations, unmodifiable
     */
    public List<Operation> operations() {
        return operations;
    }

    /**
     * Returns the steps: the operations and the values that each reads.
     *
     * @return the steps, unmodifiable
     */
    public List<Step> steps() {
        return program.steps();
    }

    /** The checked steps. */
    Program program() {
        return program;
    }

    /**
     * Returns the same model with reuse on trial: each layer of binary products whose units follow
     * a minimum spanning tree faster, with the kernels that run here, does so from then on, and the
     * tree is in its file. Predictions are the same. Layers that reuse would slow stay as they are;
     * {@link #reuseTrials()} and {@link #summary()} have the figures of both. A trial takes a
     * second or two for each layer. Layers in groups have few units each and are not tried.
     *
     * @param maxDepth the most edges from the root of a tree to a unit, 1 or more
     * @return the model, whose file is of version 3
     * @throws IllegalArgumentException if {@code maxDepth} is not positive
     */
    public PackedModel withReuse(int maxDepth) {
        if (maxDepth < 1) {
            throw new IllegalArgumentException("maxDepth must be positive, but is " + maxDepth);
        }
        return ReuseTrials.of(
                this, (weights, units, width) -> ReuseTrial.of(weights, units, width, maxDepth));
    }

    /**
     * Returns what reuse would cost, by the number of the step: of the layers that follow a tree,
     * and of those that it would slow.
     *
     * @return the figures of the layers that were on trial, unmodifiable
     */
    public Map<Integer, ReuseFigures> reuseTrials() {
        return trials.all();
    }

    /**
     * Returns a session with working memory of its own, for one thread.
     *
     * @return a new session
     */
    public PackedSession newSession() {
        return new PackedSession(this);
    }

    /**
     * Predicts one row.
     *
     * @param features the features, {@link #inputs()} of them, finite
     * @return the outputs, {@link #outputs()} of them
     * @throws IllegalArgumentException if the length differs or a feature is NaN or infinite
     */
    public float[] predict(float[] features) {
        return predict(features, new float[outputs]);
    }

    /**
     * Predicts one row.
     *
     * @param features the features, {@link #inputs()} of them, finite
     * @param out receives the outputs, {@link #outputs()} of them
     * @return {@code out}
     * @throws IllegalArgumentException if a length differs or a feature is NaN or infinite
     */
    public float[] predict(float[] features, float[] out) {
        PackedSession session = pool.take();
        try {
            return session.predict(features, out);
        } finally {
            pool.giveBack(session);
        }
    }

    /**
     * Predicts a batch of rows.
     *
     * @param rows the features, {@code count} rows one after the other, finite
     * @param count the number of rows, 0 or more
     * @return the outputs, {@code count} rows one after the other
     * @throws IllegalArgumentException if the length differs or a feature is NaN or infinite
     */
    public float[] predict(float[] rows, int count) {
        PackedSession session = pool.take();
        try {
            return session.predict(rows, count);
        } finally {
            pool.giveBack(session);
        }
    }

    /**
     * Predicts a batch of rows on the threads of an executor, each of which takes a run of rows.
     * The calling thread takes the first run itself, and any that the executor refuses; the call
     * ends when all rows are done. The outputs do not depend on the number of threads.
     *
     * @param rows the features, {@code count} rows one after the other, finite
     * @param count the number of rows, 0 or more
     * @param executor runs the parts; it is not shut down
     * @param parts the number of runs at the most, 1 or more: as a rule the threads to spare
     * @return the outputs, {@code count} rows one after the other
     * @throws IllegalArgumentException if the length differs, {@code parts} is not positive or a
     *     feature is NaN or infinite
     */
    public float[] predict(float[] rows, int count, Executor executor, int parts) {
        PackedSession.checkRows(this, rows, count);
        float[] out = new float[Math.multiplyExact(count, outputs)];
        Split.run(
                executor,
                parts,
                count,
                1,
                (from, to) -> {
                    PackedSession session = pool.take();
                    try {
                        session.predict(rows, from, to, out);
                    } finally {
                        pool.giveBack(session);
                    }
                });
        return out;
    }

    /**
     * Predicts the class of one row.
     *
     * @param features the features, {@link #inputs()} of them, finite
     * @return the index of the largest output, the first among equals; for a model with one output
     *     1 if it is positive, else 0
     * @throws IllegalArgumentException if the length differs or a feature is NaN or infinite
     */
    public int classify(float[] features) {
        PackedSession session = pool.take();
        try {
            return session.classify(features);
        } finally {
            pool.giveBack(session);
        }
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
        PackedSession session = pool.take();
        try {
            return session.classify(rows, count);
        } finally {
            pool.giveBack(session);
        }
    }

    /**
     * Describes the model: its operations, their sizes in the file, and the work of a prediction.
     *
     * @return some lines of text
     */
    public String summary() {
        return ModelSummary.of(program, trials, PackedFormat.length(program, trials));
    }

    /**
     * Returns the sizes of the model in one line.
     *
     * @return for example {@code PackedModel(784 features -> 10 outputs, 7 operations)}
     */
    @Override
    public String toString() {
        return "PackedModel("
                + inputs
                + " features -> "
                + outputs
                + " outputs, "
                + operations.size()
                + " operations)";
    }
}
