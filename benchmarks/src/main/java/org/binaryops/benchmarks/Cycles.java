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
package org.binaryops.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Adds the clock cycles of an operation to the results, and for {@link BinaryGemm} the
 * multiply-adds per cycle: {@code -prof org.binaryops.benchmarks.Cycles}.
 *
 * <p>Cycles are the processor time of the benchmark's own thread times the clock, so that what else
 * runs on the machine counts little; a benchmark that computes on other threads must not be
 * measured so. The clock is measured before and after each iteration, by a chain of additions and
 * exclusive-ors that take one cycle each and wait for one another.
 */
public final class Cycles implements InternalProfiler {

    private static final int STEPS = 8_000_000;

    private static volatile long sink;

    private double clock;
    private long before;

    /** For JMH. */
    public Cycles() {}

    /** {@inheritDoc} */
    @Override
    public String getDescription() {
        return "clock cycles of the benchmark's thread";
    }

    /** {@inheritDoc} */
    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        clock = cyclesPerNanosecond();
        before = workers();
    }

    /** {@inheritDoc} */
    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        double nanoseconds = workers() - before;
        double ghz = Math.max(clock, cyclesPerNanosecond());
        double cycles = nanoseconds * ghz / result.getMetadata().getAllOps();
        List<ScalarResult> results = new ArrayList<>();
        results.add(new ScalarResult("clock", ghz, "GHz", AggregationPolicy.AVG));
        results.add(new ScalarResult("cycles", cycles / 1e3, "kcycles/op", AggregationPolicy.AVG));
        String width = benchmark.getParam("width");
        if (width != null) {
            double macs = (double) BinaryGemm.SIZE * BinaryGemm.SIZE * Integer.parseInt(width);
            results.add(
                    new ScalarResult("macs", macs / cycles, "MAC/cycle", AggregationPolicy.AVG));
        }
        return results;
    }

    /** The processor time of the threads that run benchmarks, in nanoseconds. */
    private static long workers() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long sum = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().contains("jmh-worker")) {
                sum += threads.getThreadCpuTime(thread.getThreadId());
            }
        }
        return sum;
    }

    /** The best of a few attempts: whatever else runs only slows it. */
    private static double cyclesPerNanosecond() {
        double best = 0;
        for (int attempt = 0; attempt < 12; ++attempt) {
            long start = System.nanoTime();
            sink = chain(start);
            best = Math.max(best, (double) STEPS / (System.nanoTime() - start));
        }
        return best;
    }

    private static long chain(long seed) {
        long a = seed;
        long b = seed | 3;
        for (int i = 0; i < STEPS; i += 8) {
            a = (a ^ b) + seed;
            a = (a ^ seed) + b;
            a = (a ^ b) + seed;
            a = (a ^ seed) + b;
        }
        return a;
    }
}
