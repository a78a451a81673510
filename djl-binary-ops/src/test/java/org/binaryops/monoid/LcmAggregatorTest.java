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
package org.binaryops.monoid;

import static org.binaryops.monoid.GruOperatorTest.assertMessage;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LcmAggregatorTest {

    private NDManager manager;
    private ParameterStore store;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager();
        store = new ParameterStore(manager, false);
        Engine.getInstance().setRandomSeed(21);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private LcmAggregator initialized(LcmAggregator block, int features, DataType type) {
        block.initialize(manager, type, new Shape(2, 3, features));
        return block;
    }

    private LcmAggregator lcm(int features, DataType type) {
        return initialized(LcmAggregator.builder().build(), features, type);
    }

    private NDArray normal(DataType type, long... shape) {
        return manager.randomNormal(0, 1, new Shape(shape), type);
    }

    private static void assertSameBits(NDArray expected, NDArray actual, String message) {
        assertEquals(expected.getShape(), actual.getShape(), message);
        assertArrayEquals(expected.toByteArray(), actual.toByteArray(), message);
    }

    /** Sets of 1..{@code n} elements; in the padding NaN, infinities and large numbers. */
    private NDArray garbageBeyond(NDArray elements, int[] lengths) {
        NDArray copy = elements.duplicate();
        double[] garbage = {Double.NaN, Double.POSITIVE_INFINITY, -1e30, 7};
        int n = (int) elements.getShape().get(1);
        for (int set = 0; set < lengths.length; ++set) {
            for (int i = lengths[set]; i < n; ++i) {
                double value = garbage[(set + i) % garbage.length];
                NDArray filler =
                        manager.full(
                                new Shape(elements.getShape().get(2)),
                                (float) value,
                                elements.getDataType());
                copy.set(new ai.djl.ndarray.index.NDIndex(set + ", " + i), filler);
            }
        }
        return copy;
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FLOAT32", "FLOAT64"})
    void aSetAloneEqualsTheSetInABatch(DataType type) {
        for (int features : new int[] {1, 5, 16, 31, 64, 67}) {
            LcmAggregator block = lcm(features, type);
            for (int n : new int[] {9, 21}) {
                int[] lengths = IntStream.rangeClosed(1, n).toArray();
                NDArray clean = normal(type, n, n, features);
                NDArray dirty = garbageBeyond(clean, lengths);
                NDArray batch = Blocks.infer(manager, block, dirty, manager.create(lengths)).get(0);
                assertSameBits(
                        batch, block.aggregate(store, dirty, lengths, false), "int[] lengths");
                for (int set = 0; set < n; ++set) {
                    NDArray alone =
                            clean.get(set + ":" + (set + 1) + ", 0:" + lengths[set]).duplicate();
                    String name = type + " features " + features + " size " + lengths[set];
                    NDArray expected = Blocks.infer(manager, block, alone).get(0);
                    assertSameBits(expected, batch.get(set + ":" + (set + 1)), name);
                    if (lengths[set] == 1) {
                        assertSameBits(alone.reshape(1, features), expected, "singleton");
                    }
                }
            }
        }
    }

    @Test
    void aMaskWithHolesEqualsTheCompactedSet() {
        Random random = new Random(8);
        int n = 23;
        int sets = 19;
        LcmAggregator block = lcm(12, DataType.FLOAT32);
        NDArray elements = normal(DataType.FLOAT32, sets, n, 12);
        boolean[] mask = new boolean[sets * n];
        for (int i = 0; i < mask.length; ++i) {
            mask[i] = random.nextInt(sets) < i / n || i % n == i / n;
        }
        NDArray asBoolean = manager.create(mask, new Shape(sets, n));
        NDArray asFloat = asBoolean.toType(DataType.FLOAT32, true);
        NDArray nan = manager.create(Float.NaN);
        NDArray dirty =
                ai.djl.ndarray.NDArrays.where(
                        asBoolean.expandDims(2).broadcast(elements.getShape()), elements, nan);
        NDArray batch = Blocks.infer(manager, block, dirty, asBoolean).get(0);
        assertSameBits(batch, Blocks.infer(manager, block, dirty, asFloat).get(0), "numeric mask");
        for (int set = 0; set < sets; ++set) {
            int row = set * n;
            long[] present =
                    IntStream.range(0, n).filter(i -> mask[row + i]).asLongStream().toArray();
            NDArray compact = elements.get(set).get(manager.create(present)).expandDims(0);
            assertEquals(present.length, compact.getShape().get(1));
            assertSameBits(
                    Blocks.infer(manager, block, compact).get(0),
                    batch.get(set + ":" + (set + 1)),
                    "set of " + present.length);
        }
    }

    @Test
    void paddingReachesNoGradient() {
        int[] lengths = {3, 5, 1};
        LcmAggregator block = lcm(4, DataType.FLOAT64);
        NDArray clean = normal(DataType.FLOAT64, 3, 5, 4);
        NDArray dirty = garbageBeyond(clean, lengths);
        dirty.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray result = Blocks.train(manager, block, dirty, manager.create(lengths)).get(0);
            Gradients.backward(collector, result.square().sum());
        }
        double[] gradient = dirty.getGradient().toDoubleArray();
        for (int i = 0; i < gradient.length; ++i) {
            boolean present = i % 20 / 4 < lengths[i / 20];
            assertTrue(Double.isFinite(gradient[i]), "finite");
            assertEquals(present, gradient[i] != 0, "gradient of element " + i);
        }
        block.getParameters()
                .forEach(
                        p ->
                                assertTrue(
                                        Double.isFinite(
                                                p.getValue()
                                                        .getArray()
                                                        .getGradient()
                                                        .sum()
                                                        .getDouble()),
                                        p.getKey()));
    }

    @Test
    void lengthsOutsideTheRangeActAsIfClipped() {
        LcmAggregator block = lcm(4, DataType.FLOAT32);
        NDArray elements = normal(DataType.FLOAT32, 4, 5, 4);
        NDArray clipped =
                Blocks.infer(manager, block, elements, manager.create(new long[] {0, 5, 2, 0}))
                        .get(0);
        for (NDArray wild :
                List.of(
                        manager.create(new long[] {-3, 99, 2, 0}),
                        manager.create(new float[] {-.5f, 5.5f, 2, 0}))) {
            assertSameBits(clipped, Blocks.infer(manager, block, elements, wild).get(0), "clipped");
        }
    }

    @Test
    void anEmptySetGivesTheIdentity() {
        NDArray elements = normal(DataType.FLOAT32, 2, 3, 4);
        int[] lengths = {0, 3};
        LcmAggregator zero = lcm(4, DataType.FLOAT32);
        assertArrayEquals(
                new float[4],
                zero.aggregate(store, elements, lengths, false).get(0).toFloatArray());

        LcmAggregator learned =
                initialized(
                        LcmAggregator.builder().optLearnedIdentity(true).build(),
                        4,
                        DataType.FLOAT32);
        float[] value = {1, -2, 3, 4.5f};
        PlainMonoid.parameter(learned, "identity").set(value);
        NDArray result = learned.aggregate(store, elements, lengths, false);
        assertArrayEquals(value, result.get(0).toFloatArray());
        NDArray whole = learned.aggregate(store, elements.get("1:2"), new int[] {3}, false);
        assertSameBits(whole, result.get("1:2"), "a set that is not empty");

        NDArray nothing = manager.create(new Shape(2, 0, 4));
        assertArrayEquals(new float[8], Blocks.infer(manager, zero, nothing).get(0).toFloatArray());
        NDArray two = Blocks.infer(manager, learned, nothing).get(0);
        assertEquals(new Shape(2, 4), two.getShape());
        assertArrayEquals(value, two.get(1).toFloatArray());

        NDArray identity = PlainMonoid.parameter(learned, "identity");
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            Gradients.backward(collector, learned.aggregate(store, elements, lengths, true).sum());
        }
        assertArrayEquals(new float[] {1, 1, 1, 1}, identity.getGradient().toFloatArray());
    }

    @Test
    void roundTrip() throws Exception {
        NDArray elements = normal(DataType.FLOAT32, 3, 7, 6);
        NDArray lengths = manager.create(new int[] {7, 0, 4});
        Blocks.assertRoundTrip(
                manager, lcm(6, DataType.FLOAT32), LcmAggregator.builder().build(), elements);
        LcmAggregator learned = LcmAggregator.builder().optLearnedIdentity(true).build();
        learned.initialize(manager, DataType.FLOAT32, elements.getShape(), lengths.getShape());
        PlainMonoid.parameter(learned, "identity").set(new float[] {1, 2, 3, 4, 5, 6});
        LcmAggregator fresh = LcmAggregator.builder().optLearnedIdentity(true).build();
        Blocks.assertRoundTrip(manager, learned, fresh, elements, lengths);
        assertEquals(List.of("elements", "presence"), fresh.describeInput().keys());
        assertEquals(List.of(new Shape(3, 7, 6), new Shape(3)), fresh.describeInput().values());

        byte[] bytes = Blocks.save(learned);
        MalformedModelException e =
                assertThrows(
                        MalformedModelException.class,
                        () ->
                                LcmAggregator.builder()
                                        .build()
                                        .loadParameters(
                                                manager,
                                                new DataInputStream(
                                                        new ByteArrayInputStream(bytes))));
        assertEquals(
                "LcmAggregator: this block has no learned identity, but the file has one",
                e.getMessage());
    }

    @Test
    void describesItself() {
        LcmAggregator block = lcm(6, DataType.FLOAT32);
        assertEquals(List.of("elements"), block.describeInput().keys());
        assertArrayEquals(
                new Shape[] {new Shape(9, 6)},
                block.getOutputShapes(new Shape[] {new Shape(9, 100, 6), new Shape(9, 100)}));
        assertTrue(block.getOperator() instanceof Symmetrized);
        assertSame(
                DataType.FLOAT64,
                Blocks.infer(manager, lcm(6, DataType.FLOAT64), normal(DataType.FLOAT64, 2, 3, 6))
                        .get(0)
                        .getDataType());
    }

    @Test
    void nothingIsLeftBehind() {
        LcmAggregator block =
                initialized(
                        LcmAggregator.builder().optLearnedIdentity(true).build(),
                        8,
                        DataType.FLOAT32);
        Leaks.assertNothingLeft(
                manager,
                200,
                step -> {
                    NDArray elements = step.randomNormal(new Shape(3, 5, 8));
                    NDArray lengths = step.create(new int[] {5, 0, 3});
                    NDArray mask = step.ones(new Shape(3, 5));
                    int before = step.getManagedArrays().size();
                    try (GradientCollector collector =
                            Engine.getInstance().newGradientCollector()) {
                        NDArray a =
                                block.forward(store, new NDList(elements, lengths), true).get(0);
                        NDArray b = block.forward(store, new NDList(elements, mask), true).get(0);
                        NDArray c =
                                block.associativityLoss(store, new NDList(elements, lengths), true);
                        assertEquals(before + 3, step.getManagedArrays().size(), "results only");
                        Gradients.backward(collector, a.sum().add(b.sum()).add(c));
                    }
                });
    }

    @Test
    void badInputGetsOneSentence() {
        LcmAggregator block = lcm(4, DataType.FLOAT32);
        NDArray elements = manager.ones(new Shape(2, 3, 4));
        assertMessage(
                "LcmAggregator: beside elements of shape (2, 3, 4) there must be a mask of shape"
                        + " (2, 3) or lengths of shape (2), but there is an array of shape (2, 4)",
                () -> Blocks.infer(manager, block, elements, manager.ones(new Shape(2, 4))));
        assertMessage(
                "LcmAggregator: beside elements of shape (2, 3, 4) there must be a mask of shape"
                        + " (2, 3) or lengths of shape (2), but there is an array of shape (3)",
                () -> Blocks.infer(manager, block, elements, manager.ones(new Shape(3))));
        assertMessage(
                "LcmAggregator: the elements must have the shape [batch, elements, features], but"
                        + " have (2, 4)",
                () -> Blocks.infer(manager, block, manager.ones(new Shape(2, 4))));
        assertMessage(
                "LcmAggregator: the elements must have 4 features, as at initialization, but have"
                        + " the shape (2, 3, 5)",
                () -> Blocks.infer(manager, block, manager.ones(new Shape(2, 3, 5))));
        assertMessage(
                "LcmAggregator: the inputs must be the elements and optionally a mask or lengths,"
                        + " but there are 3 arrays",
                () -> Blocks.infer(manager, block, elements, elements, elements));
        assertMessage(
                "LcmAggregator: the length of set 1 must be between 0 and 3, but is 4",
                () -> block.aggregate(store, elements, new int[] {3, 4}, false));
        assertMessage(
                "LcmAggregator: the length of set 0 must be between 0 and 3, but is -1",
                () -> block.aggregate(store, elements, new int[] {-1, 4}, false));
        assertMessage(
                "LcmAggregator: beside elements of shape (2, 3, 4) there must be a mask of shape"
                        + " (2, 3) or lengths of shape (2), but there is an array of shape (3)",
                () -> block.aggregate(store, elements, new int[] {1, 1, 1}, false));
        assertMessage(
                "LcmAggregator: the number of features must be known at initialization, but the"
                        + " elements have the shape (2, 3, -1)",
                () ->
                        LcmAggregator.builder()
                                .build()
                                .initialize(manager, DataType.FLOAT32, new Shape(2, 3, -1)));
        NDArray nan = manager.ones(new Shape(2, 3, 4));
        nan.set(new ai.djl.ndarray.index.NDIndex("1, 2, 3"), Float.NaN);
        String sentence =
                "LcmAggregator: the elements must be finite, but element %d of set 1 has NaN or"
                        + " infinity";
        assertMessage(
                String.format(sentence, 2),
                () -> block.aggregate(store, nan, new int[] {3, 3}, false));
        assertMessage(String.format(sentence, 2), () -> Blocks.infer(manager, block, nan));
        NDArray mask = manager.create(new boolean[] {true, true, true, false, true, true});
        assertMessage(
                String.format(sentence, 1),
                () -> Blocks.infer(manager, block, nan, mask.reshape(2, 3)));
        block.aggregate(store, nan, new int[] {3, 2}, false);
        for (double weight : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertMessage(
                    "LcmAggregator: the associativity weight must be finite and not negative, but"
                            + " is "
                            + weight,
                    () -> LcmAggregator.builder().optAssociativityWeight(weight).build());
        }
    }

    @Test
    void oneSeedGivesOneTraining() {
        byte[] first = trained();
        assertArrayEquals(first, trained());
        Engine.getInstance().setRandomSeed(99);
        assertTrue(!Arrays.equals(first, Blocks.save(lcm(8, DataType.FLOAT32))));
    }

    private byte[] trained() {
        Engine.getInstance().setRandomSeed(4);
        LcmAggregator block = lcm(8, DataType.FLOAT32);
        for (int step = 0; step < 5; ++step) {
            NDArray elements = normal(DataType.FLOAT32, 4, 6, 8);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray result = block.aggregate(store, elements, new int[] {6, 1, 0, 5}, true);
                Gradients.backward(collector, result.square().sum());
            }
            block.getParameters()
                    .forEach(
                            p -> {
                                NDArray array = p.getValue().getArray();
                                array.subi(array.getGradient().mul(0.01f));
                                array.getGradient().muli(0);
                            });
        }
        return Blocks.save(block);
    }
}
