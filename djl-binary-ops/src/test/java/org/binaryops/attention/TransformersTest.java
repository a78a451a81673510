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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.util.Pair;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.binaryops.nn.QuantEmbedding;
import org.binaryops.quantizer.Staged;
import org.binaryops.quantizer.codebook.Codebook;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers and whole models by a method's name. */
class TransformersTest {

    private NDManager manager;

    static List<String> all() {
        return AttentionMethod.names();
    }

    static Stream<String> rowwise() {
        return AttentionMembersTest.rowwise();
    }

    @BeforeEach
    void open() {
        Engine.getInstance().setRandomSeed(31);
        manager = NDManager.newBaseManager();
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static TokenTransformer.Builder tokenModel(String method) {
        return TokenTransformer.builder()
                .optMethod(AttentionMethod.named(method))
                .setUnits(12)
                .setHeads(3)
                .setVocabulary(9)
                .setMaxLength(7)
                .setClasses(4);
    }

    private NDArray tokens(int batch, int length) {
        return manager.randomInteger(1, 9, new Shape(batch, length), DataType.INT64);
    }

    private void step(Block block, NDArray... inputs) {
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDList y = Blocks.train(manager, block, inputs);
            Gradients.backward(collector, y.head().square().sum());
        }
        int learning = 0;
        for (Pair<String, Parameter> p : block.getParameters()) {
            if (p.getValue().requiresGradient()) {
                double[] g = doubles(p.getValue().getArray().getGradient());
                assertTrue(Arrays.stream(g).allMatch(Double::isFinite), p.getKey());
                learning += Arrays.stream(g).anyMatch(v -> v != 0) ? 1 : 0;
            }
        }
        assertTrue(learning > block.getParameters().size() / 2, "learning " + learning);
    }

    private static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    @ParameterizedTest
    @MethodSource("all")
    void bertByOneLine(String method) {
        NDArray tokens = tokens(3, 6);
        tokens.set(new NDIndex("1, 4:"), 0);
        TokenTransformer bert = TokenTransformer.bert(method, 9, 7, 4);
        bert.initialize(manager, DataType.FLOAT32, tokens.getShape());
        step(bert, tokens);
        Blocks.assertRoundTrip(manager, bert, TokenTransformer.bert(method, 9, 7, 4), tokens);
        assertEquals(new Shape(3, 4), Blocks.infer(manager, bert, tokens).head().getShape());
        // The table is quantized by rows, or not at all.
        QuantEmbedding table = (QuantEmbedding) bert.getChildren().get("01embedding");
        int bits = table.getWeightQuantizer().getBits();
        int expected =
                method.matches("tbt-1.*|bit.*|bibert|bipft")
                        ? 1
                        : method.startsWith("tbt") ? 2 : 32;
        assertEquals(expected, bits);
    }

    @ParameterizedTest
    @MethodSource("all")
    void visionTransformerByOneLine(String method) {
        NDArray images = manager.randomNormal(new Shape(2, 3, 8, 12));
        VisionTransformer vit = VisionTransformer.of(method, new Shape(3, 8, 12), 4, 5);
        vit.initialize(manager, DataType.FLOAT32, images.getShape());
        assertEquals(6, vit.getPatches());
        step(vit, images);
        Blocks.assertRoundTrip(
                manager, vit, VisionTransformer.of(method, new Shape(3, 8, 12), 4, 5), images);
    }

    @ParameterizedTest
    @MethodSource("rowwise")
    void paddingEqualsASequenceOfItsOwn(String method) {
        TokenTransformer model = tokenModel(method).optPadding(0).build();
        NDArray tokens = tokens(2, 7);
        tokens.set(new NDIndex("0, 4:"), 0);
        Blocks.initialize64(manager, model, tokens.getShape());
        Blocks.train(manager, model, tokens);
        NDArray y = Blocks.infer(manager, model, tokens).head();
        NDArray own = Blocks.infer(manager, model, tokens.get(new NDIndex("0:1, :4"))).head();
        assertArrayEquals(y.get(0).toDoubleArray(), own.get(0).toDoubleArray(), 1e-10);
        NDArray mask = tokens.neq(0);
        NDArray given = Blocks.infer(manager, model, tokens, mask).head();
        assertArrayEquals(y.toDoubleArray(), given.toDoubleArray());
    }

    @ParameterizedTest
    @MethodSource("rowwise")
    void gptNeverSeesTheFuture(String method) {
        TokenTransformer model =
                tokenModel(method).optCausal(true).optPerToken(true).optNormFirst(true).build();
        NDArray tokens = tokens(2, 7);
        Blocks.initialize64(manager, model, tokens.getShape());
        Blocks.train(manager, model, tokens);
        NDArray y = Blocks.infer(manager, model, tokens).head();
        assertEquals(new Shape(2, 7, 4), y.getShape());
        for (int t = 1; t < 7; ++t) {
            NDArray other = tokens.duplicate();
            NDIndex future = new NDIndex(":, {}:", t);
            other.set(future, tokens.get(future).mod(8).add(1));
            NDArray changed = Blocks.infer(manager, model, other).head();
            NDIndex past = new NDIndex(":, :{}", t);
            assertArrayEquals(
                    y.get(past).toDoubleArray(), changed.get(past).toDoubleArray(), 1e-12);
            assertFalse(
                    Arrays.equals(
                            y.get(future).toDoubleArray(), changed.get(future).toDoubleArray()));
        }
    }

