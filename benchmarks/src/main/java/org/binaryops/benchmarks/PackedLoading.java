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

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.ResNet;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Loading the file of a packed ResNet-18, from the disk to a model that can predict, in a warm JVM.
 * The file stays in {@code target}, or in the folder of the system property {@code folder}; {@code
 * java -jar djl-binary-ops.jar bench FILE} measures the first load of a JVM on it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 3, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class PackedLoading {

    private Path file;

    /** For JMH. */
    public PackedLoading() {}

    /**
     * Packs the network.
     *
     * @throws IOException if the file cannot be written
     */
    @Setup
    public void setUp() throws IOException {
        Path folder = Path.of(System.getProperty("folder", "target"));
        file = Files.createDirectories(folder).resolve("resnet18.bops");
        Shape image = new Shape(1, 3, 32, 32);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = ResNet.resnet18(BinaryMethod.named("bireal"), 10);
            block.initialize(manager, DataType.FLOAT32, image);
            PackedCompiler.compile(block, image).save(file);
        }
    }

    /**
     * Loads the file.
     *
     * @return the model
     * @throws IOException if the file cannot be read
     */
    @Benchmark
    public PackedModel load() throws IOException {
        return PackedModel.load(file);
    }
}
