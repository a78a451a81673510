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
package org.binaryops.tribuo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;

/** Nothing is left behind, neither handles nor native memory. */
class MemoryTest {

    /** All arrays of the process that a manager knows. */
    private static int arrays() {
        try (NDManager manager = NDManager.newBaseManager()) {
            return manager.getParentManager().getManagedArrays().size();
        }
    }

    /** The same after a collection: other tests may have left models to the collector. */
    private static int settledArrays() throws InterruptedException {
        int last = -1;
        for (int now = arrays(); now != last; now = arrays()) {
            last = now;
            System.gc();
            Thread.sleep(100);
        }
        return last;
    }

    /** Resident memory in MiB, or −1 where the system does not tell. */
    private static double resident() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return -1;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) / 1024)
                .findFirst()
                .orElse(-1);
    }

    private static DjlTrainer<Label> trainer(
            GradientOptimizer.Algorithm algorithm, int... hiddenSizes) {
        double momentum = algorithm == GradientOptimizer.Algorithm.SGD ? 0.9 : 0;
        GradientOptimizer optimizer =
                new GradientOptimizer(
                        algorithm, 1e-3, GradientOptimizer.Schedule.CONSTANT, 0, momentum);
        return new DjlTrainer<>(
                        new MlpArchitecture(hiddenSizes),
                        new DenseFeatureConverter(),
                        new LabelConverter(),
                        optimizer,
                        1,
                        16,
                        1L)
                .withValidation(0.25, 1);
    }

    @ParameterizedTest
    @EnumSource(GradientOptimizer.Algorithm.class)
    void trainingsLeaveNoArrays(GradientOptimizer.Algorithm algorithm) throws Exception {
        MutableDataset<Label> data = TestData.blobs(32, 1);
        DjlTrainer<Label> trainer = trainer(algorithm, 16);
        trainer.train(data).close();
        int before = settledArrays();
        for (int i = 0; i < 20; ++i) {
            try (DjlModel<Label> model = trainer.train(data)) {
                model.predict(data);
            }
            assertEquals(before, arrays(), "after training " + i);
        }
    }

    /** Prints the resident memory after 10 and after 70 trainings; run in a small process. */
    public static void main(String[] args) throws Exception {
        // 4 MB of parameters, 8 of moments: 60 leaks of the moments would be 480 MB.
        MutableDataset<Label> data = TestData.blobs(32, 1);
        DjlTrainer<Label> trainer = trainer(GradientOptimizer.Algorithm.ADAM, 1000, 1000);
        for (int i = 1; i <= 70; ++i) {
            trainer.train(data).close();
            if (i == 10 || i == 70) {
                settledArrays();
                System.out.println("RSS " + resident());
            }
        }
    }

    @Test
    void trainingsLeaveNoNativeMemory() throws Exception {
        assumeTrue(resident() > 0, "the system does not tell the resident memory");
        // A process of its own, whose heap is too small to hide or to feign a leak.
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx100m",
                                "-XX:+UseSerialGC",
                                "-DOPT_OUT_TRACKING=true",
                                "-Dai.djl.offline=true",
                                "-cp",
                                System.getProperty("java.class.path"),
                                MemoryTest.class.getName())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), output);
        double[] resident =
                output.lines()
                        .filter(line -> line.startsWith("RSS "))
                        .mapToDouble(line -> Double.parseDouble(line.substring(4)))
                        .toArray();
        double growth = resident[1] - resident[0];
        System.out.printf("60 trainings grew by %.1f MiB%n", growth);
        assertTrue(growth < 150, "grew by " + growth + " MiB");
    }

    @Test
    void predictionsLeaveNothing() throws Exception {
        MutableDataset<Label> data = TestData.blobs(32, 1);
        for (Architecture architecture :
                new Architecture[] {new MlpArchitecture(16), new BinaryMlpArchitecture(16)}) {
            DjlTrainer<Label> trainer =
                    new DjlTrainer<>(
                            architecture,
                            new DenseFeatureConverter(),
                            new LabelConverter(),
                            1,
                            16,
                            1e-3,
                            1L);
            try (DjlModel<Label> model = trainer.train(data)) {
                model.predict(data);
                int before = settledArrays();
                for (int i = 0; i < 50; ++i) {
                    model.predict(data);
                }
                assertEquals(before, arrays());
                for (int i = 0; i < 1000; ++i) {
                    model.predict(data.getExample(i % data.size()));
                    assertEquals(before, arrays(), "after single prediction " + i);
                }
            }
        }
    }

    @Test
    void failedTrainingsLeaveNothing() throws Exception {
        MutableDataset<Label> data = TestData.blobs(8, 1);
        data.getExample(0).setWeight(0);
        DjlTrainer<Label> failing = TestData.mlp(3, 8, 1e38, 4);
        int before = settledArrays();
        for (int i = 0; i < 3; ++i) {
            try {
                failing.train(data).close();
            } catch (IllegalStateException e) {
                assertTrue(e.getMessage().contains("became"), e.getMessage());
            }
            assertEquals(before, arrays());
        }
    }

    @Test
    void architecturesThatDoNotFitLeaveNothing() throws Exception {
        MutableDataset<Label> data = TestData.blobs(8, 1);
        DjlTrainer<Label> failing =
                new DjlTrainer<>(
                        new BadInputTest.WrongWidth(),
                        new DenseFeatureConverter(),
                        new LabelConverter(),
                        1,
                        2,
                        1e-3,
                        1L);
        int before = settledArrays();
        for (int i = 0; i < 5; ++i) {
            assertThrows(IllegalArgumentException.class, () -> failing.train(data));
            assertEquals(before, arrays(), "after attempt " + i);
        }
    }

    @Test
    void modelsThatNobodyClosesAreCollected() throws Exception {
        MutableDataset<Label> data = TestData.blobs(8, 1);
        DjlTrainer<Label> trainer = TestData.mlp(1, 8, 1e-3, 4);
        trainer.train(data).close();
        int before = settledArrays();
        for (int i = 0; i < 5; ++i) {
            trainer.train(data);
        }
        assertTrue(arrays() > before);
        for (int i = 0; i < 50 && arrays() > before; ++i) {
            System.gc();
            Thread.sleep(20);
        }
        assertEquals(before, arrays());
        // Whoever keeps the block keeps its parameters.
        ai.djl.nn.Block block = trainer.train(data).getBlock();
        System.gc();
        Thread.sleep(50);
        try (NDArray copy = block.getParameters().get(0).getValue().getArray().duplicate()) {
            assertTrue(copy.size() > 0);
        }
    }
}
