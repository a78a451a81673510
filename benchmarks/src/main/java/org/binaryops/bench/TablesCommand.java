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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Recomputes tables of two papers with the classes of this library. */
@Command(
        name = "tables",
        mixinStandardHelpOptions = true,
        description = {
            "Recomputes ReSTE's two indicators for every estimator and the quantization error of",
            "BiPer, beside reference figures, and writes tables.md."
        })
final class TablesCommand implements Callable<Integer> {

    @Option(
            names = "--normal-draws",
            paramLabel = "N",
            description = "Draws of N(0, 1) for the indicators (default: ${DEFAULT-VALUE}).")
    private int normalDraws = 1_000_000;

    @Option(
            names = "--laplace-draws",
            paramLabel = "N",
            description = "Weights for BiPer's errors (default: ${DEFAULT-VALUE}).")
    private int laplaceDraws = 4_000_000;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "The seed of the draws (default: ${DEFAULT-VALUE}).")
    private int seed = 1;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where tables.md is written (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("target/bench");

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        TrainingOptions.atLeast("--normal-draws", normalDraws, 2);
        TrainingOptions.atLeast("--laplace-draws", laplaceDraws, 2);
        Engine.getInstance().setRandomSeed(seed);
        String text;
        try (NDManager manager = NDManager.newBaseManager()) {
            text =
                    "# Tables of two papers, recomputed\n\n"
                            + IndicatorTable.markdown(manager, normalDraws)
                            + '\n'
                            + BiPerErrorTable.markdown(manager, laplaceDraws);
        }
        Files.createDirectories(out);
        ResultStore.replace(out.resolve("tables.md"), text);
        PrintWriter console = spec.commandLine().getOut();
        console.print(text);
        console.flush();
        return 0;
    }
}
