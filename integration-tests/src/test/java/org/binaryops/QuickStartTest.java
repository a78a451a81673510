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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.binaryops.packed.PackedModel;
import org.binaryops.quickstart.QuickStart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The quick start from end to end, with few epochs. */
class QuickStartTest {

    @Test
    void theWholeJourney(@TempDir Path out) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setProperty("epochs", "3");
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            QuickStart.main(new String[] {out.toString()});
        } finally {
            System.setOut(console);
            System.clearProperty("epochs");
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("the same scores on all 3000 test images"), text);
        assertTrue(text.contains("agree on 3000 of 3000 test images"), text);
        assertTrue(text.contains("is right on 2618 of 3000 test images"), text);
        for (String row : new String[] {"DJL float ", "DJL binarized ", "packed binarized "}) {
            assertTrue(text.contains("\n" + row), row);
        }
        double real = accuracy(text, "float");
        double binary = accuracy(text, "binarized");
        assertTrue(real > 80, "float " + real);
        assertTrue(binary > real - 3, "float " + real + ", binarized " + binary);
        assertTrue(Files.readString(out.resolve("report.html")).contains("packed binarized"));
        for (String picture : new String[] {"training.png", "samples.png"}) {
            assertTrue(ImageIO.read(out.resolve(picture).toFile()).getWidth() > 400, picture);
        }
        PackedModel packed = PackedModel.load(out.resolve("binarized.bops"));
        assertEquals(784, packed.inputs());
        long params = Files.size(out.resolve("binarized.params"));
        assertTrue(Files.size(out.resolve("binarized.bops")) * 20 < params);
    }

    private static double accuracy(String text, String name) {
        String before = "The " + name + " network: 3 epochs in ";
        String rest = text.substring(text.indexOf(before) + before.length());
        String marker = "test accuracy ";
        int at = rest.indexOf(marker) + marker.length();
        return Double.parseDouble(rest.substring(at, rest.indexOf(' ', at)));
    }
}
