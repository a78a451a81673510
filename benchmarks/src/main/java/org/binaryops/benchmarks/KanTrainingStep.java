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
package org.binaryops.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One training step (forward, backward, AdamW) of Kolmogorov–Arnold networks, and the forward pass
 * alone: here, and in PyTorch by the public formulas.
 *
 * <p>The methods that start with "torch-" run in a Python process (peers/kan_training_step.py,
 * which says what they are); a line over a pipe asks it for each step. It needs PyTorch;
 * -Dpeer.python names the interpreter, -Dpeer.folder the folder of the script and -Dpeer.arguments
 * what else to pass, such as a checkout of efficient-kan. Both sides are one process of as many
 * threads as there are cores, and take turns.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2)
public class KanTrainingStep {

    /** The layer. */
    @Param({
        "spline",
        "torch-efficient-kan",
        "spline-unscaled",
        "torch-efficient-kan-unscaled",
        "radial",
        "torch-fastkan",
        "relu",
        "torch-relu-kan"
    })
    public String method;

    /** Widths of the network, and after the colon the size of the batch. */
    @Param({"784,64,10:256", "1000,1000,1:100"})
    public String network;

    /** What updates the parameters here: BlockwiseAdamW, or DJL's AdamW. */
    @Param("blockwise")
    public String optimizer;

    private KanNetwork net;
    private Process peer;
    private PrintWriter ask;
    private BufferedReader answer;

    /** For JMH. */
    public KanTrainingStep() {}

    /**
     * Builds the network and a batch.
     *
     * @throws IOException if the peer does not start
     */
    @Setup
    public void setUp() throws IOException {
        String[] parts = network.split(":");
        if (method.startsWith("torch-")) {
            startPeer(parts[0], parts[1]);
            return;
        }
        net = new KanNetwork(method, network, optimizer.equals("djl"));
    }

    private void startPeer(String widths, String batch) throws IOException {
        String folder = System.getProperty("peer.folder", "benchmarks/peers");
        List<String> command =
                new ArrayList<>(
                        List.of(
                                System.getProperty("peer.python", "python3"),
                                folder + "/kan_training_step.py",
                                method.substring("torch-".length()),
                                widths,
                                batch));
        String more = System.getProperty("peer.arguments", "");
        if (!more.isEmpty()) {
            command.addAll(List.of(more.split(" ")));
        }
        peer = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        ask = new PrintWriter(peer.getOutputStream(), true, StandardCharsets.UTF_8);
        answer =
                new BufferedReader(
                        new InputStreamReader(peer.getInputStream(), StandardCharsets.UTF_8));
        expect("ready");
    }

    private void expect(String wanted) throws IOException {
        String line = answer.readLine();
        if (!wanted.equals(line)) {
            throw new IOException("The peer should say " + wanted + ", but said " + line);
        }
    }

    /** Frees the native memory, and ends the peer. */
    @TearDown
    public void tearDown() {
        if (peer != null) {
            ask.close();
            peer.destroy();
        } else {
            net.close();
        }
    }

    /**
     * One step.
     *
     * @throws IOException if the peer has died
     */
    @Benchmark
    public void step() throws IOException {
        if (peer == null) {
            net.step();
        } else {
            ask.println("step");
            expect("done");
        }
    }

    /**
     * The forward pass alone.
     *
     * @throws IOException if the peer has died
     */
    @Benchmark
    public void forward() throws IOException {
        if (peer == null) {
            net.forward();
        } else {
            ask.println("forward");
            expect("done");
        }
    }
}
