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
 * Adds multiply-adds per cycle to the results of {@link BinaryGemm}: {@code -prof
 * org.binaryops.benchmarks.MacsPerCycle}.
 *
 * <p>The clock is measured before and after each iteration, by a chain of additions and
 * exclusive-ors that take one cycle each and wait for one another.
 */
public final class MacsPerCycle implements InternalProfiler {

    private static final int STEPS = 8_000_000;

    private static volatile long sink;

    private double before;

    /** For JMH. */
    public MacsPerCycle() {}

    /** {@inheritDoc} */
    @Override
    public String getDescription() {
        return "multiply-adds per clock cycle of a matrix product";
    }

    /** {@inheritDoc} */
    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        before = cyclesPerNanosecond();
    }

    /** {@inheritDoc} */
    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        double clock = Math.max(before, cyclesPerNanosecond());
        double macs = BinaryGemm.SIZE * (double) BinaryGemm.SIZE;
        macs *= Integer.parseInt(benchmark.getParam("width"));
        double nanoseconds = result.getPrimaryResult().getScore() * 1e3;
        return List.of(
                new ScalarResult(
                        "macs", macs / nanoseconds / clock, "MAC/cycle", AggregationPolicy.AVG),
                new ScalarResult("clock", clock, "GHz", AggregationPolicy.AVG));
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
