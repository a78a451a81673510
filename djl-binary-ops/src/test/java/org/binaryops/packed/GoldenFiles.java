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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * The golden files: a model of each kind, and beside it rows of features with the outputs that the
 * model gave when it was written. They are never written again.
 *
 * <p>Needs nothing but the runtime, so that a JVM without a test framework can use it.
 */
final class GoldenFiles {

    /** A row of features and what the model must make of it. */
    record Case(float[] features, float[] outputs) {}

    private GoldenFiles() {}

    static String name(RandomModels.End end) {
        return "golden-v1-" + end.name().toLowerCase(Locale.ROOT);
    }

    static String name(RandomPrograms.Kind kind) {
        return "golden-v" + kind.version() + "-" + kind.name().toLowerCase(Locale.ROOT);
    }

    static InputStream model(String name) {
        return GoldenFiles.class.getResourceAsStream(name + ".bops");
    }

    static List<Case> cases(String name) throws IOException {
        List<Case> cases = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(
                                GoldenFiles.class.getResourceAsStream(name + ".txt"),
                                StandardCharsets.US_ASCII))) {
            for (String line; (line = reader.readLine()) != null; ) {
                String[] sides = line.split(" -> ");
                cases.add(new Case(parse(sides[0]), parse(sides[1])));
            }
        }
        return cases;
    }

    private static float[] parse(String numbers) {
        String[] parts = numbers.split(" ");
        float[] values = new float[parts.length];
        for (int i = 0; i < parts.length; ++i) {
            values[i] = Float.parseFloat(parts[i]);
        }
        return values;
    }

    /** Exact: hexadecimal. */
    private static String format(float[] values) {
        StringBuilder text = new StringBuilder();
        for (float value : values) {
            text.append(text.length() == 0 ? "" : " ").append(Float.toHexString(value));
        }
        return text.toString();
    }

    /**
     * Writes the files of a new format version.
     *
     * @param args the folder
     */
    public static void main(String[] args) throws IOException {
        for (RandomPrograms.Kind kind : RandomPrograms.Kind.values()) {
            if (kind.version() < PackedFormat.VERSION) {
                continue;
            }
            Random random = new Random(kind.ordinal());
            PackedModel model = RandomPrograms.of(random, kind);
            StringBuilder text = new StringBuilder();
            for (int row = 0; row < 6; ++row) {
                float[] features = RandomModels.floats(random, model.inputs());
                features[row] = row % 2 == 0 ? 0f : -0f;
                text.append(format(features))
                        .append(" -> ")
                        .append(format(model.predict(features)))
                        .append('\n');
            }
            Path folder = Path.of(args[0]);
            Files.write(folder.resolve(name(kind) + ".bops"), model.toBytes());
            Files.writeString(folder.resolve(name(kind) + ".txt"), text);
        }
    }
}
