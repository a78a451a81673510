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

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import java.io.IOException;
import java.util.Random;
import org.binaryops.attention.VisionTransformer;
import org.binaryops.zoo.training.IdxImages;

/** Fashion-MNIST in 49 patches of 4 × 4 pixels. */
final class ImageTask extends Task {

    private static final int SIDE = 28;
    private static final int PATCH = 4;
    private static final int TESTED = 2000;

    private IdxImages train;
    private IdxImages test;

    ImageTask(RunOptions options) {
        super(options);
    }

    @Override
    String metric() {
        return "accuracy";
    }

    @Override
    void prepare() throws IOException {
        train = IdxImages.readTrain(options.images);
        test = IdxImages.readTest(options.images);
    }

    @Override
    Block model(String method) {
        return common(VisionTransformer.builder(), method)
                .setImage(new Shape(1, SIDE, SIDE))
                .setPatch(PATCH)
                .setClasses(10)
                .build();
    }

    @Override
    Shape input() {
        return new Shape(1, 1, SIDE, SIDE);
    }

    @Override
    int positions() {
        return SIDE / PATCH * (SIDE / PATCH);
    }

    @Override
    NDList sample(NDManager manager, Random random) {
        return batch(manager, train, random.ints(options.batch, 0, train.size()).toArray());
    }

    private static NDList batch(NDManager manager, IdxImages images, int[] at) {
        float[] x = new float[at.length * SIDE * SIDE];
        float[] y = new float[at.length];
        for (int i = 0; i < at.length; ++i) {
            byte[] grey = images.greyLevels(at[i]);
            for (int p = 0; p < grey.length; ++p) {
                x[i * SIDE * SIDE + p] = ((grey[p] & 0xff) - 73) / 90f;
            }
            y[i] = images.label(at[i]);
        }
        return new NDList(
                manager.create(x, new Shape(at.length, 1, SIDE, SIDE)), manager.create(y));
    }

    @Override
    double score(Trainer trainer, Random random) {
        int count = Math.min(TESTED, test.size());
        return accuracy(trainer, 0, count, (manager, at) -> batch(manager, test, at));
    }
}
