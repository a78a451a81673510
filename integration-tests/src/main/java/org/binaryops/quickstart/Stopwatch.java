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

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Times short actions by the median.
 *
 * <p>Enough to see which way is faster and by what factor on the machine at hand; the module {@code
 * benchmarks} measures with JMH.
 */
final class Stopwatch {

    private static final long WARM_UP_NANOS = 300_000_000;
    private static final long MEASURE_NANOS = 700_000_000;
    private static final int MOST = 20_000;

    private Stopwatch() {}

    /**
     * Runs an action for about a second after a warm-up.
     *
     * @param action receives the number of the run
     * @return the median time of a run, in nanoseconds
     */
    static double medianNanos(IntConsumer action) {
        int runs = 0;
        for (long start = System.nanoTime(); System.nanoTime() - start < WARM_UP_NANOS; ) {
            action.accept(runs++);
        }
        long[] nanos = new long[MOST];
        int count = 0;
        for (long start = System.nanoTime();
                count < MOST && (count < 5 || System.nanoTime() - start < MEASURE_NANOS);
                ++count) {
            long before = System.nanoTime();
            action.accept(runs++);
            nanos[count] = System.nanoTime() - before;
        }
        Arrays.sort(nanos, 0, count);
        return nanos[count / 2];
    }
}
