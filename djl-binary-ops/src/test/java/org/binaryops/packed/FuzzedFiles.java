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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Loads bytes that may be damaged, and checks what the runtime promises about them.
 *
 * <p>It promises one exception, a {@link PackedFormatException} with a sentence, or a model that is
 * whole: it is written to the same bytes, and predicts. And it promises to allocate no more than
 * {@value #MULTIPLE} times the bytes, and {@value #ALLOWANCE} bytes for messages and traces. The
 * values of a row, which the first prediction allocates, take no more than 64 MiB and 256 times the
 * bytes.
 */
final class FuzzedFiles {

    static final int MULTIPLE = 16;
    static final int ALLOWANCE = 1 << 18;

    /** No load of a small file takes so long. */
    private static final long SLOW = 30_000_000_000L;

    /** Models with more work or larger values for a row are loaded, but not executed. */
    private static final long MOST = 1 << 18;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private FuzzedFiles() {}

    /** The golden files of all versions, and those of the folder only. */
    static List<byte[]> golden() {
        try {
            Path folder =
                    Path.of(FuzzedFiles.class.getResource("golden-v1-affine.bops").toURI())
                            .getParent();
            try (Stream<Path> files = Files.list(folder)) {
                return files.filter(f -> f.toString().endsWith(".bops"))
                        .sorted()
                        .map(FuzzedFiles::read)
                        .toList();
            }
        } catch (URISyntaxException | IOException e) {
            throw new IllegalStateException("the golden files are in a folder", e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns whether the bytes are a model.
     *
     * @throws AssertionError if a promise is broken
     */
    static boolean isModel(byte[] bytes) {
        long start = System.nanoTime();
        Load load = new Load(bytes);
        long most = (long) MULTIPLE * bytes.length + ALLOWANCE;
        // Whatever is loaded for the first time may load classes too, but only once.
        if (load.allocated > most && new Load(bytes).allocated > most) {
            throw new AssertionError(
                    load.allocated + " bytes were allocated for a file of " + bytes.length);
        }
        PackedModel model = load.model;
        PackedFormatException refusal = load.refusal;
        if (refusal != null) {
            String message = refusal.getMessage();
            if (message == null || message.length() < 10 || message.contains("\n")) {
                throw new AssertionError("not a sentence", refusal);
            }
        } else {
            checkWhole(model, bytes);
        }
        if (System.nanoTime() - start > SLOW) {
            throw new AssertionError("more than " + SLOW / 1e9 + " s");
        }
        return model != null;
    }

    /** A measured load. */
    private static final class Load {

        private PackedModel model;
        private PackedFormatException refusal;
        private final long allocated;

        Load(byte[] bytes) {
            long id = Thread.currentThread().getId();
            long before = THREADS.getThreadAllocatedBytes(id);
            try {
                model = PackedModel.fromBytes(bytes);
            } catch (PackedFormatException e) {
                refusal = e;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("neither a model nor a PackedFormatException", e);
            }
            allocated = THREADS.getThreadAllocatedBytes(id) - before;
        }
    }

    private static void checkWhole(PackedModel model, byte[] bytes) {
        if (!Arrays.equals(bytes, model.toBytes())) {
            throw new AssertionError("the model is written to other bytes");
        }
        // Takes longer than all the rest.
        if ((bytes[bytes.length - 1] & 31) == 0 && model.summary().isEmpty()) {
            throw new AssertionError("no summary");
        }
        long work = model.inputs();
        for (Operation operation : model.operations()) {
            work += operation.binaryProducts() + operation.floatProducts();
        }
        List<ValueType> values = model.program().types();
        for (ValueType value : values) {
            work += value.size();
        }
        long memory = values.stream().skip(1).mapToLong(ValueType::bytes).sum();
        if (memory > (64L << 20) + 256L * bytes.length) {
            throw new AssertionError(
                    "values of " + memory + " bytes for a file of " + bytes.length);
        }
        if (work > MOST) {
            return;
        }
        float[] row = new float[model.inputs()];
        for (int i = 0; i < row.length; ++i) {
            row[i] = i % 7 - 3;
        }
        try {
            if (model.predict(row).length != model.outputs()) {
                throw new AssertionError("not as many outputs as announced");
            }
        } catch (RuntimeException | Error e) {
            throw new AssertionError("a loaded model does not predict", e);
        }
    }
}
