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
package org.binaryops.tribuo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tribuo.Example;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;

/** Loss, weights, optimizers, schedules and early stopping against their formulas. */
class TrainingTest {

    private static final int FEATURES = 3;
    private static final int LABELS = 2;

    private static MutableDataset<Label> data(float... weights) {
        double[][] rows = {{0.2, 1, -0.5}, {1.1, 0.3, 0.4}, {-0.7, 0.9, 1.3}, {0.5, -1.2, 0.8}};
        MutableDataset<Label> data = TestData.empty();
        for (int i = 0; i < rows.length; ++i) {
            data.add(TestData.example(i % 2 == 0 ? "a" : "b", weights[i], rows[i]));
        }
        return data;
    }

    /** Logistic regression in batches of everything, without scaling. */
    private static DjlTrainer<Label> logistic(GradientOptimizer optimizer, int epochs) {
        return new DjlTrainer<>(
                new MlpArchitecture(),
                new DenseFeatureConverter(DenseFeatureConverter.Scaling.NONE),
                new LabelConverter(),
                optimizer,
                epochs,
                100,
                3L);
    }

    /** Weights [labels, features] followed by biases [labels]. */
    private static double[] flat(DjlModel<Label> model) {
        double[] result = new double[LABELS * FEATURES + LABELS];
        int i = 0;
        for (var parameter : model.getBlock().getParameters().values()) {
            for (float value : parameter.getArray().toFloatArray()) {
                result[i++] = value;
            }
        }
        assertEquals(result.length, i);
        return result;
    }

    private static double[] trained(
            GradientOptimizer optimizer, int epochs, MutableDataset<Label> data) {
        try (DjlModel<Label> model = logistic(optimizer, epochs).train(data)) {
            return flat(model);
        }
    }

    private static double[] initial(MutableDataset<Label> data) {
        return trained(GradientOptimizer.sgd(1e-30, 0), 1, data);
    }

