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
package org.binaryops.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.datasource.IDXDataSource;

/**
 * Images in the files of MNIST and Fashion-MNIST, read by Tribuo.
 *
 * @param train the training images
 * @param test the test images
 */
record ImageData(MutableDataset<Label> train, MutableDataset<Label> test) {

    /**
     * Reads a folder that holds {@code train-images-idx3-ubyte}, {@code train-labels-idx1-ubyte},
     * {@code t10k-images-idx3-ubyte} and {@code t10k-labels-idx1-ubyte}, each plain or with the
     * ending {@code .gz}.
     */
    static ImageData read(Path folder) throws IOException {
        return new ImageData(read(folder, "train"), read(folder, "t10k"));
    }

    private static MutableDataset<Label> read(Path folder, String part) throws IOException {
        return new MutableDataset<>(
                new IDXDataSource<>(
                        file(folder, part + "-images-idx3-ubyte"),
                        file(folder, part + "-labels-idx1-ubyte"),
                        new LabelFactory()));
    }

    private static Path file(Path folder, String name) throws IOException {
        for (String ending : new String[] {"", ".gz"}) {
            Path file = folder.resolve(name + ending);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        throw new IOException(
                "The data folder must hold "
                        + name
                        + " or "
                        + name
                        + ".gz, but "
                        + folder
                        + " has neither.");
    }
}
