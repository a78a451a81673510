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
package org.binaryops.bench;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A data set by name, with the folder that holds its files.
 *
 * @param name how tables call it
 * @param folder the folder of IDX files (MNIST and its relatives) or of the binary version of
 *     CIFAR-10
 */
record DataSource(String name, Path folder) {

    /** The slice of Fashion-MNIST that the sources of this library bundle. */
    static final String BUNDLED = "fashion-mnist";

    private static final String NAME = "[A-Za-z0-9._+-]+";

    DataSource {
        if (!name.matches(NAME)) {
            throw new IllegalArgumentException(
                    "--data: a name must consist of letters, digits and . _ + -, but was '"
                            + name
                            + "'.");
        }
    }

    /**
     * Reads {@code NAME=FOLDER}, the name of the bundled set, or a folder, which gives its own
     * name.
     */
    static DataSource parse(String text) {
        int equals = text.indexOf('=');
        if (equals > 0) {
            return existing(text.substring(0, equals), Path.of(text.substring(equals + 1)));
        }
        if (text.equals(BUNDLED)) {
            return existing(text, Path.of(System.getProperty("data", "data/" + BUNDLED)));
        }
        Path folder = Path.of(text);
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    "--data: expected "
                            + BUNDLED
                            + ", a folder or NAME=FOLDER, but got '"
                            + text
                            + "'.");
        }
        return existing(folder.toAbsolutePath().normalize().getFileName().toString(), folder);
    }

    private static DataSource existing(String name, Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    "--data: the folder of " + name + " does not exist: " + folder + ".");
        }
        return new DataSource(name, folder.toAbsolutePath().normalize());
    }

    /** What {@link #parse} takes. */
    String argument() {
        return name + '=' + folder;
    }
}
