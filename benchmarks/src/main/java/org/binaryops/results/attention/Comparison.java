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

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Trains every method on a task, with several seeds, and keeps tables and plots. */
final class Comparison {

    private static final int REPORTS = 20;

    private final Task task;
    private final RunOptions options;
    private final PrintWriter out;
    private final int every;
    private final List<MethodResult> results = new ArrayList<>();

    /** The control of each seed, if the others are to learn from it. */
    private final List<Teacher> teachers = new ArrayList<>();

    Comparison(Task task, RunOptions options, PrintWriter out) {
        this.task = task;
        this.options = options;
        this.out = out;
        every = Math.max(1, options.steps / REPORTS);
    }

    void run() {
        options.check();
        try {
            Files.createDirectories(options.output);
            task.prepare();
            for (String method : options.methods) {
                results.add(compare(method));
                // A run that is ended early leaves what it has.
                keep();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            teachers.forEach(Teacher::close);
        }
        out.println(table());
        out.println("Tables and curves are in " + options.output.toAbsolutePath() + ".");
    }

    private String table() {
        StringBuilder table = new StringBuilder(MethodResult.header(task.metric()));
        results.forEach(result -> table.append('\n').append(result.row()));
        return table.toString();
    }

    private void keep() throws IOException {
        Files.writeString(
                options.output.resolve("table.md"), table() + '\n', StandardCharsets.UTF_8);
        List<String> rows = new ArrayList<>(List.of("method,seed," + task.metric()));
        for (MethodResult result : results) {
            for (int i = 0; i < result.scores().length; ++i) {
                rows.add(
                        String.format(
                                Locale.ROOT,
                                "%s,%d,%.4f",
                                result.method(),
                                i + 1,
                                result.scores()[i]));
            }
        }
        Files.write(options.output.resolve("scores.csv"), rows, StandardCharsets.UTF_8);
        ComparisonPlots.draw(task.metric(), results, options.output);
    }

    private MethodResult compare(String method) {
        double[] scores = new double[options.seeds];
        double[] millis = new double[options.seeds];
        double[] losses = new double[options.steps / every];
        TransformerCost cost = null;
        for (int seed = 0; seed < options.seeds; ++seed) {
            Engine.getInstance().setRandomSeed(seed + 1);
            Model model = Model.newInstance(method, options.device());
            boolean control = options.distill && results.isEmpty();
            try {
                model.setBlock(task.model(method));
                Teacher teacher = options.distill && !control ? teachers.get(seed) : null;
                try (Trainer trainer = model.newTrainer(config())) {
                    trainer.initialize(task.input());
                    if (teacher != null) {
                        teacher.start(model.getBlock());
                        task.started(model.getBlock());
                    }
                    long start = System.nanoTime();
                    double[] course = train(trainer, teacher, method, seed);
                    millis[seed] = (System.nanoTime() - start) / 1e6 / options.steps;
                    for (int i = 0; i < losses.length; ++i) {
                        losses[i] += course[i] / options.seeds;
                    }
                    scores[seed] = task.score(trainer, new Random(1000));
                }
                cost = TransformerCost.of(model.getBlock(), task.positions());
            } finally {
                if (control) {
                    teachers.add(new Teacher(model));
                } else {
                    model.close();
                }
            }
            say("%s, seed %d: %s %.4f", method, seed + 1, task.metric(), scores[seed]);
        }
        List<Integer> steps = new ArrayList<>();
        List<Double> means = new ArrayList<>();
        for (int i = 0; i < losses.length; ++i) {
            steps.add((i + 1) * every);
            means.add(losses[i]);
        }
        return new MethodResult(method, scores, millis, steps, means, cost);
    }

    private void say(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }

    private DefaultTrainingConfig config() {
        Tracker rate =
                Tracker.cosine()
                        .setBaseValue(options.rate)
                        .optFinalValue(options.rate / 20)
                        .setMaxUpdates(options.steps)
                        .build();
        return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new Device[] {options.device()})
                .addTrainingListeners(task.listeners().toArray(TrainingListener[]::new))
                .optOptimizer(Optimizer.adam().optLearningRateTracker(rate).optClipGrad(1).build());
    }

    /** Trains, and returns the mean losses of the task between two reports. */
    private double[] train(Trainer trainer, Teacher teacher, String method, int seed) {
        Random random = new Random(seed);
        double[] means = new double[options.steps / every];
        for (int step = 1; step <= options.steps; ++step) {
            double loss = step(trainer, teacher, random);
            trainer.notifyListeners(listener -> listener.onTrainingBatch(trainer, null));
            int report = (step - 1) / every;
            if (report < means.length) {
                means[report] += loss / every;
            }
            if (step % every == 0) {
                say(
                        "%s, seed %d: step %d of %d, loss %.3f",
                        method, seed + 1, step, options.steps, means[report]);
            }
        }
        return means;
    }

    private double step(Trainer trainer, Teacher teacher, Random random) {
        double value;
        try (NDManager manager = trainer.getManager().newSubManager()) {
            NDList batch = task.sample(manager, random);
            NDArray x = batch.get(0);
            NDList lesson = teacher == null ? null : teacher.lesson(manager, x);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList outputs = trainer.forward(new NDList(x));
                NDArray loss = task.loss(outputs.head(), batch.get(1));
                NDArray all = task.objective(trainer.getModel().getBlock(), loss);
                if (teacher != null) {
                    all = all.add(Teacher.distance(lesson, outputs));
                }
                collector.backward(all);
                value = loss.getFloat();
            }
            trainer.step();
        }
        return value;
    }
}
