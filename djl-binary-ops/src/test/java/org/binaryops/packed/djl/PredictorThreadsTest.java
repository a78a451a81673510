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
package org.binaryops.packed.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Batchifier;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.SmallModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Eight threads predict what one predicts. */
@Timeout(900)
class PredictorThreadsTest {

    private static final int THREADS = 8;
    private static final int PREDICTIONS = 100_000;
    private static final int ROWS = 257;

    @TempDir Path folder;

    private final PackedModel packed = SmallModels.of(11, 16, 40, 5);
    private final float[][] rows = new float[ROWS][16];
    private final int[] expected = new int[ROWS];

    /** Features, batched by stacking, to the bits of all outputs, hashed. */
    private static final class RowTranslator implements Translator<float[], Integer> {
        @Override
        public NDList processInput(TranslatorContext ctx, float[] input) {
            return new NDList(ctx.getNDManager().create(input));
        }

        @Override
        public Integer processOutput(TranslatorContext ctx, NDList list) {
            return Arrays.hashCode(list.singletonOrThrow().toFloatArray());
        }

        @Override
        public Batchifier getBatchifier() {
            return Batchifier.STACK;
        }
    }

    /** The same without a batch. */
    private static final class SingleTranslator implements NoBatchifyTranslator<float[], Integer> {
        @Override
        public NDList processInput(TranslatorContext ctx, float[] input) {
            return new NDList(ctx.getNDManager().create(input));
        }

        @Override
        public Integer processOutput(TranslatorContext ctx, NDList list) {
            return Arrays.hashCode(list.singletonOrThrow().toFloatArray());
        }
    }

    private ZooModel<float[], Integer> load(Translator<float[], Integer> translator)
            throws Exception {
        Random random = new Random(5);
        for (int row = 0; row < ROWS; ++row) {
            for (int i = 0; i < 16; ++i) {
                rows[row][i] = (float) random.nextGaussian();
            }
            expected[row] = Arrays.hashCode(packed.predict(rows[row]));
        }
        Path file = folder.resolve("small.bops");
        packed.save(file);
        return Criteria.builder()
                .setTypes(float[].class, Integer.class)
                .optEngine("BinaryOps")
                .optModelPath(file)
                .optTranslator(translator)
                .build()
                .loadModel();
    }

    /** One predictor for each thread, as DJL recommends. */
    @Test
    void aPredictorForEachThread() throws Exception {
        try (ZooModel<float[], Integer> model = load(new RowTranslator())) {
            List<Predictor<float[], Integer>> predictors = new ArrayList<>();
            for (int thread = 0; thread < THREADS; ++thread) {
                predictors.add(model.newPredictor());
            }
            check(predictors, PREDICTIONS);
            predictors.forEach(Predictor::close);
        }
    }

    /** One predictor for all: nothing in this engine forbids it. */
    @Test
    void onePredictorForAllThreads() throws Exception {
        try (ZooModel<float[], Integer> model = load(new SingleTranslator());
                Predictor<float[], Integer> predictor = model.newPredictor()) {
            List<Predictor<float[], Integer>> predictors = new ArrayList<>();
            for (int thread = 0; thread < THREADS; ++thread) {
                predictors.add(predictor);
            }
            check(predictors, PREDICTIONS / 10);
        }
    }

    private void check(List<Predictor<float[], Integer>> predictors, int predictions)
            throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Integer>> differing = new ArrayList<>();
            for (int thread = 0; thread < THREADS; ++thread) {
                Predictor<float[], Integer> predictor = predictors.get(thread);
                int start = thread * 31;
                differing.add(
                        executor.submit(
                                () -> {
                                    int wrong = 0;
                                    for (int i = 0; i < predictions; ++i) {
                                        int row = (start + i) % ROWS;
                                        if (predictor.predict(rows[row]) != expected[row]) {
                                            ++wrong;
                                        }
                                    }
                                    return wrong;
                                }));
            }
            for (Future<Integer> one : differing) {
                assertEquals(0, one.get());
            }
        } finally {
            executor.shutdownNow();
        }
    }
}
