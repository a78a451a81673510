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
package org.binaryops.results.lcm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Arrays;

/** The peer script of {@link SpeedCommand} as a child process: a line in, a line out. */
final class PeerProcess implements AutoCloseable {

    private static final String SCRIPT = "benchmarks/peers/lcm_pyg.py";

    private final Process process;
    private final Writer questions;
    private final BufferedReader answers;

    PeerProcess(String python) {
        try {
            process =
                    new ProcessBuilder(python, SCRIPT)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        questions = process.outputWriter();
        answers = process.inputReader();
    }

    /** Sends a line and waits for the answer. */
    String ask(String question) {
        try {
            questions.write(question);
            questions.write('\n');
            questions.flush();
            String answer = answers.readLine();
            if (answer == null) {
                throw new IllegalStateException(SCRIPT + " ended at: " + question);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Numbers, after a warm-up. */
    double[] times(String body, double seconds, int repeats) {
        String[] words = ask(body + " " + seconds + " " + repeats).split(" ");
        return Arrays.stream(words).mapToDouble(Double::parseDouble).toArray();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