    @Test
    void hiddenStatesFollowTheLogits() {
        TokenTransformer model = tokenModel("bit").optLayers(3).optHiddenStates(true).build();
        NDArray tokens = tokens(2, 5);
        model.initialize(manager, DataType.FLOAT32, tokens.getShape());
        NDList y = Blocks.infer(manager, model, tokens);
        assertEquals(4, y.size());
        assertEquals(3, model.getLayers().size());
        assertArrayEquals(y.getShapes(), model.getOutputShapes(new Shape[] {tokens.getShape()}));
        assertEquals(new Shape(2, 5, 12), y.get(3).getShape());
    }

    @Test
    void universalAttentionIsSharedByAllLayers() {
        long[] sizes = new long[2];
        String[] names = {"fourier-karat", "fourier-karat-universal"};
        for (int i = 0; i < 2; ++i) {
            TokenTransformer model = tokenModel(names[i]).optLayers(3).build();
            model.initialize(manager, DataType.FLOAT32, new Shape(2, 7));
            for (Pair<String, Parameter> p : model.getParameters()) {
                sizes[i] += p.getValue().getShape().size();
            }
            List<QuantEncoderLayer> layers = model.getLayers();
            assertEquals(
                    i == 1,
                    layers.get(0).getAttention().getNormalizer()
                            == layers.get(2).getAttention().getNormalizer());
        }
        // 3 heads of rank 12 over 7 keys with 6 functions each, and back.
        assertEquals(2 * (3 * 12 * 7 * 6 + 3 * 12 * 7), sizes[0] - sizes[1]);
    }

    private static QuantDecoderLayer decoder(String method, boolean normFirst) {
        return QuantDecoderLayer.builder()
                .setUnits(12)
                .setHeads(3)
                .setHidden(20)
                .optMethod(AttentionMethod.named(method))
                .optNormFirst(normFirst)
                .build();
    }

    @ParameterizedTest
    @MethodSource("rowwise")
    void decoderLayerHidesTheFutureAndMaskedMemory(String method) {
        NDArray x = random(2, 5, 12);
        NDArray memory = random(2, 5, 12);
        NDArray mask = manager.ones(new Shape(2, 1, 5));
        mask.set(new NDIndex(":, :, 3:"), 0);
        QuantDecoderLayer layer = decoder(method, true);
        Blocks.initialize64(manager, layer, x.getShape(), memory.getShape(), mask.getShape());
        step(layer, x, memory, mask);
        NDArray y = Blocks.infer(manager, layer, x, memory, mask).head();
        NDArray other = x.duplicate();
        other.set(new NDIndex(":, 3:"), random(2, 2, 12));
        NDArray hidden = memory.duplicate();
        hidden.set(new NDIndex(":, 3:"), random(2, 2, 12));
        NDArray changed = Blocks.infer(manager, layer, other, hidden, mask).head();
        NDIndex past = new NDIndex(":, :3");
        assertArrayEquals(y.get(past).toDoubleArray(), changed.get(past).toDoubleArray(), 1e-11);
        NDArray read = Blocks.infer(manager, layer, x, hidden).head();
        assertFalse(Arrays.equals(y.toDoubleArray(), read.toDoubleArray()), "memory is read");
        NDArray targets = manager.ones(new Shape(2, 1, 5));
        NDArray same = Blocks.infer(manager, layer, x, memory, mask, targets).head();
        assertArrayEquals(y.toDoubleArray(), same.toDoubleArray(), 1e-12);
        Blocks.assertRoundTrip(manager, layer, decoder(method, true), x, memory, mask);
    }

    private NDArray random(long... shape) {
        return manager.randomNormal(new Shape(shape)).toType(DataType.FLOAT64, false);
    }

    @Test
    void codebooksStandBeforeTheResidualSums() {
        QuantEncoderLayer layer =
                QuantEncoderLayer.builder()
                        .setUnits(12)
                        .setHeads(3)
                        .setHidden(24)
                        .optMethod(AttentionMethod.named("float"))
                        .optNormFirst(true)
                        .optAttentionOutput(() -> Codebook.builder().setCodes(1).build())
                        .optFeedForwardOutput(() -> Codebook.builder().setCodes(1).build())
                        .build();
        NDArray x = manager.randomNormal(new Shape(2, 5, 12));
        layer.initialize(manager, DataType.FLOAT32, x.getShape());
        // With one code each every position gets the same two vectors.
        float[] added = Blocks.infer(manager, layer, x).head().sub(x).toFloatArray();
        for (int i = 12; i < added.length; ++i) {
            assertEquals(added[i % 12], added[i], 1e-5f);
        }
    }

