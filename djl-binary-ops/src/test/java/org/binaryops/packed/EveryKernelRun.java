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

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.binaryops.packed.kernel.Kernels;

/**
 * A Java machine of its own that predicts with many models: prints the kernels, then for each model
 * a checksum of the bits of its outputs and, if asked, what a warm session allocates.
 */
final class EveryKernelRun {

    private static final int ROWS = 9;

    /** A round of calls takes so long, or is one call. */
    private static final long ROUND = 20_000_000L;

    /** So many rounds one after the other must allocate nothing. */
    private static final int ROUNDS = 3;

    /** Until the compiler has seen all of a model. */
    private static final long WARM_UP = 20_000_000_000L;

    private EveryKernelRun() {}

    /**
     * Runs all models.
     *
     * @param arguments a folder with packed files, and whether allocations shall be measured
     */
    public static void main(String[] arguments) throws IOException {
        System.out.println(Kernels.get().name());
        boolean measured = Boolean.parseBoolean(arguments[1]);
        for (Map.Entry<String, PackedModel> one : models(Path.of(arguments[0])).entrySet()) {
            PackedModel model = one.getValue();
            String line = one.getKey() + " " + Long.toHexString(checksum(model));
            long bytes = measured ? allocated(model) : 0;
            System.out.println(measured ? line + " " + bytes : line);
            // One that never ends to allocate is enough.
            measured &= bytes == 0;
        }
    }

    private static Map<String, PackedModel> models(Path folder) throws IOException {
        Map<String, PackedModel> models = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                models.put(file.getFileName().toString(), PackedModel.load(file));
            }
        }
        for (RandomModels.End end : RandomModels.End.values()) {
            models.put(end.name(), RandomModels.of(new Random(1), end, 33, 2, 70, 130, 5));
        }
        for (RandomPrograms.Kind kind : RandomPrograms.Kind.values()) {
            for (int seed = 0; seed < 3; ++seed) {
                models.put(kind.name() + seed, RandomPrograms.of(new Random(seed), kind));
            }
        }
        for (int seed = 0; seed < 12; ++seed) {
            int channels = 16 + 24 * (seed % 3);
            int width = 16 + 4 * (seed % 4);
            PackedModel model =
                    ResidualPrograms.of(new Random(seed), channels, 3, width, 1 + seed % 2);
            models.put("residual" + seed, model);
        }
        models.put("images", SmallModels.ofImages(3));
        models.put("wide", SmallModels.of(3, 784, 1024, 10));
        for (int width : new int[] {1, 63, 64, 65, 4098}) {
            models.put("width" + width, SmallModels.of(width, width, width, 3));
        }
        return models;
    }

    /** Of single rows and of a batch. */
    private static long checksum(PackedModel model) {
        CRC32 sum = new CRC32();
        float[] rows = RandomModels.floats(new Random(2), ROWS * model.inputs());
        float[] all = model.predict(rows, ROWS);
        float[] one = new float[model.inputs()];
        System.arraycopy(rows, 0, one, 0, one.length);
        for (float[] outputs : List.of(all, model.predict(one))) {
            for (float output : outputs) {
                int bits = Float.floatToIntBits(output);
                for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                    sum.update(bits >>> shift);
                }
            }
        }
        return sum.getValue();
    }

    /** The bytes that rounds of calls allocate once the compiler has seen them. */
    private static long allocated(PackedModel model) {
        PackedSession session = model.newSession();
        float[] rows = new float[ROWS * model.inputs()];
        float[] outputs = new float[ROWS * model.outputs()];
        float[] one = new float[model.inputs()];
        float[] output = new float[model.outputs()];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long last = 0;
        int without = 0;
        long end = System.nanoTime() + WARM_UP;
        while (without < ROUNDS && System.nanoTime() < end) {
            long before = threads.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            do {
                session.predict(one, output);
                session.classify(one);
                session.predict(rows, ROWS, outputs);
                model.predict(one, output);
                model.classify(one);
            } while (System.nanoTime() - start < ROUND);
            last = threads.getCurrentThreadAllocatedBytes() - before;
            without = last == 0 ? without + 1 : 0;
        }
        return without == ROUNDS ? 0 : last;
    }
}
