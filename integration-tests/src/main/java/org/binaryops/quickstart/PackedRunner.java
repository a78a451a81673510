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

import java.util.Random;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.PackedSession;

/** Times a packed network: plain Java, one thread, no native library. */
final class PackedRunner {

    private static final int BATCH = 256;

    private PackedRunner() {}

    /** The median time of one prediction, in microseconds. */
    static double latencyMicros(PackedModel model, float[][] images) {
        PackedSession session = model.newSession();
        int[] sink = new int[1];
        return Stopwatch.medianNanos(i -> sink[0] += session.classify(images[i % images.length]))
                / 1e3;
    }

    /** The number of images a second in batches of 256. */
    static double imagesPerSecond(PackedModel model, float[][] images) {
        float[] batch = DjlRunner.batch(images, BATCH);
        PackedSession session = model.newSession();
        int[] sink = new int[1];
        double nanos =
                Stopwatch.medianNanos(
                        i ->
                                sink[0] +=
                                        session.classify(batch, BATCH)[
                                                new Random(i).nextInt(BATCH)]);
        return BATCH / nanos * 1e9;
    }
}