    /** The cross-layer binarization of BiViT: the feed-forward network is float at first. */
    @Test
    void feedForwardLaterIsFloatUntilSwitchedOn() {
        AttentionMethod later = AttentionMethod.named("bivit").withFeedForwardLater();
        FeedForward staged = new FeedForward(later, 12, 20);
        FeedForward plain = new FeedForward(AttentionMethod.named("float"), 12, 20);
        NDArray x = random(2, 5, 12);
        Blocks.initialize64(manager, staged, x.getShape());
        Blocks.initialize64(manager, plain, x.getShape());
        assertEquals(4, org.binaryops.training.WarmStart.copy(staged, plain));
        double[] expected = Blocks.infer(manager, plain, x).head().toDoubleArray();
        assertArrayEquals(expected, Blocks.train(manager, staged, x).head().toDoubleArray(), 1e-12);
        Staged.setEnabled(staged, true);
        double[] binary = Blocks.train(manager, staged, x).head().toDoubleArray();
        assertFalse(Arrays.equals(expected, binary));
        // The learned scales start from the weights of the float stage.
        double[] w = find(staged, "01expansion_", "_weight");
        double[] scale = find(staged, "01expansion_", "_scale");
        for (int o = 0; o < 20; ++o) {
            double mean =
                    Arrays.stream(w, o * 12, o * 12 + 12).map(Math::abs).average().orElseThrow();
            assertEquals(mean, scale[o], 1e-12);
        }
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () -> AttentionMethod.named("bibert").withFeedForwardLater());
        assertTrue(e.getMessage().contains("CHANNEL_MEAN_STRAIGHT_THROUGH"));
    }

    private static double[] find(Block block, String prefix, String suffix) {
        return block.getParameters().stream()
                .filter(p -> p.getKey().startsWith(prefix) && p.getKey().endsWith(suffix))
                .findFirst()
                .orElseThrow()
                .getValue()
                .getArray()
                .toDoubleArray();
    }

    private static void assertMessage(String message, Executable code) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, code).getMessage());
    }

    @Test
    void badInputGetsOneSentence() {
        assertMessage(
                "units must be a positive multiple of heads, but units was 12 and heads 5.",
                () -> tokenModel("bit").setHeads(5).build());
        assertMessage(
                "vocabulary must be set and positive, but was 0.",
                () -> tokenModel("bit").setVocabulary(0).build());
        assertMessage(
                "activationBits must be 1, 2, 4, 8 or 32 (float), but was 3.",
                () -> AttentionMethod.elastic(1, 3));
        assertMessage(
                "weightBits must be 1, 2 or 32 (float), but was 8.",
                () -> AttentionMethod.elastic(8, 8));
        assertMessage(
                "dropout must be in [0, 1), but was 1.0.", () -> tokenModel("bit").optDropout(1));
        assertMessage(
                "patch must be positive and divide height and width, but was 5 for images of shape"
                        + " (1, 28, 28).",
                () -> VisionTransformer.of("bivit", new Shape(1, 28, 28), 5, 10));
        TokenTransformer model = tokenModel("bit").build();
        NDArray tokens = tokens(2, 5);
        model.initialize(manager, DataType.FLOAT32, tokens.getShape());
        assertMessage(
                "TokenTransformer takes at most 7 tokens, but got tokens of shape (2, 8).",
                () -> Blocks.infer(manager, model, tokens(2, 8)));
        assertMessage(
                "TokenTransformer: the mask must have the shape (2, 5) of the tokens, but has (2,"
                        + " 4).",
                () -> Blocks.infer(manager, model, tokens, tokens(2, 4)));
        QuantEncoderLayer layer = model.getLayers().get(0);
        NDArray x = manager.zeros(new Shape(2, 5, 12));
        assertMessage(
                "QuantAttention: the mask must have the shape [batch, queries, keys] = [2, 5, 5],"
                        + " or that of an offset to the scores (2, 3, 5, 5), but has (2, 5, 4).",
                () -> Blocks.infer(manager, layer, x, manager.zeros(new Shape(2, 5, 4))));
        assertMessage(
                "QuantDecoderLayer takes 2 to 4 inputs, [targets, memory], [targets, memory, memory"
                        + " mask] or [targets, memory, memory mask, target mask], but got 1.",
                () -> decoder("bit", false).initialize(manager, DataType.FLOAT32, x.getShape()));
    }

    @ParameterizedTest
    @MethodSource("all")
    void aSequenceOfPaddingOnlyIsDefined(String method) {
        TokenTransformer model = tokenModel(method).optPadding(0).build();
        NDArray tokens = tokens(2, 6);
        tokens.set(new NDIndex("1"), 0);
        Blocks.initialize64(manager, model, tokens.getShape());
        step(model, tokens);
        double[] y = Blocks.infer(manager, model, tokens).head().toDoubleArray();
        assertTrue(Arrays.stream(y).allMatch(Double::isFinite));
        double[] bias = find(model, "04output", "_bias");
        assertArrayEquals(bias, Arrays.copyOfRange(y, 4, 8), 1e-12);
    }
}
