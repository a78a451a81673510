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

import ai.djl.ndarray.NDArray;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The time of an {@link EncoderLayerStep} with batch 32. What it takes of memory is measured by
 * {@code "-Dresults=attention memory"}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 4, time = 2)
public class EncoderStep {

    /** The number of tokens of a sequence. */
    @Param("128")
    public int length;

    /** The layer: DJL's, ours by the name of a method, or SpikeGPT's. */
    @Param({
        EncoderLayerStep.DJL,
        "float",
        "tbt-1-1-1",
        "tbt-2-2-2",
        "tbt-1-1-8",
        "bit",
        "bibert",
        "bipft",
        "bivit",
        "bivit-optimal",
        "entmax",
        "sparsemax",
        "fourier-karat",
        "karat",
        EncoderLayerStep.SPIKEGPT
    })
    public String method;

    private EncoderLayerStep layer;
    private NDArray x;

    /** For JMH. */
    public EncoderStep() {}

    /** Builds the layer and a batch. */
    @Setup
    public void setUp() {
        layer = new EncoderLayerStep(method, length);
        x = layer.newBatch(EncoderLayerStep.BATCH, length);
    }

    /** Frees the native memory. */
    @TearDown
    public void tearDown() {
        layer.close();
    }

    /** One step. */
    @Benchmark
    public void step() {
        layer.run(x, () -> {});
    }
}
