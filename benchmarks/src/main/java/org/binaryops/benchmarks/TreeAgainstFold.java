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

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.recurrent.GRU;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;

import org.binaryops.monoid.GruFoldAggregator;
import org.binaryops.monoid.GruOperator;
import org.binaryops.monoid.Segments;
import org.binaryops.monoid.Symmetrized;
import org.binaryops.monoid.TreeReduction;
import org.binaryops.monoid.TreeShape;
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

import java.util.concurrent.TimeUnit;

/**
 * One set of n elements with 32 features: the symmetrized recurrent cell along a balanced tree, the
 * same operator from left to right, the recurrent aggregator, and DJL's own recurrent layer, which
 * runs inside the engine. Forward alone, and forward with backward.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TreeAgainstFold {

    /** The number of elements of the set. */
    @Param({"16", "64", "256", "1024", "4096"})
    public int n;

    /** What folds the set. */
    @Param({"tree", "fold", "gru", "djl"})
    public String method;

    /** The number of features. */
    @Param("32")
    public int features;

    private NDManager manager;
    private ParameterStore store;
    private Block block;
    private Segments segments;
    private NDArray elements;

    /** For JMH. */
    public TreeAgainstFold() {}

    /** Builds the block and a set. */
    @Setup
    public void setUp() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
        Engine.getInstance().setRandomSeed(1);
        segments = Segments.ofLengths(n);
        elements = manager.randomNormal(new Shape(n, features));
        Shape[] shapes = {new Shape(1, n, features)};
        block =
                switch (method) {
                    case "tree", "fold" -> {
                        shapes = new Shape[] {new Shape(1, features), new Shape(1, features)};
                        yield new Symmetrized(new GruOperator());
                    }
                    case "gru" -> new GruFoldAggregator(false, 0);
                    case "djl" ->
                            GRU.builder()
                                    .setNumLayers(1)
                                    .setStateSize(features)
                                    .optBatchFirst(true)
                                    .optReturnState(false)
                                    .build();
                    default -> throw new IllegalArgumentException("unknown method " + method);
                };
        block.initialize(manager, DataType.FLOAT32, shapes);
    }

    /** Frees the native memory. */
    @TearDown
    public void tearDown() {
        manager.close();
    }

    private NDArray apply(NDArray x, boolean training) {
        return switch (method) {
            case "tree" -> TreeReduction.fold((Symmetrized) block, store, x, segments, training);
            case "fold" ->
                    TreeReduction.fold(
                            (Symmetrized) block,
                            store,
                            x,
                            segments,
                            TreeShape.LEFT_TO_RIGHT,
                            null,
                            null,
                            training);
            case "gru" -> ((GruFoldAggregator) block).aggregate(store, x, segments, training);
            default ->
                    block.forward(store, new NDList(x.reshape(1, n, features)), training)
                            .get(0)
                            .get(":, -1");
        };
    }

    /**
     * The forward pass, without a graph for gradients.
     *
     * @return the result
     */
    @Benchmark
    public float forward() {
        block.freezeParameters(true);
        try (NDManager step = manager.newSubManager()) {
            NDArray x = elements.stopGradient();
            x.attach(step);
            return apply(x, false).sum().getFloat();
        }
    }

    /**
     * The forward and the backward pass.
     *
     * @return the sum of the results
     */
    @Benchmark
    public float step() {
        block.freezeParameters(false);
        try (NDManager step = manager.newSubManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray x = elements.duplicate();
            x.attach(step);
            x.setRequiresGradient(true);
            NDArray sum = apply(x, true).sum();
            collector.backward(sum);
            return sum.getFloat();
        }
    }
}
