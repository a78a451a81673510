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
package org.binaryops.packed.kernel;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Divides work among the threads of a caller's executor. The parts write to different places and
 * each is computed as it would be alone, so that the result does not depend on their number.
 */
public final class Split {

    /** What is done with a range of numbers. */
    @FunctionalInterface
    public interface Range {

        /**
         * Does the work of a part.
         *
         * @param from the first number
         * @param to the number after the last
         */
        void run(int from, int to);
    }

    private Split() {}

    /**
     * Runs all of it and returns when it is done. The calling thread takes the first part itself,
     * and any that the executor refuses.
     *
     * @param executor runs the other parts
     * @param parts the number of parts at the most, 1 or more
     * @param size how many numbers there are, from 0 on
     * @param multiple a part begins at multiples of this number only
     * @param task the work; what it throws first is thrown to the caller when all parts have ended
     * @throws IllegalArgumentException if {@code parts} is not positive
     */
    public static void run(Executor executor, int parts, int size, int multiple, Range task) {
        int grains = (size + multiple - 1) / multiple;
        int count = Math.min(Checks.positive("parts", parts), grains);
        if (count <= 1) {
            task.run(0, size);
            return;
        }
        CountDownLatch left = new CountDownLatch(count - 1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int part = 1; part < count; ++part) {
            int from = bound(part, count, grains) * multiple;
            int to = Math.min(size, bound(part + 1, count, grains) * multiple);
            Runnable work =
                    () -> {
                        try {
                            task.run(from, to);
                        } catch (RuntimeException | Error e) {
                            failure.compareAndSet(null, e);
                        } finally {
                            left.countDown();
                        }
                    };
            try {
                executor.execute(work);
            } catch (RejectedExecutionException e) {
                work.run();
            }
        }
        try {
            task.run(0, bound(1, count, grains) * multiple);
        } finally {
            await(left);
        }
        if (failure.get() instanceof Error error) {
            throw error;
        }
        if (failure.get() instanceof RuntimeException exception) {
            throw exception;
        }
    }

    private static int bound(int part, int count, int grains) {
        return (int) ((long) part * grains / count);
    }

    /** The other parts write into the caller's arrays: it must not go on before they are done. */
    private static void await(CountDownLatch left) {
        boolean interrupted = false;
        while (true) {
            try {
                left.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
