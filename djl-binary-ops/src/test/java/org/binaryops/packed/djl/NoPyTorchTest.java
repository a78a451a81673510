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
package org.binaryops.packed.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.SmallModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A JVM with DJL's API and without any other engine loads, predicts an image and says its class.
 */
class NoPyTorchTest {

    @TempDir Path folder;

    @Test
    void anImageIsClassifiedWithoutPyTorch() throws Exception {
        PackedModel packed = SmallModels.of(9, 64, 64, 3);
        packed.save(folder.resolve("net.bops"));
        BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
        float[] features = new float[64];
        for (int i = 0; i < 64; ++i) {
            int gray = i * 37 % 256;
            image.getRaster().setSample(i % 8, i / 8, 0, gray);
            features[i] = gray / 255f;
        }
        ImageIO.write(image, "png", folder.resolve("image.png").toFile());

        // Everything that the tests have, but the engines and what only tests need.
        String path =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(p -> !p.matches(".*(pytorch|model-zoo|junit|jqwik|archunit).*"))
                        .collect(Collectors.joining(File.pathSeparator));
        assertTrue(path.contains("api-"), path);
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx64m",
                                "-DOPT_OUT_TRACKING=true",
                                "-Dai.djl.offline=true",
                                "-Djava.awt.headless=true",
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                                "-cp",
                                path,
                                WithoutPyTorch.class.getName(),
                                folder.resolve("net.bops").toString(),
                                folder.resolve("image.png").toString()));
        Process java =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String expected = List.of("a", "b", "c").get(packed.classify(features));
        assertEquals(
                List.of(
                        "engines: [BinaryOps, RPC], default BinaryOps",
                        "class: " + expected,
                        "matMul: The engine BinaryOps has no array operation matMul; add the engine"
                                + " PyTorch (ai.djl.pytorch:pytorch-engine) to the class path,"
                                + " which will then execute it."),
                output.strip().lines().toList());
        assertEquals(0, java.waitFor());
        assertTrue(Files.exists(folder.resolve("net.bops")));
    }
}
