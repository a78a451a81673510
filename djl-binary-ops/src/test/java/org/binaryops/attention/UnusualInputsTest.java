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
package org.binaryops.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.List;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Inputs that are wrong get a sentence; a batch in which nothing is seen gets finite numbers. */
class UnusualInputsTest {

    private NDManager manager;

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(5);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    static List<String> all() {
        return AttentionMethod.names();
    }

    /** In float32, in which the reciprocal of the smallest range is infinite. */
    @ParameterizedTest
    @MethodSource("all")
    void aBatchThatSeesNothingIsDefined(String method) {
        NDArray x = manager.randomNormal(new Shape(2, 5, 8));
        NDArray[] masks = {
            manager.zeros(new Shape(2, 5, 5)), manager.full(new Shape(2, 1, 1, 5), -100000f)
        };
        for (NDArray mask : masks) {
            QuantAttention block = attention(method);
            block.initialize(manager, DataType.FLOAT32, x.getShape(), mask.getShape());
            x.setRequiresGradient(true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = Blocks.train(manager, block, x, mask).head();
                finite("output in training", y);
                Gradients.backward(collector, y.sum());
            }
            finite("gradient to the input", x.getGradient());
            for (Pair<String, Parameter> each : block.getParameters()) {
                if (each.getValue().requiresGradient()) {
                    finite(each.getKey(), each.getValue().getArray().getGradient());
                }
            }
            finite("output", Blocks.infer(manager, block, x, mask).head());
        }
    }

    private static QuantAttention attention(String method) {
        return QuantAttention.builder()
                .setUnits(8)
                .setHeads(2)
                .optMethod(AttentionMethod.named(method))
                .build();
    }

    private static void finite(String what, NDArray array) {
        for (float value : array.toFloatArray()) {
            assertTrue(Float.isFinite(value), what);
        }
    }

    private static void refused(String message, Executable code) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, code).getMessage());
    }

    private NDArray ones(long... shape) {
        return manager.ones(new Shape(shape));
    }

    @Test
    void normalizersCheckScoresAndMasks() {
        for (ScoreNormalizer block :
                new ScoreNormalizer[] {KArAt.fourier(1), Entmax.sparsemax(), new BoolAttention()}) {
            String name = block.getClass().getSimpleName();
            block.initialize(manager, DataType.FLOAT32, new Shape(1, 2, 5, 5));
            refused(
                    name
                            + " takes scores of shape [batch, heads, queries, keys], but got (2, 5,"
                            + " 5).",
                    () -> Blocks.infer(manager, block, ones(2, 5, 5)));
            refused(
                    name
                            + ": the mask must have the shape [batch, queries, keys] = [1, 5, 5],"
                            + " or that of an offset to the scores (1, 2, 5, 5), but has (3, 3).",
                    () -> Blocks.infer(manager, block, ones(1, 2, 5, 5), ones(3, 3)));
        }
    }

    @Test
    void integersAreNoVectors() {
        QuantAttention block = QuantAttention.builder().setUnits(8).setHeads(2).build();
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 8));
        NDArray x = manager.ones(new Shape(2, 5, 8), DataType.INT32);
        refused(
                "QuantAttention takes inputs of a floating-point type, but got int32.",
                () -> Blocks.infer(manager, block, x));
    }

    @Test
    void blocksOnBranchesKeepTheShape() {
        TokenTransformer.Builder builder =
                TokenTransformer.builder().setVocabulary(5).setMaxLength(4).setClasses(2);
        refused(
                "attentionOutput must make a block, but made null.",
                () -> builder.optAttentionOutput(() -> null).build());
        Block model =
                builder.optAttentionOutput(null)
                        .optFeedForwardOutput(() -> Linear.builder().setUnits(3).build())
                        .build();
        refused(
                "A block for what a branch adds must keep the shape (2, 4, 128), but Linear makes"
                        + " (2, 4, 3) of it.",
                () -> model.initialize(manager, DataType.FLOAT32, new Shape(2, 4)));
    }

    @Test
    void imagesHaveASize() {
        refused(
                "image must be [channels, height, width], but was (0, 8, 8).",
                () -> VisionTransformer.of("float", new Shape(0, 8, 8), 4, 2));
    }

    @Test
    void aFileOfAnotherMethodIsMalformed() {
        QuantAttention block = attention("float");
        block.initialize(manager, DataType.FLOAT32, new Shape(2, 5, 8));
        byte[] bytes = Blocks.save(block);
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class,
                        () ->
                                attention("sparsemax")
                                        .loadParameters(
                                                manager,
                                                new DataInputStream(
                                                        new ByteArrayInputStream(bytes))));
        assertEquals(
                "QuantAttention: this block has Entmax, probabilities of Identity, no estimators,"
                        + " but the file has Softmax, probabilities of Identity, no estimators",
                e.getMessage());
    }

    @Test
    void namesAndAliases() {
        assertEquals("tbt-1-1-1", AttentionMethod.named("TBT").getName());
        assertEquals("float", all().get(0));
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> AttentionMethod.named("bert"));
        assertTrue(e.getMessage().startsWith("name must be one of float, tbt-1-1-1, "));
        assertTrue(e.getMessage().endsWith("but was bert."));
    }

    @Test
    void spikeGptChecksItsSizes() {
        assertThrows(IllegalArgumentException.class, () -> new RwkvTimeMix(8, 2, 2));
        assertThrows(IllegalArgumentException.class, () -> new SpikeGpt(0, 8, 1));
        refused(
                "SpikeGpt takes tokens of shape [batch, length], of length 1 at least, but got"
                        + " (2, 3, 4).",
                () ->
                        new SpikeGpt(9, 4, 2)
                                .initialize(manager, DataType.FLOAT32, new Shape(2, 3, 4)));
    }

    @Test
    void spikeGptChecksItsState() {
        SpikeGpt model = new SpikeGpt(9, 4, 2);
        model.initialize(manager, DataType.FLOAT32, new Shape(2, 3));
        ParameterStore store = new ParameterStore(manager, false);
        NDArray tokens = manager.ones(new Shape(2), DataType.INT64);
        NDList next = model.step(store, tokens, null);
        NDList state = new NDList(next.subList(1, next.size()));
        model.step(store, tokens, state);
        refused(
                "state must be what the step before gave, 14 arrays of shape (2, 4), but has 1"
                        + " arrays, one of shape (2, 4).",
                () -> model.step(store, tokens, new NDList(state.head())));
        NDArray other = manager.ones(new Shape(3), DataType.INT64);
        refused(
                "state must be what the step before gave, 14 arrays of shape (3, 4), but has 14"
                        + " arrays, one of shape (2, 4).",
                () -> model.step(store, other, state));
        refused(
                "SpikeGpt takes tokens of shape [batch, length], of length 1 at least, but got"
                        + " (2, 0).",
                () -> Blocks.infer(manager, model, manager.zeros(new Shape(2, 0))));
        refused(
                "deviation must be positive and finite, but was -1.0.",
                () -> new SpikeGpt(9, 4, 2, 0, -1));
    }
}
