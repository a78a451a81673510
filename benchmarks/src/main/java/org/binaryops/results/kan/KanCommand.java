package org.binaryops.results.kan;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The family of Kolmogorov–Arnold networks. */
@Command(
        name = "kan",
        mixinStandardHelpOptions = true,
        subcommands = {
            HelloCommand.class,
            GridsCommand.class,
            MoonsCommand.class,
            PeaksCommand.class,
            ImagesCommand.class
        },
        description = "Kolmogorov-Arnold networks: pykan's notebooks, ReLU-KAN's functions, images.")
public final class KanCommand implements Runnable {

    @Spec private CommandSpec spec;

    /** For picocli. */
    public KanCommand() {}

    /** Without a task there is only the help. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
