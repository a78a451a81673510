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
package org.binaryops.results.attention;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.binaryops.benchmarks.EncoderLayerStep;

/**
 * Measures in a process of its own what the steps of one method add to its resident memory. A small
 * step comes first, which makes the gradients of the parameters and loads the code.
 */
final class MemoryProbe {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");
    private static final String RESET_PEAK = "5";

    private MemoryProbe() {}

    /**
     * Prints the growth between forward and backward, and at the peak, in kB.
     *
     * @param args the method, and the number of steps
     */
    public static void main(String[] args) throws IOException {
        try (EncoderLayerStep layer = new EncoderLayerStep(args[0])) {
            NDArray small = layer.newBatch(1, 8);
            NDArray x = layer.newBatch(EncoderLayerStep.BATCH, EncoderLayerStep.LENGTH);
            layer.run(small, () -> {});
            long before = read("VmRSS");
            Files.writeString(CLEAR, RESET_PEAK);
            long[] held = {0};
            for (int step = 0; step < Integer.parseInt(args[1]); ++step) {
                layer.run(x, () -> held[0] = Math.max(held[0], read("VmRSS") - before));
            }
            System.out.printf(Locale.ROOT, "%d %d%n", held[0], read("VmHWM") - before);
        }
    }

    private static long read(String field) {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(field + ":"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D+", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
