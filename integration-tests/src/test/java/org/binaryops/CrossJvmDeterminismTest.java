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
package org.binaryops;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.binaryops.tribuo.BinaryMlpArchitecture;
import org.binaryops.tribuo.DjlModel;
import org.binaryops.tribuo.DjlTrainer;
import org.binaryops.tribuo.ImageFeatureConverter;
import org.binaryops.tribuo.LabelConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.datasource.IDXDataSource;

/** One seed gives the same network, bit for bit, in every process. */
class CrossJvmDeterminismTest {

    private static final String MARK = "CRC-32C of the parameters: ";

    /** Trains in a process of its own and prints the checksum. */
    public static void main(String[] seed) throws IOException {
        System.out.println(MARK + train(Long.parseLong(seed[0])));
    }

    /** Large enough that the engine shares its products among threads. */
    private static String train(long seed) throws IOException {
        Path folder = Path.of(System.getProperty("data"));
        MutableDataset<Label> images =
                new MutableDataset<>(
                        new IDXDataSource<>(
                                folder.resolve("t10k-images-idx3-ubyte.gz"),
                                folder.resolve("t10k-labels-idx1-ubyte.gz"),
                                new LabelFactory()));
        MutableDataset<Label> some =
                new MutableDataset<>(images.getSourceProvenance(), new LabelFactory());
        images.getData().subList(0, 1000).forEach(some::add);
        DjlTrainer<Label> trainer =
                new DjlTrainer<>(
                        new BinaryMlpArchitecture(128),
                        new ImageFeatureConverter(28, 28),
                        new LabelConverter(),
                        2,
                        64,
                        2e-3,
                        seed);
        CheckedOutputStream sum =
                new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32C());
        try (DjlModel<Label> model = trainer.train(some)) {
            model.getBlock().saveParameters(new DataOutputStream(sum));
        }
        return String.format("%08x", sum.getChecksum().getValue());
    }

    private static String trainElsewhere(long seed, Path folder) throws Exception {
        Path errors = Files.createTempFile(folder, "errors", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-DOPT_OUT_TRACKING=true",
                        "-Dai.djl.offline=true",
                        "-Ddata=" + System.getProperty("data"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrossJvmDeterminismTest.class.getName(),
                        Long.toString(seed));
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        builder.redirectError(errors.toFile());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), () -> read(errors));
        return output.lines()
                .filter(line -> line.startsWith(MARK))
                .map(line -> line.substring(MARK.length()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(output));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void oneSeedGivesOneNetworkInEveryProcess(@TempDir Path folder) throws Exception {
        String here = train(7);
        assertTrue(here.matches("[0-9a-f]{8}"), here);
        assertEquals(here, trainElsewhere(7, folder));
        assertEquals(here, trainElsewhere(7, folder));
        assertNotEquals(here, train(8));
    }
}
