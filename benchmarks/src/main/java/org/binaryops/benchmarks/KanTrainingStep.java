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

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.KanLinear;
import org.binaryops.kan.RadialBasis;
import org.binaryops.kan.ReluKanBasis;
import org.binaryops.training.MeanSquaredError;
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
 * One training step (forward, backward, AdamW) of Kolmogorov–Arnold networks: here, and in PyTorch
 * by the public formulas.
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

    private Model model;
    private Trainer trainer;
    private NDArray x;
    private NDArray y;
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
        int[] widths = Arrays.stream(parts[0].split(",")).mapToInt(Integer::parseInt).toArray();
        int batch = Integer.parseInt(parts[1]);
        SequentialBlock block = new SequentialBlock();
        for (int i = 1; i < widths.length; ++i) {
            block.add(layer(widths[i]));
        }
        boolean classes = widths[widths.length - 1] > 1;
        model = Model.newInstance("kan", Device.cpu());
        model.setBlock(block);
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(
                                        classes
                                                ? Loss.softmaxCrossEntropyLoss()
                                                : new MeanSquaredError())
                                .optDevices(new Device[] {Device.cpu()})
                                .optOptimizer(
                                        Optimizer.adamW()
                                                .optLearningRateTracker(Tracker.fixed(1e-3f))
                                                .optWeightDecays(1e-4f)
                                                .build()));
        trainer.initialize(new Shape(1, widths[0]));
        NDManager manager = model.getNDManager();
        x = manager.randomUniform(-1, 1, new Shape(batch, widths[0]));
        float[] labels = new float[batch];
        for (int i = 0; i < batch; ++i) {
            labels[i] = classes ? i % 10 : i / (float) batch;
        }
        y = manager.create(labels, classes ? new Shape(batch) : new Shape(batch, 1));
    }

    private Block layer(int units) {
        KanLinear.Builder builder = KanLinear.builder().setUnits(units);
        return switch (method) {
            case "spline" -> builder.build();
            case "spline-unscaled" -> builder.optScale(false).build();
            case "radial" ->
                    builder.optBasis(RadialBasis.builder().build())
                            .optScale(false)
                            .optBias(true)
                            .build();
            case "relu" ->
                    builder.optBasis(ReluKanBasis.builder().build())
                            .optBase(BaseBranch.NONE)
                            .optScale(false)
                            .optBias(true)
                            .build();
            default -> throw new IllegalArgumentException("unknown method " + method);
        };
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
            trainer.close();
            model.close();
        }
    }

    /**
     * One step.
     *
     * @throws IOException if the peer has died
     */
    @Benchmark
    public void step() throws IOException {
        if (peer != null) {
            ask.println("step");
            expect("done");
            return;
        }
        try (NDManager scratch = model.getNDManager().newSubManager()) {
            NDArray input = x.duplicate();
            input.attach(scratch);
            NDArray label = y.duplicate();
            label.attach(scratch);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList output = trainer.forward(new NDList(input));
                collector.backward(trainer.getLoss().evaluate(new NDList(label), output));
            }
            trainer.step();
        }
    }
}
