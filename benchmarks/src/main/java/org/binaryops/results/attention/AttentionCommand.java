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

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The results of the attention family: {@code results attention TASK}. */
@Command(
        name = "attention",
        mixinStandardHelpOptions = true,
        subcommands = {
            AttentionCommand.Mails.class,
            AttentionCommand.Images.class,
            AttentionCommand.Characters.class,
            AttentionCommand.Automaton.class,
            AttentionCommand.Memory.class
        },
        description = "Transformers by method on a real task, against the float control.")
public final class AttentionCommand implements Runnable {

    @Spec private CommandSpec spec;

    /** For picocli. */
    public AttentionCommand() {}

    /** Without a task there is only the help. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    /** Runs a task with the options of a command. */
    private abstract static class TaskCommand implements Runnable {

        @CommandLine.Mixin RunOptions options;

        @Spec CommandSpec spec;

        abstract Task task();

        @Override
        public void run() {
            new Comparison(task(), options, spec.commandLine().getOut()).run();
        }
    }

    /** Text classification: is a mail spam? */
    @Command(
            name = "mails",
            mixinStandardHelpOptions = true,
            description = "A BERT-like classifier on 2,000 mails: the share of mails told apart.")
    static final class Mails extends TaskCommand {
        @Override
        Task task() {
            return new MailTask(options);
        }
    }

    /** Image classification. */
    @Command(
            name = "images",
            mixinStandardHelpOptions = true,
            description = "A vision transformer on the bundled slice of Fashion-MNIST.")
    static final class Images extends TaskCommand {
        @Override
        Task task() {
            return new ImageTask(options);
        }
    }

    /** Language modelling. */
    @Command(
            name = "characters",
            mixinStandardHelpOptions = true,
            description =
                    "Character models on the beginning of Moby-Dick: bits per character. Besides"
                            + " the methods there is spikegpt.")
    static final class Characters extends TaskCommand {
        @Override
        Task task() {
            return new CharacterTask(options);
        }
    }

    /** The automaton of the codebook paper. */
    @Command(
            name = "automaton",
            mixinStandardHelpOptions = true,
            defaultValueProvider = AutomatonDefaults.class,
            description =
                    "A GPT-like model of a random automaton: the share of generated transitions"
                            + " that exist. METHOD+codes puts a codebook after each branch; it"
                            + " starts from the trained control unless there is --no-distill.")
    static final class Automaton extends TaskCommand {

        @CommandLine.Mixin private CodebookOptions codebooks;

        @Override
        Task task() {
            return new AutomatonTask(options, codebooks);
        }
    }

    /** The memory of a training step. */
    @Command(
            name = "memory",
            mixinStandardHelpOptions = true,
            description =
                    "What a training step of an encoder layer (batch 32, length 128, width 256)"
                            + " adds to the resident memory of a process; on Linux.")
    static final class Memory implements Runnable {

        @CommandLine.Option(
                names = "--methods",
                split = ",",
                description =
                        "The methods, or djl for DJL's block; the first is compared with (default:"
                                + " ${DEFAULT-VALUE}).",
                defaultValue =
                        "djl,float,tbt-1-1-1,tbt-2-2-2,tbt-1-1-8,bit,bibert,bipft,bivit,entmax,"
                                + "sparsemax,fourier-karat,karat")
        private List<String> methods;

        @CommandLine.Option(
                names = "--runs",
                description = "The number of processes a method (default: ${DEFAULT-VALUE}).",
                defaultValue = "3")
        private int runs;

        @CommandLine.Option(
                names = "--kept",
                description =
                        "Count what the C library keeps of freed memory too, which depends on the"
                                + " order of allocations.")
        private boolean kept;

        @Spec private CommandSpec spec;

        @Override
        public void run() {
            new StepMemory(methods, runs, kept, spec.commandLine().getOut()).run();
        }
    }
}