    /** Loss and gradient of Σ wᵢ ℓᵢ / Σ wᵢ, written out. */
    private static double[] gradient(double[] p, MutableDataset<Label> data, double[] loss) {
        double[] gradient = new double[p.length];
        double total = 0;
        for (Example<Label> example : data) {
            total += example.getWeight();
        }
        for (Example<Label> example : data) {
            double[] x = new double[FEATURES];
            example.forEach(f -> x[f.getName().charAt(1) - '0'] = f.getValue());
            double[] e = new double[LABELS];
            double sum = 0;
            for (int k = 0; k < LABELS; ++k) {
                double s = p[LABELS * FEATURES + k];
                for (int j = 0; j < FEATURES; ++j) {
                    s += p[k * FEATURES + j] * x[j];
                }
                e[k] = Math.exp(s);
                sum += e[k];
            }
            int label = data.getOutputIDInfo().getID(example.getOutput());
            double w = example.getWeight() / total;
            loss[0] += -w * Math.log(e[label] / sum);
            for (int k = 0; k < LABELS; ++k) {
                double g = w * (e[k] / sum - (k == label ? 1 : 0));
                gradient[LABELS * FEATURES + k] += g;
                for (int j = 0; j < FEATURES; ++j) {
                    gradient[k * FEATURES + j] += g * x[j];
                }
            }
        }
        return gradient;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "2, 0.5, 0, 3", "7, 7, 7, 7"})
    void aStepFollowsTheWeightedGradient(float w0, float w1, float w2, float w3) {
        MutableDataset<Label> data = data(w0, w1, w2, w3);
        double[] before = initial(data);
        double[] loss = {0};
        double[] gradient = gradient(before, data, loss);
        try (DjlModel<Label> model = logistic(GradientOptimizer.sgd(0.5, 0), 1).train(data)) {
            double[] after = flat(model);
            for (int i = 0; i < before.length; ++i) {
                assertEquals(before[i] - 0.5 * gradient[i], after[i], 1e-6, "parameter " + i);
            }
            assertEquals(loss[0], model.getHistory().get(0).loss(), 1e-6);
        }
    }

    @Test
    void momentumAndWeightDecayFollowTheirFormulas() {
        MutableDataset<Label> data = data(1, 1, 1, 1);
        double rate = 0.2;
        double decay = 0.1;
        double momentum = 0.9;
        double[] p = initial(data);
        double[] velocity = new double[p.length];
        for (int step = 0; step < 3; ++step) {
            double[] g = gradient(p, data, new double[1]);
            for (int i = 0; i < p.length; ++i) {
                velocity[i] = momentum * velocity[i] + g[i] + decay * p[i];
                p[i] -= rate * velocity[i];
            }
        }
        GradientOptimizer sgd =
                new GradientOptimizer(
                        GradientOptimizer.Algorithm.SGD,
                        rate,
                        GradientOptimizer.Schedule.CONSTANT,
                        decay,
                        momentum);
        assertArrayEquals(p, trained(sgd, 3, data), 1e-5);
    }

    @ParameterizedTest
    @CsvSource({"ADAM, CONSTANT", "ADAMW, CONSTANT", "ADAMW, COSINE"})
    void adamFollowsItsFormula(
            GradientOptimizer.Algorithm algorithm, GradientOptimizer.Schedule schedule) {
        MutableDataset<Label> data = data(1, 2, 1, 1);
        double decay = 0.1;
        int steps = 4;
        double[] p = initial(data);
        double[] m = new double[p.length];
        double[] v = new double[p.length];
        for (int step = 1; step <= steps; ++step) {
            double rate = 0.05;
            if (schedule == GradientOptimizer.Schedule.COSINE) {
                rate *= 0.5 * (1 + Math.cos(Math.PI * (step - 1) / steps));
            }
            double[] g = gradient(p, data, new double[1]);
            for (int i = 0; i < p.length; ++i) {
                if (algorithm == GradientOptimizer.Algorithm.ADAMW) {
                    p[i] -= rate * decay * p[i];
                } else {
                    g[i] += decay * p[i];
                }
                m[i] = 0.9 * m[i] + 0.1 * g[i];
                v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
                double mHat = m[i] / (1 - Math.pow(0.9, step));
                double vHat = v[i] / (1 - Math.pow(0.999, step));
                p[i] -= rate * mHat / (Math.sqrt(vHat) + 1e-8);
            }
        }
        GradientOptimizer optimizer = new GradientOptimizer(algorithm, 0.05, schedule, decay, 0);
        assertArrayEquals(p, trained(optimizer, steps, data), 1e-4);
    }

    @Test
    void aWeightOfTwoIsTheExampleTwice() {
        MutableDataset<Label> twice = data(1, 1, 1, 1);
        twice.add(data(1, 1, 1, 1).getExample(0));
        double[] doubled = trained(GradientOptimizer.sgd(0.5, 0), 10, twice);
        double[] weighted = trained(GradientOptimizer.sgd(0.5, 0), 10, data(2, 1, 1, 1));
        assertArrayEquals(doubled, weighted, 1e-6);
    }

    @Test
    void theHistoryHoldsScheduleLossAndAccuracy() {
        DjlTrainer<Label> trainer =
                logistic(
                        GradientOptimizer.adam(0.1).withSchedule(GradientOptimizer.Schedule.COSINE),
                        4);
        try (DjlModel<Label> model = trainer.train(data(1, 1, 1, 1))) {
            List<EpochResult> history = model.getHistory();
            assertEquals(4, history.size());
            assertEquals(4, model.getBestEpoch());
            for (int i = 0; i < 4; ++i) {
                EpochResult epoch = history.get(i);
                assertEquals(i + 1, epoch.epoch());
                double rate = 0.1 * (1 + Math.cos(Math.PI * i / 4)) / 2;
                assertEquals(rate, epoch.learningRate(), 1e-12);
                assertTrue(epoch.score() >= 0 && epoch.score() <= 1);
                assertTrue(Double.isNaN(epoch.validationLoss()));
                assertTrue(Double.isNaN(epoch.validationScore()));
            }
            assertTrue(history.get(3).loss() < history.get(0).loss());
        }
    }

    @Test
    void earlyStoppingRestoresTheBestEpoch() {
        // Noise: what is learned about the training examples is wrong about the others.
        MutableDataset<Label> noise = TestData.empty();
        java.util.SplittableRandom random = new java.util.SplittableRandom(1);
        for (int i = 0; i < 40; ++i) {
            double[] values = random.doubles(6).toArray();
            noise.add(TestData.example(random.nextBoolean() ? "a" : "b", 1, values));
        }
        DjlTrainer<Label> trainer = TestData.mlp(100, 8, 1e-2, 16).withValidation(0.25, 3);
        int best;
        byte[] stopped;
        try (DjlModel<Label> model = trainer.train(noise)) {
            List<EpochResult> history = model.getHistory();
            best = model.getBestEpoch();
            assertEquals(best + 3, history.size());
            EpochResult smallest =
                    history.stream()
                            .min(Comparator.comparingDouble(EpochResult::validationLoss))
                            .orElseThrow();
            assertEquals(best, smallest.epoch());
            stopped = TestData.parameters(model);
        }
        // The same training, ended at that epoch.
        try (DjlModel<Label> model =
                TestData.mlp(best, 8, 1e-2, 16).withValidation(0.25, 0).train(noise)) {
            assertArrayEquals(TestData.parameters(model), stopped);
            assertEquals(best, model.getHistory().size());
        }
    }

    @Test
    void validationIsMeasuredOnTheHeldOutExamples() {
        // The two halves are equal, so that the loss of the model on all is that on those held out.
        MutableDataset<Label> data = TestData.empty();
        for (int i = 0; i < 10; ++i) {
            data.add(TestData.example("a", 1, 1, 0));
        }
        data.add(TestData.example("b", 0, 0, 1));
        try (DjlModel<Label> model = TestData.mlp(3, 4, 1e-2).withValidation(0.3, 0).train(data)) {
            double p =
                    TestData.probabilities(model, data)[0][
                            model.getOutputIDInfo().getID(new Label("a"))];
            EpochResult last = model.getHistory().get(2);
            assertEquals(-Math.log(p), last.validationLoss(), 1e-6);
        }
    }

    @Test
    void anExplodingLossIsReported() {
        assertExplosion("The parameter weight became ", 1);
        assertExplosion("The loss became NaN in epoch 2", 3);
    }

    @ParameterizedTest
    @CsvSource({
        "128, 128, 1",
        "129, 128, 2",
        "3, 2, 1",
        "5, 2, 2",
        "4, 2, 2",
        "5, 1, 5",
        "1, 8, 1"
    })
    void noBatchIsASmallRest(int examples, int batchSize, int expected) {
        assertEquals(expected, TrainingSession.batchCount(examples, batchSize));
    }

    private static void assertExplosion(String expected, int epochs) {
        MutableDataset<Label> large = TestData.empty();
        large.add(TestData.example("a", 1, 1e30));
        large.add(TestData.example("b", 1, 1e30));
        DjlTrainer<Label> trainer =
                new DjlTrainer<>(
                        new MlpArchitecture(),
                        new DenseFeatureConverter(DenseFeatureConverter.Scaling.NONE),
                        new LabelConverter(),
                        GradientOptimizer.sgd(1e30, 0),
                        epochs,
                        2,
                        1L);
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> trainer.train(large));
        assertTrue(e.getMessage().startsWith(expected), e.getMessage());
    }

    @Test
    void logsAndShowsProgress() {
        java.io.PrintStream out = System.out;
        java.io.ByteArrayOutputStream captured = new java.io.ByteArrayOutputStream();
        System.setOut(new java.io.PrintStream(captured, true));
        try (DjlModel<Label> model =
                TestData.mlp(3, 8, 1e-2, 4)
                        .withProgressBar(true)
                        .withLoggingInterval(5)
                        .train(TestData.blobs(32, 1))) {
            assertEquals(3, model.getHistory().size());
        } finally {
            System.setOut(out);
        }
        String bar = captured.toString();
        assertTrue(bar.contains("epoch 3/3") && bar.contains("accuracy"), bar);
        assertTrue(bar.contains("100%"), bar);
    }
}
