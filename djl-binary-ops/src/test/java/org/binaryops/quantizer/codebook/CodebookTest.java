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
package org.binaryops.quantizer.codebook;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.Random;
import org.binaryops.nn.QuantLinear;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The codebook against its formulas in plain Java. */
class CodebookTest {

    private static final double[] CODES = {3, 0, 0, 1, -1, -1};

    @Test
    void goldenSimilaritiesAndChoices() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray codes = manager.create(CODES, new Shape(3, 2));
            NDArray x = manager.create(new double[] {1, 2}, new Shape(1, 2));
            assertArrayEquals(
                    new double[] {1, 2, -2.121320},
                    Snap.INNER_PRODUCT.similarities(x, codes).toDoubleArray(),
                    1e-6);
            assertArrayEquals(
                    new double[] {0, 1},
                    Codebook.quantize(x, codes, Snap.INNER_PRODUCT, 1).toDoubleArray());
            assertArrayEquals(
                    new double[] {1.5, .5},
                    Codebook.quantize(x, codes, Snap.INNER_PRODUCT, 2).toDoubleArray());
        }
    }

    @ParameterizedTest
    @EnumSource(Snap.class)
    void similaritiesFollowTheirFormula(Snap snap) {
        double[] x = new Random(1).doubles(20 * 7, -2, 2).toArray();
        double[] c = new Random(2).doubles(9 * 7, -2, 2).toArray();
        // A vector that is a code, and a code next to nothing.
        System.arraycopy(c, 0, x, 0, 7);
        Arrays.fill(c, 7, 14, 1e-9);
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray s =
                    snap.similarities(
                            manager.create(x, new Shape(20, 7)),
                            manager.create(c, new Shape(9, 7)));
            assertEquals(new Shape(20, 9), s.getShape());
            for (int i = 0; i < 20; ++i) {
                for (int j = 0; j < 9; ++j) {
                    assertEquals(
                            PlainCodebook.similarity(
                                    Arrays.copyOfRange(x, 7 * i, 7 * i + 7),
                                    Arrays.copyOfRange(c, 7 * j, 7 * j + 7),
                                    snap),
                            s.getDouble(i, j),
                            // The distance 0 is the root of a difference that nearly cancels.
                            snap == Snap.EUCLIDEAN ? 1e-7 : 1e-12);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Objective.class)
    void valuesAndGradientsFollowTheTable(Objective objective) {
        Random random = new Random(objective.ordinal());
        for (Snap snap : Snap.values()) {
            for (int groups : new int[] {1, 2, 4}) {
                for (int k : new int[] {1, 3}) {
                    for (boolean sum : new boolean[] {false, true}) {
                        check(random, snap, groups, k, sum, objective);
                    }
                }
            }
        }
    }

    private static void check(
            Random random, Snap snap, int groups, int k, boolean sum, Objective objective) {
        int width = 12;
        int size = 5;
        Shape shape = new Shape(3, 4, width);
        double[] x = random.doubles(shape.size(), -2, 2).toArray();
        double[] g = random.doubles(shape.size(), -1, 1).toArray();
        double[] gamma = random.doubles(width, .5, 1.5).toArray();
        double[] beta = random.doubles(width, -.5, .5).toArray();
        double[] codes = random.doubles((long) size * width, -1.5, 1.5).toArray();
        PlainCodebook plain = new PlainCodebook(groups, gamma, beta, codes);
        plain.run(x, g, snap, k, sum, objective, .7);
        Codebook codebook =
                Codebook.builder()
                        .setCodes(size)
                        .optGroups(groups)
                        .optTopK(k)
                        .optSnap(snap)
                        .optSum(sum)
                        .optObjective(objective)
                        .optCommitment(.7)
                        .build();
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            Blocks.initialize64(manager, codebook, shape);
            set(codebook, "gamma", gamma);
            set(codebook, "beta", beta);
            set(codebook, "codes", codes);
            NDArray input = manager.create(x, shape);
            input.setRequiresGradient(true);
            NDArray y = Blocks.train(manager, codebook, input).singletonOrThrow();
            NDArray task = y.mul(manager.create(g, shape)).sum();
            NDArray loss = ReconstructionLoss.add(codebook, task);
            assertEquals(task.getDouble(), loss.getDouble(), "the value is that of the task");
            Gradients.backward(collector, loss);
            String what = objective + " " + snap + " groups " + groups + " k " + k + " sum " + sum;
            assertEquals(shape, y.getShape());
            assertArrayEquals(plain.y, y.toDoubleArray(), 1e-12, what);
            assertArrayEquals(plain.codeGradient, gradient(codebook, "codes"), 1e-10, what);
            assertArrayEquals(plain.gammaGradient, gradient(codebook, "gamma"), 1e-9, what);
            assertArrayEquals(plain.betaGradient, gradient(codebook, "beta"), 1e-9, what);
            assertArrayEquals(plain.inputGradient, input.getGradient().toDoubleArray(), 1e-9, what);
            ParameterStore store = new ParameterStore(manager, false);
            NDArray ids = codebook.codes(store, input);
            assertEquals(new Shape(3, 4, groups, k), ids.getShape());
            assertEquals(DataType.INT64, ids.getDataType());
            assertArrayEquals(
                    plain.ids,
                    Arrays.stream(ids.toLongArray()).mapToInt(Math::toIntExact).toArray(),
                    what);
            assertArrayEquals(
                    plain.y, codebook.quantizeFrozen(store, input).toDoubleArray(), 1e-12, what);
            double[] counts = new double[groups * size];
            for (int i = 0; i < plain.ids.length; ++i) {
                counts[i / k % groups * size + plain.ids[i]] += 1;
            }
            assertArrayEquals(counts, codebook.getUsage().getCounts().toDoubleArray(), 0, what);
            assertStatistics(manager, codebook, counts, groups);
        }
    }

    private static void assertStatistics(
            NDManager manager, Codebook codebook, double[] counts, int groups) {
        int size = counts.length / groups;
        double[] active = codebook.getUsage().active(manager).toDoubleArray();
        double[] perplexity = codebook.getUsage().perplexity(manager).toDoubleArray();
        for (int group = 0; group < groups; ++group) {
            double[] c = Arrays.copyOfRange(counts, group * size, group * size + size);
            double total = Arrays.stream(c).sum();
            double entropy =
                    Arrays.stream(c).map(n -> n == 0 ? 0 : -n / total * Math.log(n / total)).sum();
            assertEquals(Arrays.stream(c).filter(n -> n > 0).count(), active[group]);
            assertEquals(Math.exp(entropy), perplexity[group], 1e-12);
        }
    }

    private static void set(Codebook codebook, String parameter, double[] values) {
        NDArray array = codebook.getParameters().get(parameter).getArray();
        try (NDManager manager = NDManager.newBaseManager()) {
            array.setRequiresGradient(false);
            array.muli(0).addi(manager.create(values, array.getShape()));
            array.setRequiresGradient(true);
        }
    }

    private static double[] gradient(Codebook codebook, String parameter) {
        return codebook.getParameters().get(parameter).getArray().getGradient().toDoubleArray();
    }

    @Test
    void theFunctionCarriesTheGradientsOfTheBase() {
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray codes = manager.create(CODES, new Shape(3, 2));
            NDArray x = manager.create(new double[] {1, 2, 2, 1}, new Shape(2, 2));
            NDArray g = manager.create(new double[] {5, 6, 7, 8}, new Shape(2, 2));
            codes.setRequiresGradient(true);
            x.setRequiresGradient(true);
            NDArray y = Codebook.quantize(x, codes, Snap.INNER_PRODUCT, 2);
            assertArrayEquals(new double[] {1.5, .5, 1.5, .5}, y.toDoubleArray());
            Gradients.backward(collector, y.mul(g).sum());
            assertArrayEquals(g.toDoubleArray(), x.getGradient().toDoubleArray());
            assertArrayEquals(new double[] {6, 7, 6, 7, 0, 0}, codes.getGradient().toDoubleArray());
        }
    }

    @Test
    void theLossOfATrainingWrapsThatOfTheTask() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Codebook codebook = tiny(Objective.AELOSS);
            codebook.initialize(manager, DataType.FLOAT32, new Shape(4, 6));
            SequentialBlock net = new SequentialBlock().add(codebook);
            Loss wrapped = new ReconstructionLoss(net, new MeanSquaredError("error"));
            assertEquals("error", wrapped.getName());
            NDArray x = manager.randomNormal(new Shape(4, 6));
            NDArray y = Blocks.train(manager, net, x).singletonOrThrow();
            NDList labels = new NDList(x);
            assertEquals(
                    new MeanSquaredError().evaluate(labels, new NDList(y)).getFloat(),
                    wrapped.evaluate(labels, new NDList(y)).getFloat());
            // The terms are taken once, so that an evaluator may ask again.
            NDArray again = wrapped.evaluate(labels, new NDList(y));
            NDArray loss = manager.ones(new Shape());
            assertEquals(1, ReconstructionLoss.add(net, loss).getFloat());
            assertEquals(new MeanSquaredError().evaluate(labels, new NDList(y)), again);
        }
    }

    @Test
    void termsThatNoLossTakesAreAMistake() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Codebook codebook = tiny(Objective.VQVAE);
            codebook.initialize(manager, DataType.FLOAT32, new Shape(4, 6));
            try (NDManager batch = manager.newSubManager()) {
                Blocks.train(batch, codebook, batch.randomNormal(new Shape(4, 6)));
            }
            IllegalStateException e =
                    assertThrows(
                            IllegalStateException.class,
                            () ->
                                    Blocks.train(
                                            manager,
                                            codebook,
                                            manager.randomNormal(new Shape(4, 6))));
            assertEquals(
                    "The reconstruction terms of an earlier training pass of this Codebook never"
                            + " reached a loss: wrap the loss of the training in a"
                            + " ReconstructionLoss, or use Objective.BASE.",
                    e.getMessage());
            // Inference leaves no terms.
            for (int i = 0; i < 3; ++i) {
                try (NDManager batch = manager.newSubManager()) {
                    Blocks.infer(batch, codebook, batch.randomNormal(new Shape(4, 6)));
                }
            }
        }
    }

    private static Codebook tiny(Objective objective) {
        return Codebook.builder().setCodes(8).optObjective(objective).build();
    }

    @Test
    void preferencesDisableAndForceCodes() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Codebook codebook = Codebook.builder().setCodes(4).optGroups(2).optTopK(2).build();
            Shape shape = new Shape(2, 3, 6);
            Blocks.initialize64(manager, codebook, shape);
            NDArray x = manager.create(new Random(4).doubles(36).toArray(), shape);
            ParameterStore store = new ParameterStore(manager, false);
            long[] free = codebook.codes(store, x).toLongArray();
            // Code 2 is disabled everywhere, code 1 of the second group forced on token (1, 0).
            double[] wish = new double[2 * 3 * 2 * 4];
            for (int i = 2; i < wish.length; i += 4) {
                wish[i] = Double.NEGATIVE_INFINITY;
            }
            int forced = ((1 * 3 + 0) * 2 + 1) * 4 + 1;
            wish[forced] = Double.POSITIVE_INFINITY;
            codebook.setPreference(manager.create(wish, new Shape(2, 3, 2, 4)));
            long[] steered = codebook.codes(store, x).toLongArray();
            assertTrue(Arrays.stream(free).anyMatch(id -> id == 2));
            assertTrue(Arrays.stream(steered).noneMatch(id -> id == 2));
            assertEquals(1, steered[((1 * 3 + 0) * 2 + 1) * 2]);
            NDArray y = Blocks.infer(manager, codebook, x).singletonOrThrow();
            double[] codes = codebook.getCodes().toDoubleArray();
            for (int i = 0; i < 3; ++i) {
                double first = codes[(0 * 4 + (int) steered[0]) * 3 + i];
                double second = codes[(0 * 4 + (int) steered[1]) * 3 + i];
                assertEquals((first + second) / 2, y.getDouble(0, 0, i), 1e-12);
            }
            codebook.setPreference(manager.create(new double[] {0, 0, -1e9, 0}));
            assertTrue(
                    Arrays.stream(codebook.codes(store, x).toLongArray()).noneMatch(id -> id == 2));
            codebook.setPreference(null);
            assertArrayEquals(free, codebook.codes(store, x).toLongArray());
        }
    }

    @Test
    void roundTrip() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.FLOAT64}) {
                Codebook codebook =
                        Codebook.builder().setCodes(7).optGroups(3).optTopK(2).optSum(true).build();
                codebook.initialize(manager, type, new Shape(4, 6));
                NDArray x = manager.randomNormal(0, 1, new Shape(4, 6), type);
                Blocks.train(manager, codebook, x);
                Codebook fresh =
                        Codebook.builder().setCodes(7).optGroups(3).optTopK(2).optSum(true).build();
                Blocks.assertRoundTrip(manager, codebook, fresh, x);
                assertEquals(codebook.getUsage().getCounts(), fresh.getUsage().getCounts());
                assertFalse(fresh.isBinary());
            }
            Codebook codebook = tiny(Objective.BASE);
            codebook.initialize(manager, DataType.FLOAT32, new Shape(4, 6));
            byte[] bytes = Blocks.save(codebook);
            assertEquals(
                    "Codebook: this quantizer has 8 codes in each of 2 groups and takes the sum of"
                            + " 3 by COSINE, but the file has 8 codes in each of 1 groups and takes"
                            + " the mean of 1 by INNER_PRODUCT",
                    assertThrows(
                                    MalformedModelException.class,
                                    () ->
                                            load(
                                                    manager,
                                                    Codebook.builder()
                                                            .setCodes(8)
                                                            .optGroups(2)
                                                            .optTopK(3)
                                                            .optSum(true)
                                                            .optSnap(Snap.COSINE)
                                                            .build(),
                                                    bytes))
                            .getMessage());
            bytes[0] = 9;
            assertThrows(
                    MalformedModelException.class,
                    () -> load(manager, tiny(Objective.BASE), bytes));
        }
    }

    private static void load(NDManager manager, Codebook codebook, byte[] bytes) throws Exception {
        codebook.loadParameters(manager, new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    @Test
    void singleVectorsAndNoVectors() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Codebook codebook = tiny(Objective.FULLAELOSS);
            codebook.initialize(manager, DataType.FLOAT32, new Shape(6));
            NDArray one = manager.randomNormal(new Shape(6));
            assertEquals(
                    new Shape(6),
                    Blocks.train(manager, codebook, one).singletonOrThrow().getShape());
            ParameterStore store = new ParameterStore(manager, false);
            assertEquals(new Shape(1, 1), codebook.codes(store, one).getShape());
            NDArray none = manager.zeros(new Shape(0, 6));
            assertEquals(
                    new Shape(0, 6),
                    Blocks.train(manager, codebook, none).singletonOrThrow().getShape());
            assertEquals(new Shape(0, 1, 1), codebook.codes(store, none).getShape());
            assertEquals(new Shape(0, 6), codebook.quantizeFrozen(store, none).getShape());
        }
    }

    @Test
    void nothingLeaks() {
        try (NDManager lasting = NDManager.newBaseManager()) {
            for (Objective objective : Objective.values()) {
                Codebook input = tiny(objective);
                Codebook weight = tiny(objective);
                QuantLinear net =
                        QuantLinear.builder()
                                .setUnits(5)
                                .optInputQuantizer(input)
                                .optWeightQuantizer(weight)
                                .build();
                net.initialize(lasting, DataType.FLOAT32, new Shape(4, 6));
                ParameterStore store = new ParameterStore(lasting, false);
                Leaks.assertNothingLeft(
                        lasting,
                        20,
                        manager -> {
                            NDArray x = manager.randomNormal(new Shape(4, 6));
                            NDList y = net.forward(store, new NDList(x), true);
                            ReconstructionLoss.add(net, y.singletonOrThrow().sum());
                            net.forward(store, new NDList(x), false);
                            input.codes(store, x);
                            input.quantizeFrozen(store, x);
                            input.replaceDeadCodes(x, .1);
                            input.initializeCodes(x, 2);
                            weight.requestReplacement(.1);
                            input.requestInitialization(1);
                            input.getUsage().active(manager);
                            input.getUsage().perplexity(manager);
                        });
            }
        }
    }

    @Test
    void aGarbageCollectionChangesNoGradient() {
        for (Objective objective : Objective.values()) {
            assertArrayEquals(gradientAcross(objective, false), gradientAcross(objective, true));
        }
    }

    private static float[] gradientAcross(Objective objective, boolean collect) {
        Engine.getInstance().setRandomSeed(9);
        try (NDManager manager = NDManager.newBaseManager();
                GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            Codebook codebook =
                    Codebook.builder()
                            .setCodes(8)
                            .optTopK(3)
                            .optGroups(2)
                            .optObjective(objective)
                            .build();
            codebook.initialize(manager, DataType.FLOAT32, new Shape(4, 6));
            NDArray x = manager.randomNormal(new Shape(4, 6));
            x.setRequiresGradient(true);
            NDArray y = Blocks.train(manager, codebook, x).singletonOrThrow();
            NDArray loss = ReconstructionLoss.add(codebook, y.square().sum());
            Gradients.backward(collector, loss, collect);
            NDArray all =
                    x.getGradient().flatten().concat(codebook.getCodes().getGradient().flatten());
            return all.toFloatArray();
        }
    }

    @Test
    void badArgumentsAreNamed() {
        assertMessage("codes must be positive, but was 0.", () -> Codebook.builder().build());
        assertMessage(
                "topK must be in [1, 3], but was 4.",
                () -> Codebook.builder().setCodes(3).optTopK(4).build());
        assertMessage(
                "groups must be positive, but was 0.",
                () -> Codebook.builder().setCodes(3).optGroups(0).build());
        assertMessage(
                "commitment must be finite and not negative, but was NaN.",
                () -> Codebook.builder().setCodes(3).optCommitment(Double.NaN).build());
        assertMessage("batches must be positive, but was 0.", () -> new DeadCodeReplacement(0, .1));
        assertMessage(
                "noise must be finite and not negative, but was -1.0.",
                () -> new DeadCodeReplacement(1, -1));
        Codebook codebook = Codebook.builder().setCodes(3).optGroups(4).build();
        assertMessage(
                "noise must be finite and not negative, but was Infinity.",
                () -> codebook.requestReplacement(Double.POSITIVE_INFINITY));
        assertMessage(
                "iterations must not be negative, but was -1.",
                () -> codebook.requestInitialization(-1));
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.ones(new Shape(2, 8));
            assertThrows(IllegalStateException.class, () -> codebook.replaceDeadCodes(x, .1));
            assertThrows(IllegalStateException.class, () -> codebook.initializeFrom(x, 1));
            assertMessage(
                    "The last axis of the input must be a multiple of the number of groups, 4, but"
                            + " the shape is (2, 6).",
                    () -> codebook.initialize(manager, DataType.FLOAT32, new Shape(2, 6)));
            codebook.initialize(manager, DataType.FLOAT32, new Shape(2, 8));
            assertMessage(
                    "The last axis of the input must have 8 elements, but the shape is (2, 4).",
                    () -> Blocks.infer(manager, codebook, manager.ones(new Shape(2, 4))));
            assertMessage(
                    "inputs must not be empty, but have shape (0, 8).",
                    () -> codebook.replaceDeadCodes(manager.ones(new Shape(0, 8)), .1));
            assertMessage(
                    "iterations must not be negative, but was -1.",
                    () -> codebook.initializeCodes(x, -1));
            assertMessage(
                    "loss must be a scalar, but has shape (2, 8).",
                    () -> ReconstructionLoss.add(codebook, x));
            assertSame(codebook.getCodes(), codebook.getParameters().get("codes").getArray());
        }
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
