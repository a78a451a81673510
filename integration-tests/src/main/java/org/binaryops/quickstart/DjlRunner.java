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
package org.binaryops.quickstart;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Saves and times a block in the DJL engine, as a user of DJL would run it. */
final class DjlRunner {

    private static final int BATCH = 256;

    private DjlRunner() {}

    /** Saves the parameters of a block and returns the size of the file. */
    static long save(Block block, Path file) throws IOException {
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
            block.saveParameters(out);
        }
        return Files.size(file);
    }

    /** The median time of one {@link Predictor} call with one image, in microseconds. */
    static double latencyMicros(Block block, float[][] images) {
        try (Model model = Model.newInstance("latency")) {
            model.setBlock(block);
            try (Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator());
                    NDManager manager = NDManager.newBaseManager()) {
                return Stopwatch.medianNanos(
                                i -> {
                                    float[] image = images[i % images.length];
                                    try (NDArray x =
                                            manager.create(image, new Shape(1, image.length))) {
                                        argMax(predictor, x);
                                    } catch (TranslateException e) {
                                        throw new IllegalStateException(e);
                                    }
                                })
                        / 1e3;
            }
        }
    }

    private static void argMax(Predictor<NDList, NDList> predictor, NDArray x)
            throws TranslateException {
        NDList out = predictor.predict(new NDList(x));
        try {
            out.singletonOrThrow().argMax(1).getLong();
        } finally {
            out.close();
        }
    }

    /** The number of images a second in batches of 256, from a float array to classes. */
    static double imagesPerSecond(Block block, float[][] images) {
        int features = images[0].length;
        float[] batch = batch(images, BATCH);
        double nanos =
                Stopwatch.medianNanos(
                        i -> {
                            try (NDManager manager = NDManager.newBaseManager()) {
                                NDArray x = manager.create(batch, new Shape(BATCH, features));
                                block.forward(
                                                new ParameterStore(manager, false),
                                                new NDList(x),
                                                false)
                                        .singletonOrThrow()
                                        .argMax(1)
                                        .toLongArray();
                            }
                        });
        return BATCH / nanos * 1e9;
    }

    /** Random images side by side. */
    static float[] batch(float[][] images, int count) {
        int features = images[0].length;
        Random random = new Random(1);
        float[] batch = new float[count * features];
        for (int i = 0; i < count; ++i) {
            float[] image = images[random.nextInt(images.length)];
            System.arraycopy(image, 0, batch, i * features, features);
        }
        return batch;
    }
}
