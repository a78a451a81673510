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

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.binaryops.network.BinaryMethod;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command of the bench.
 *
 * <p>Run it by {@code mvn -q -Pbench "-Dbench=--methods ste,reste --seeds 3 --out target/bench"};
 * {@code "-Dbench=--help"} lists the options, {@code "-Dbench=tables"} recomputes the tables of two
 * papers.
 */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        showDefaultValues = false,
        subcommands = {CellCommand.class, TablesCommand.class},
        description = {
            "Trains every method in every network on every data set with every seed and writes",
            "results.csv, results.md and plots. Started again with the same options it goes on",
            "where it was stopped."
        })
public final class Bench implements Callable<Integer> {

    /** Each takes some hundred megabytes. */
    private static final int MAX_JOBS = 8;

    @Mixin private TrainingOptions options;

    @Option(
            names = "--methods",
            split = ",",
            paramLabel = "NAME",
            description = "The methods (default: float and all named ones).")
    private List<String> methods = BinaryMethod.names();

    @Option(
            names = "--networks",
            split = ",",
            paramLabel = "NAME",
            description = "The networks (default: small-conv).")
    private List<String> networks = List.of(Networks.SMALL_CONV);

    @Option(
            names = "--data",
            split = ",",
            paramLabel = "DATA",
            description = {
                "The data sets: fashion-mnist (the bundled slice), a folder of IDX files or of the"
                        + " binary version of CIFAR-10, or NAME=FOLDER (default: fashion-mnist)."
            })
    private List<String> data = List.of(DataSource.BUNDLED);

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "How often each cell is trained (default: ${DEFAULT-VALUE}).")
    private int seeds = 3;

    @Option(
            names = "--jobs",
            paramLabel = "N",
            description =
                    "How many cells train at a time; changes no number but the times (default: one"
                            + " for each core or --threads cores, at most 8; 1 with --gpu).")
    private Integer jobs;

    @Option(
            names = "--small",
            description =
                    "A smoke run: 1 epoch, 1 seed, 500 training and 200 test images,"
                            + " whatever else is said.")
    private boolean small;

    @Option(
            names = "--out",
            paramLabel = "FOLDER",
            description = "Where results are kept (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("target/bench");

    @Spec private CommandSpec spec;

    /** For picocli. */
    public Bench() {}

    /**
     * Runs the bench and exits with 0 if all cells are finished, 1 if some failed, 2 for wrong
     * arguments.
     *
     * @param args the command line; {@code --help} explains it
     */
    public static void main(String[] args) {
        System.exit(
                run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /** Runs the bench without an exit. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine line = new CommandLine(new Bench()).setOut(out).setErr(err);
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

    /**
     * Runs the grid.
     *
     * @return the exit status
     * @throws IOException if data cannot be read or results cannot be written
     * @throws InterruptedException if the thread is interrupted
     */
    @Override
    public Integer call() throws IOException, InterruptedException {
        if (small) {
            options.epochs = 1;
            options.train = 500;
            options.test = 200;
            seeds = 1;
        }
        options.check();
        TrainingOptions.atLeast("--seeds", seeds, 1);
        if (jobs == null) {
            int cores = Runtime.getRuntime().availableProcessors();
            jobs = options.gpu ? 1 : Math.max(1, Math.min(MAX_JOBS, cores / options.threads));
        }
        TrainingOptions.atLeast("--jobs", jobs, 1);
        if (options.gpu) {
            CellTraining.checkDevice(true);
        }
        Map<Cell, DataSource> cells = cells();
        Files.createDirectories(out);
        try (FileChannel channel =
                FileChannel.open(
                        out.resolve(".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            if (!locks(channel)) {
                throw new IOException("--out: another bench is writing to " + out + ".");
            }
            return run(cells);
        }
    }

    /** Takes a lock that ends with the channel, or with this process however it ends. */
    private static boolean locks(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Seeds outermost: a run that is stopped early has something of every method. */
    private Map<Cell, DataSource> cells() throws IOException {
        Set<String> names = new LinkedHashSet<>();
        methods.forEach(name -> names.add(BinaryMethod.named(name).getName()));
        networks.forEach(Networks::check);
        List<DataSource> sources = new ArrayList<>();
        Map<DataSource, String> settings = new LinkedHashMap<>();
        for (String text : data) {
            DataSource source = DataSource.parse(text);
            sources.add(source);
            settings.put(source, Cell.settings(options, ImageSet.fingerprint(source.folder())));
        }
        Map<Cell, DataSource> cells = new LinkedHashMap<>();
        for (int seed = 1; seed <= seeds; ++seed) {
            for (DataSource source : sources) {
                for (String network : networks) {
                    for (String method : names) {
                        cells.put(
                                new Cell(
                                        method, network, source.name(), seed, settings.get(source)),
                                source);
                    }
                }
            }
        }
        return cells;
    }

    private int run(Map<Cell, DataSource> cells) throws IOException, InterruptedException {
        PrintWriter console = spec.commandLine().getOut();
        ResultStore store = ResultStore.open(out.resolve("results.csv"));
        if (store.wasTorn()) {
            console.println("The last line of results.csv was torn; its cell runs again.");
        }
        int finished = store.of(cells.keySet()).size();
        console.printf(
                "%d cells, %d of them finished before; %d at a time.%n",
                cells.size(), finished, jobs);
        console.flush();
        ProgressLog progress = new ProgressLog(console, cells.size(), finished, options.epochs);
        List<Cell> failed = new GridRunner(cells, options, store, out, progress).run(jobs);
        List<CellResult> results = store.of(cells.keySet());
        if (!results.isEmpty()) {
            ResultTable table = new ResultTable(results);
            ResultStore.replace(
                    out.resolve("results.md"), new MarkdownReport(table, options).text());
            Plots.draw(table, out);
        }
        failed.forEach(cell -> console.println("Failed: " + cell.title()));
        console.println("Results: " + out.resolve("results.md"));
        console.flush();
        return failed.isEmpty() ? 0 : 1;
    }
}
