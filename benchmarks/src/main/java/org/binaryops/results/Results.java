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
package org.binaryops.results;

import java.io.IOException;
import java.io.PrintWriter;
import org.binaryops.results.attention.AttentionCommand;
import org.binaryops.results.kan.KanCommand;
import org.binaryops.results.lcm.LcmCommand;
import org.binaryops.results.packed.PackedCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command that makes published results again.
 *
 * <p>Run it by {@code mvn -q -Presults "-Dresults=FAMILY TASK"}; {@code "-Dresults=--help"} lists
 * the families.
 */
@Command(
        name = "results",
        mixinStandardHelpOptions = true,
        subcommands = {
            KanCommand.class,
            LcmCommand.class,
            AttentionCommand.class,
            PackedCommand.class
        },
        description = "Makes published results again and prints them beside the reported figures.")
public final class Results implements Runnable {

    /** For picocli. */
    public Results() {}

    /**
     * Runs one result and exits with 0 if it was made, 1 if it failed, 2 for wrong arguments.
     *
     * @param args the command line; {@code --help} explains it
     */
    public static void main(String[] args) {
        System.exit(
                run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /**
     * Runs one result without an exit.
     *
     * @param out where the result is printed
     * @param err where errors are printed
     * @param args the command line
     * @return the exit status
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new Results()).setOut(out).setErr(err);
        line.setExecutionExceptionHandler(
                (e, command, parsed) -> {
                    if (e instanceof IllegalArgumentException || e instanceof IOException) {
                        err.println(e.getMessage());
                        return e instanceof IOException ? 1 : 2;
                    }
                    throw e;
                });
        return line.execute(args);
    }

    /** Without a family there is only the help. */
    @Override
    public void run() {
        CommandLine.usage(this, System.out);
    }
}
