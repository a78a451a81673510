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
package org.binaryops.results.kan;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.binaryops.benchmarks.KanNetwork;
import org.binaryops.results.Results;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The memory of a training step: how far the resident set of a process grows, at its peak, from
 * before the network is built to after some steps. The same in a Python process for the public
 * formulas in PyTorch. Before, each process trains a tiny network, so that libraries, compiled code
 * and the JVM's heap (touched in advance) do not count. Linux only.
 */
@Command(
        name = "memory",
        mixinStandardHelpOptions = true,
        showDefaultValues = true,
        description = "Peak memory of training steps, here and in PyTorch (Linux, python3).")
public final class MemoryCommand implements Callable<Integer> {

    private static final String TINY = "4,3,2:8";

    @Option(
            names = "--networks",
            split = "/",
            defaultValue = "784,64,10:256/1000,1000,1:100",
            description = "Widths and batches.")
    private List<String> networks;

    @Option(names = "--steps", defaultValue = "10", description = "The number of steps.")
    private int steps;

    @Option(names = "--here", hidden = true, description = "Measures in this process.")
    private boolean here;

    @Spec private CommandSpec spec;

    /** For picocli. */
    public MemoryCommand() {}

    /** {@inheritDoc} */
    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (here) {
            out.println(measure(networks.get(0)));
            return 0;
        }
        out.println("growth of the resident set at its peak, " + steps + " steps, MB");
        out.println("| network : batch | here | efficient-kan's formulas in PyTorch | ratio |");
        out.println("|---|---|---|---|");
        for (String network : networks) {
            double own = child(network) / 1e6;
            double peer = peer(network) / 1e6;
            out.printf("| %s | %.0f | %.0f | %.2f |%n", network, own, peer, own / peer);
        }
        return 0;
    }

    private long measure(String network) throws IOException {
        try (KanNetwork tiny = new KanNetwork("spline", TINY, false)) {
            for (int i = 0; i < 500; ++i) {
                tiny.step();
            }
        }
        long before = status("VmRSS");
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
        try (KanNetwork net = new KanNetwork("spline", network, false)) {
            for (int i = 0; i < steps; ++i) {
                net.step();
            }
            return status("VmHWM") - before;
        }
    }

    private static long status(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(name + ":")) {
                return 1024 * Long.parseLong(line.replaceAll("\\D+", ""));
            }
        }
        throw new IOException("/proc/self/status has no " + name + ".");
    }

    private long child(String network) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"));
        command.addAll(List.of("-DOPT_OUT_TRACKING=true", "-Dai.djl.offline=true"));
        command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add(Results.class.getName());
        command.addAll(List.of("kan", "memory", "--here", "--steps", Integer.toString(steps)));
        command.addAll(List.of("--networks", network));
        return ask(command, List.of()).get(0);
    }

    private long peer(String network) throws IOException {
        String[] parts = network.split(":");
        String folder = System.getProperty("peer.folder", "benchmarks/peers");
        String python = System.getProperty("peer.python", "python3");
        List<String> asked = new ArrayList<>();
        for (int i = 0; i < steps; ++i) {
            asked.add("step");
        }
        asked.add("memory");
        List<String> command =
                List.of(
                        python,
                        folder + "/kan_training_step.py",
                        "efficient-kan",
                        parts[0],
                        parts[1]);
        return ask(command, asked).get(0);
    }

    /** The numbers that a process prints. */
    private static List<Long> ask(List<String> command, List<String> asked) throws IOException {
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (PrintWriter to =
                new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8)) {
            asked.forEach(to::println);
        }
        try (BufferedReader from =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            List<Long> numbers =
                    from.lines().filter(line -> line.matches("\\d+")).map(Long::valueOf).toList();
            if (numbers.isEmpty()) {
                throw new IOException("No figure came from " + String.join(" ", command));
            }
            return numbers;
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
