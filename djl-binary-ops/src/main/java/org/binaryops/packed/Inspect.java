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
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The command line of the library's jar: says what a packed file holds.
 *
 * <pre>
 * java -jar djl-binary-ops.jar inspect FILE...   layers, sizes, operations, trials of reuse
 * java -jar djl-binary-ops.jar bench FILE...     load time, rows a second, one at a time and in
 *                                                batches
 * </pre>
 *
 * <p>The exit status is 0; 1 if a file is damaged or cannot be read, with one sentence for each
 * such file on the standard error stream; 2 if the command line itself is wrong.
 *
 * <p>Two commands with one kind of argument are parsed by hand, because the jar must start with
 * nothing beside it.
 */
public final class Inspect {

    private static final String USAGE =
            "usage: java -jar djl-binary-ops.jar inspect FILE...   (layers, sizes, operations)\n"
                    + "       java -jar djl-binary-ops.jar bench FILE...     (load time, rows a"
                    + " second)";

    private static final int BATCH = 256;
    private static final long WARM_UP = 700_000_000L;
    private static final long MEASURED = 1_000_000_000L;

    private Inspect() {}

    /**
     * Executes a command and ends the JVM with its status.
     *
     * @param arguments {@code inspect} or {@code bench}, then files
     */
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    static int run(String[] arguments, PrintStream out, PrintStream err) {
        boolean bench = arguments.length > 0 && arguments[0].equals("bench");
        if (arguments.length < 2 || !bench && !arguments[0].equals("inspect")) {
            err.println(USAGE);
            return 2;
        }
        int status = 0;
        for (int i = 1; i < arguments.length; ++i) {
            try {
                Path file = Path.of(arguments[i]);
                long start = System.nanoTime();
                PackedModel model = PackedModel.load(file);
                long loaded = System.nanoTime() - start;
                out.printf(Locale.ROOT, "%s: %,d bytes%n", file, Files.size(file));
                if (bench) {
                    out.printf(
                            Locale.ROOT,
                            "loaded in %.1f ms the first time, %.1f ms once warm%n",
                            loaded / 1e6,
                            load(file) / 1e6);
                    out.printf(Locale.ROOT, "%,.0f rows a second, one at a time%n", rate(model, 1));
                    out.printf(
                            Locale.ROOT,
                            "%,.0f rows a second, %d at a time, one thread%n",
                            rate(model, BATCH),
                            BATCH);
                } else {
                    out.print(model.summary());
                }
            } catch (PackedFormatException e) {
                // Names the file itself.
                err.println(e.getMessage());
                status = 1;
            } catch (NoSuchFileException e) {
                err.println(arguments[i] + ": there is no such file");
                status = 1;
            } catch (IOException | IllegalArgumentException e) {
                err.println(arguments[i] + ": cannot be read: " + e.getMessage());
                status = 1;
            }
        }
        return status;
    }

    /** The median time of a load, in nanoseconds, after a warm-up. */
    private static double load(Path file) throws IOException {
        List<Long> times = new ArrayList<>();
        long start = System.nanoTime();
        long now = start;
        while (now - start < WARM_UP + MEASURED) {
            long before = now;
            PackedModel.load(file);
            now = System.nanoTime();
            if (before - start > WARM_UP || times.isEmpty()) {
                times.add(now - before);
            }
        }
        times.sort(null);
        return times.get(times.size() / 2);
    }

    /** Rows a second of one thread, after a warm-up. */
    private static double rate(PackedModel model, int rows) {
        PackedSession session = model.newSession();
        float[] features = new float[Math.multiplyExact(rows, model.inputs())];
        for (int i = 0; i < features.length; ++i) {
            // All features differ, none is extreme.
            features[i] = (i * 37 % 101) / 50f - 1;
        }
        float[] outputs = new float[Math.multiplyExact(rows, model.outputs())];
        repeat(session, features, rows, outputs, WARM_UP);
        return repeat(session, features, rows, outputs, MEASURED);
    }

    private static double repeat(
            PackedSession session, float[] features, int rows, float[] outputs, long nanos) {
        long start = System.nanoTime();
        long count = 0;
        long time;
        do {
            session.predict(features, rows, outputs);
            count += rows;
            time = System.nanoTime() - start;
        } while (time < nanos);
        return count * 1e9 / time;
    }
}
