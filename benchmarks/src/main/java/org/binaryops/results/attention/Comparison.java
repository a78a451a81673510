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

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.None;

/** Trains every method on a task, with several seeds, and prints a table and a plot. */
final class Comparison {

    private static final int REPORTS = 20;

    private final Task task;
    private final RunOptions options;
    private final PrintWriter out;
    private final List<String> table = new ArrayList<>();
    private final XYChart chart =
            new XYChartBuilder()
                    .width(900)
                    .height(560)
                    .xAxisTitle("training step")
                    .yAxisTitle("loss")
                    .build();

    Comparison(Task task, RunOptions options, PrintWriter out) {
        this.task = task;
        this.options = options;
        this.out = out;
    }

    void run() {
        options.check();
        try {
            Files.createDirectories(options.output);
            task.prepare();
            line("| method | " + task.metric() + " | size kB | operations M | ms a step |");
            line("|---|---|---|---|---|");
            for (String method : options.methods) {
                compare(method);
            }
            Files.write(options.output.resolve("table.md"), table, StandardCharsets.UTF_8);
            BitmapEncoder.saveBitmap(
                    chart,
                    options.output.resolve("loss.png").toString(),
                    BitmapEncoder.BitmapFormat.PNG);
            table.forEach(out::println);
            out.println("Table and curves are in " + options.output.toAbsolutePath() + ".");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void line(String line) {
        table.add(line);
    }

    private void compare(String method) {
        double[] scores = new double[options.seeds];
        double[] times = new double[options.seeds];
        TransformerCost cost = null;
        for (int seed = 0; seed < options.seeds; ++seed) {
            Engine.getInstance().setRandomSeed(seed + 1);
            try (Model model = Model.newInstance(method, options.device())) {
                model.setBlock(task.model(method));
                try (Trainer trainer = model.newTrainer(config())) {
                    trainer.initialize(task.input());
                    long start = System.nanoTime();
                    train(trainer, method, seed);
                    times[seed] = (System.nanoTime() - start) / 1e6 / options.steps;
                    scores[seed] = task.score(trainer, new Random(1000));
                }
                cost = TransformerCost.of(model.getBlock(), task.positions());
            }
            out.printf(
                    Locale.ROOT,
                    "%s, seed %d: %s %.4f%n",
                    method,
                    seed + 1,
                    task.metric(),
                    scores[seed]);
            out.flush();
        }
        double mean = Arrays.stream(scores).average().orElseThrow();
        double spread =
                Math.sqrt(
                        Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum()
                                / Math.max(1, scores.length - 1));
        line(
                String.format(
                        Locale.ROOT,
                        "| %s | %.4f ± %.4f | %.1f | %.3f | %.0f |",
                        method,
                        mean,
                        spread,
                        cost.bytes() / 1000,
                        cost.operations() / 1e6,
                        Arrays.stream(times).average().orElseThrow()));
    }

    private DefaultTrainingConfig config() {
        Tracker rate =
                Tracker.cosine()
                        .setBaseValue(options.rate)
                        .optFinalValue(options.rate / 20)
                        .setMaxUpdates(options.steps)
                        .build();
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new ai.djl.Device[] {options.device()})
                .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).optClipGrad(1).build());
    }

    private void train(Trainer trainer, String method, int seed) {
        Random random = new Random(seed);
        int every = Math.max(1, options.steps / REPORTS);
        List<Integer> at = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        for (int step = 1; step <= options.steps; ++step) {
            try (NDManager manager = trainer.getManager().newSubManager()) {
                NDList batch = task.sample(manager, random);
                try (GradientCollector collector = trainer.newGradientCollector()) {
                    NDArray logits = trainer.forward(new NDList(batch.get(0))).head();
                    NDArray loss = task.loss(logits, batch.get(1));
                    collector.backward(loss);
                    if (step % every == 0) {
                        at.add(step);
                        losses.add((double) loss.getFloat());
                    }
                }
                trainer.step();
            }
            if (step % every == 0) {
                out.printf(
                        Locale.ROOT,
                        "%s, seed %d: step %d of %d, loss %.3f%n",
                        method,
                        seed + 1,
                        step,
                        options.steps,
                        losses.get(losses.size() - 1));
                out.flush();
            }
        }
        if (seed == 0) {
            chart.addSeries(method, at, losses).setMarker(new None());
        }
    }
}
