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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.oracle.labs.mlrg.olcut.config.ConfigurationManager;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import com.oracle.labs.mlrg.olcut.provenance.primitives.IntProvenance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.tribuo.MutableDataset;
import org.tribuo.Trainer;
import org.tribuo.classification.Label;
import org.tribuo.provenance.impl.TrainerProvenanceImpl;

/** The same seed, the same model, bit for bit; also by way of the provenance. */
class ReproducibilityTest {

    private static final MutableDataset<Label> DATA = TestData.blobs(50, 4);

    private static byte[] train(Trainer<Label> trainer, int invocation) {
        try (DjlModel<Label> model =
                (DjlModel<Label>) trainer.train(DATA, Collections.emptyMap(), invocation)) {
            return TestData.parameters(model);
        }
    }

    private static int invocation(DjlModel<Label> model) {
        var values = model.getProvenance().getTrainerProvenance().getInstanceValues();
        var count = (IntProvenance) values.get(TrainerProvenanceImpl.TRAIN_INVOCATION_COUNT);
        return count.getValue();
    }

    @Test
    void aModelIsRebuiltFromItsProvenance() {
        DjlTrainer<Label> trainer =
                new DjlTrainer<>(
                                new BinaryMlpArchitecture(16),
                                new DenseFeatureConverter(),
                                new LabelConverter(),
                                GradientOptimizer.adamW(1e-2, 1e-3)
                                        .withSchedule(GradientOptimizer.Schedule.COSINE),
                                4,
                                8,
                                11L)
                        .withValidation(0.2, 2);
        for (int count = 0; count < 3; ++count) {
            try (DjlModel<Label> model = trainer.train(DATA)) {
                assertEquals(count, invocation(model));
                ConfigurationManager manager = new ConfigurationManager();
                var configuration =
                        ProvenanceUtil.extractConfiguration(
                                model.getProvenance().getTrainerProvenance());
                manager.addConfiguration(configuration);
                @SuppressWarnings("unchecked")
                DjlTrainer<Label> rebuilt =
                        (DjlTrainer<Label>) manager.lookup(configuration.get(0).getName());
                assertArrayEquals(TestData.parameters(model), train(rebuilt, count));
                assertEquals(trainer.toString(), rebuilt.toString());
            }
        }
    }

    @Test
    void eachInvocationDiffersAndCanBeRepeated() {
        DjlTrainer<Label> trainer = TestData.mlp(2, 16, 1e-2, 8);
        List<byte[]> models = new ArrayList<>();
        for (int i = 0; i < 3; ++i) {
            models.add(train(trainer, Trainer.INCREMENT_INVOCATION_COUNT));
            assertEquals(i + 1, trainer.getInvocationCount());
        }
        assertFalse(Arrays.equals(models.get(0), models.get(1)));
        assertArrayEquals(models.get(1), train(trainer, 1));
        assertEquals(2, trainer.getInvocationCount());
        assertArrayEquals(models.get(2), train(trainer, Trainer.INCREMENT_INVOCATION_COUNT));
        assertArrayEquals(models.get(0), train(TestData.mlp(2, 16, 1e-2, 8), 0));
        assertThrows(IllegalArgumentException.class, () -> trainer.setInvocationCount(-1));
    }

    @Test
    void concurrentTrainingsEqualSequentialOnes() throws Exception {
        DjlTrainer<Label> sequential = TestData.mlp(3, 16, 1e-2, 8);
        List<byte[]> expected = new ArrayList<>();
        for (int i = 0; i < 4; ++i) {
            expected.add(train(sequential, i));
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<byte[]>> actual = new ArrayList<>();
            for (int i = 0; i < 4; ++i) {
                int count = i;
                actual.add(threads.submit(() -> train(TestData.mlp(3, 16, 1e-2, 8), count)));
            }
            for (int i = 0; i < 4; ++i) {
                assertArrayEquals(expected.get(i), actual.get(i).get(), "training " + i);
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void concurrentPredictionsEqualSequentialOnes() throws Exception {
        try (DjlModel<Label> model = TestData.mlp(3, 16, 1e-2, 64, 64).train(DATA)) {
            double[][] expected = TestData.probabilities(model, DATA);
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<double[][]>> actual = new ArrayList<>();
                for (int i = 0; i < 200; ++i) {
                    actual.add(threads.submit(() -> TestData.probabilities(model, DATA)));
                }
                // A training at the same time must not disturb them, nor be disturbed.
                byte[] alone = train(TestData.mlp(3, 16, 1e-2, 8), 0);
                assertArrayEquals(alone, train(TestData.mlp(3, 16, 1e-2, 8), 0));
                for (Future<double[][]> prediction : actual) {
                    assertArrayEquals(expected, prediction.get());
                }
            } finally {
                threads.shutdown();
            }
        }
    }

    @Test
    void differentSeedsGiveDifferentModels() {
        DjlTrainer<Label> other =
                new DjlTrainer<>(
                        new MlpArchitecture(8),
                        new DenseFeatureConverter(),
                        new LabelConverter(),
                        2,
                        16,
                        1e-2,
                        43L);
        assertFalse(Arrays.equals(train(TestData.mlp(2, 16, 1e-2, 8), 0), train(other, 0)));
    }
}
