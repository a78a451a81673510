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

import org.binaryops.quantizer.codebook.Codebook;
import org.binaryops.quantizer.codebook.DeadCodeReplacement;
import org.binaryops.quantizer.codebook.Objective;
import picocli.CommandLine.Option;

/** What the codebooks of {@code METHOD+codes} are like. */
final class CodebookOptions {

    @Option(
            names = "--codes",
            description = "The codes of each codebook (default: ${DEFAULT-VALUE}).",
            defaultValue = "500")
    private int codes;

    @Option(
            names = "--top-k",
            description = "How many codes stand for a vector (default: ${DEFAULT-VALUE}).",
            defaultValue = "8")
    private int topK;

    @Option(
            names = "--objective",
            description =
                    "What the codes learn from: ${COMPLETION-CANDIDATES} (default:"
                            + " ${DEFAULT-VALUE}).",
            defaultValue = "FULLAELOSS")
    private Objective objective;

    @Option(
            names = "--commitment",
            description =
                    "How strongly inputs are pulled to their codes, by VQVAE and FULLAELOSS; beside"
                            + " a loss that is a mean over tokens, some 1 / tokens of a batch"
                            + " (default: ${DEFAULT-VALUE}).",
            defaultValue = "0.00002")
    private double commitment;

    @Option(
            names = "--replace-every",
            description =
                    "Put inputs in the place of unused codes after so many steps (default:"
                            + " ${DEFAULT-VALUE}).",
            defaultValue = "100")
    private int replaceEvery;

    /** For picocli. */
    CodebookOptions() {}

    Codebook codebook() {
        return Codebook.builder()
                .setCodes(codes)
                .optTopK(topK)
                .optObjective(objective)
                .optCommitment(commitment)
                .build();
    }

    DeadCodeReplacement replacement() {
        return new DeadCodeReplacement(replaceEvery, .01);
    }
}
