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

import ai.djl.Device;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that all tasks share; the defaults fit two cores and some ten minutes a method. */
final class RunOptions {

    @Option(
            names = "--methods",
            split = ",",
            description = "The methods, the first of them the control (default: ${DEFAULT-VALUE}).",
            defaultValue = "float,tbt-2-2-2,tbt-1-1-1,bit")
    List<String> methods;

    @Option(
            names = "--distill",
            negatable = true,
            defaultValue = "false",
            fallbackValue = "true",
            description =
                    "Let the other methods start from the trained weights of the first, and learn"
                        + " from its logits and layers too, as TBT, BiT and BiPFT are published;"
                        + " not for spikegpt.")
    boolean distill;

    @Option(
            names = "--seeds",
            description = "The number of runs of each method (default: ${DEFAULT-VALUE}).",
            defaultValue = "3")
    int seeds;

    @Option(
            names = "--steps",
            description = "The number of training steps (default: ${DEFAULT-VALUE}).",
            defaultValue = "600")
    int steps;

    @Option(
            names = "--batch",
            description = "The size of a batch (default: ${DEFAULT-VALUE}).",
            defaultValue = "32")
    int batch;

    @Option(
            names = "--rate",
            description = "The highest learning rate (default: ${DEFAULT-VALUE}).",
            defaultValue = "0.001")
    float rate;

    @Option(
            names = "--units",
            description = "The width of the model (default: ${DEFAULT-VALUE}).",
            defaultValue = "64")
    int units;

    @Option(
            names = "--heads",
            description = "The number of heads (default: ${DEFAULT-VALUE}).",
            defaultValue = "4")
    int heads;

    @Option(
            names = "--layers",
            description = "The number of layers (default: ${DEFAULT-VALUE}).",
            defaultValue = "2")
    int layers;

    @Option(
            names = "--length",
            description = "The number of tokens of a sequence (default: ${DEFAULT-VALUE}).",
            defaultValue = "48")
    int length;

    @Option(names = "--gpu", description = "Train on the first GPU; raise --units and --steps too.")
    boolean gpu;

    @Option(
            names = "--texts",
            description = "The folder of the texts (default: ${DEFAULT-VALUE}).",
            defaultValue = "data/text")
    Path texts;

    @Option(
            names = "--images",
            description = "The folder of the images (default: the bundled slice).",
            defaultValue = "${sys:data:-data/fashion-mnist}")
    Path images;

    @Option(
            names = "--output",
            description =
                    "The folder for the tables, the plots and what a task keeps (default:"
                            + " ${DEFAULT-VALUE}).",
            defaultValue = "target/attention")
    Path output;

    /** For picocli. */
    RunOptions() {}

    Device device() {
        return gpu ? Device.gpu() : Device.cpu();
    }

    void check() {
        for (int value : new int[] {seeds, steps, batch, units, heads, layers, length}) {
            if (value < 1) {
                throw new IllegalArgumentException(
                        "seeds, steps, batch, units, heads, layers and length must be positive, but"
                                + " one was "
                                + value
                                + ".");
            }
        }
        if (new HashSet<>(methods).size() < methods.size()) {
            throw new IllegalArgumentException(
                    "methods must differ, but were " + String.join(", ", methods) + ".");
        }
        if (distill && methods.contains(CharacterTask.SPIKEGPT)) {
            throw new IllegalArgumentException(
                    "--distill is not for spikegpt, whose layers are of another kind.");
        }
        if (gpu && ai.djl.engine.Engine.getInstance().getGpuCount() == 0) {
            throw new IllegalArgumentException("--gpu needs a GPU, but there is none.");
        }
    }
}
