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

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The recipe that all cells of a grid share; handed on word for word to the JVM of a cell. */
final class TrainingOptions {

    @Option(
            names = "--epochs",
            paramLabel = "N",
            description = "Passes over the training images (default: ${DEFAULT-VALUE}).")
    int epochs = 8;

    @Option(
            names = "--batch",
            paramLabel = "N",
            description = "Images in a training step (default: ${DEFAULT-VALUE}).")
    int batch = 100;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description =
                    "The rate Adam starts with; it falls to 0 along a cosine (default:"
                            + " ${DEFAULT-VALUE}).")
    double learningRate = 1e-3;

    @Option(
            names = "--train",
            paramLabel = "N",
            description = "Use the first N training images only (default: all).")
    int train;

    @Option(
            names = "--test",
            paramLabel = "N",
            description = "Use the first N test images only (default: all).")
    int test;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "Threads of the engine in a cell (default: ${DEFAULT-VALUE}). Sums of several"
                            + " threads round differently: results are repeatable for one number"
                            + " of threads.")
    int threads = 1;

    @Option(names = "--gpu", description = "Train on the first CUDA device.")
    boolean gpu;

    /** Throws an {@link IllegalArgumentException} that names the option that is out of range. */
    void check() {
        atLeast("--epochs", epochs, 1);
        // Batch norm needs two images.
        atLeast("--batch", batch, 2);
        atLeast("--train", train, 0);
        atLeast("--test", test, 0);
        atLeast("--threads", threads, 1);
        if (!(learningRate > 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "--learning-rate must be positive and finite, but was " + learningRate + ".");
        }
    }

    static void atLeast(String option, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(
                    option + " must be at least " + least + ", but was " + value + ".");
        }
    }

    /** Whatever decides about the numbers of a cell besides its names, seed and data. */
    String recipe() {
        return String.join(
                " ",
                "recipe " + CellTraining.RECIPE_VERSION,
                "epochs " + epochs,
                "batch " + batch,
                "rate " + learningRate,
                "train " + train,
                "test " + test,
                "threads " + threads,
                gpu ? "gpu" : "cpu");
    }

    /** The options as a command line. */
    List<String> arguments() {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--epochs=" + epochs,
                                "--batch=" + batch,
                                "--learning-rate=" + learningRate,
                                "--train=" + train,
                                "--test=" + test,
                                "--threads=" + threads));
        if (gpu) {
            arguments.add("--gpu");
        }
        return arguments;
    }
}
