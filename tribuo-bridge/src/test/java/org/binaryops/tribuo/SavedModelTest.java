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
package org.binaryops.tribuo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.binaryops.tribuo.protos.DjlModelProto;
import org.binaryops.tribuo.protos.FeatureEncoderProto;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.protos.core.ModelDataProto;
import org.tribuo.protos.core.ModelProto;

/** Saved models: one from the past, and damaged ones. */
class SavedModelTest {

    private static final MutableDataset<Label> DATA = TestData.blobs(20, 6);

    private static DjlModel<Label> model;
    private static byte[] saved;

    @BeforeAll
    static void save() {
        model = TestData.mlp(2, 10, 1e-2, 4).train(DATA);
        saved = model.serialize().toByteArray();
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** Writes the golden files; to be run by hand when a new version of the form is made. */
    public static void main(String[] folder) throws IOException {
        try (DjlModel<Label> mlp = TestData.mlp(3, 10, 1e-2, 4).withValidation(0.2, 2).train(DATA);
                DjlModel<Label> binary = binary().train(DATA)) {
            mlp.serializeToFile(Path.of(folder[0], "mlp-v0.tribuo"));
            binary.serializeToFile(Path.of(folder[0], "binary-mlp-v0.tribuo"));
            for (DjlModel<Label> each : List.of(mlp, binary)) {
                System.out.println(Arrays.toString(TestData.probabilities(each, DATA)[0]));
            }
        }
    }

    private static DjlTrainer<Label> binary() {
        return new DjlTrainer<>(
                new BinaryMlpArchitecture(
                        new int[] {8}, 2, true, SignEstimator.RESTE, SignEstimator.IDENTITY),
                new DenseFeatureConverter(DenseFeatureConverter.Scaling.STANDARDISE),
                new LabelConverter(),
                2,
                10,
                1e-2,
                5L);
    }

    private static void assertGolden(String name, double expected) throws IOException {
        try (InputStream in = SavedModelTest.class.getResourceAsStream(name)) {
            assertNotNull(in, name);
            Model<Label> read = Model.deserializeFromStream(in).castModel(Label.class);
            try (DjlModel<Label> golden = (DjlModel<Label>) read) {
                double[] row = TestData.probabilities(golden, DATA)[0];
                assertEquals(expected, row[0], 1e-5);
                assertEquals(1, row[0] + row[1], 1e-12);
                assertTrue(golden.getBestEpoch() > 0);
                assertTrue(golden.getHistory().size() > 1);
            }
        }
    }

    @Test
    void filesOfVersionZeroAreReadForEver() throws IOException {
        assertGolden("mlp-v0.tribuo", GOLDEN_MLP);
        assertGolden("binary-mlp-v0.tribuo", GOLDEN_BINARY);
    }

    private static final double GOLDEN_MLP = 0.10744778257191852;
    private static final double GOLDEN_BINARY = 0.24231143521911308;

    private static Throwable root(Throwable e) {
        return e.getCause() == null ? e : root(e.getCause());
    }

    private static DjlModelProto content(ModelProto proto) throws InvalidProtocolBufferException {
        return proto.getSerializedData().unpack(DjlModelProto.class);
    }

    /** What the saved form promises: the checksum is over the message without it. */
    private static DjlModelProto sealed(DjlModelProto content) {
        CRC32C crc = new CRC32C();
        crc.update(content.toBuilder().clearCrc32C().build().toByteArray());
        return content.toBuilder().setCrc32C((int) crc.getValue()).build();
    }

    private static ModelProto with(DjlModelProto content) throws InvalidProtocolBufferException {
        return ModelProto.parseFrom(saved).toBuilder().setSerializedData(Any.pack(content)).build();
    }

    /** Asserts that Tribuo's exception is round one of ours, with a sentence. */
    private static InvalidProtocolBufferException ours(IllegalStateException e) {
        InvocationTargetException outer =
                assertInstanceOf(InvocationTargetException.class, e.getCause(), e::toString);
        InvalidProtocolBufferException ours =
                assertInstanceOf(
                        InvalidProtocolBufferException.class,
                        outer.getTargetException(),
                        () -> outer.getTargetException().toString());
        assertTrue(ours.getMessage().length() > 20, ours.getMessage());
        return ours;
    }

    /** Asserts that a model with other contents is refused in the given words. */
    private static void assertRefused(String expected, DjlModelProto content)
            throws InvalidProtocolBufferException {
        ModelProto proto = with(content);
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> Model.deserialize(proto));
        String message = ours(e).getMessage();
        assertTrue(message.contains(expected), message);
    }

    /** Changes each part of the contents in turn, without making the checksum right. */
    @Test
    void damageOfAnyPartIsNoticed() throws IOException {
        DjlModelProto whole = content(ModelProto.parseFrom(saved));
        String expected = "The saved model is damaged: its checksum must be";
        byte[] flipped = whole.getParameters().toByteArray();
        flipped[flipped.length / 2] ^= 4;
        FeatureEncoderProto divided = whole.getFeatures().toBuilder().setDivisor(0, 2).build();
        ModelDataProto metadata = whole.getMetadata().unpack(ModelDataProto.class);
        for (DjlModelProto damaged :
                new DjlModelProto[] {
                    whole.toBuilder().setParameters(whole.getParameters().substring(99)).build(),
                    whole.toBuilder().setParameters(ByteString.copyFrom(flipped)).build(),
                    whole.toBuilder().setFeatures(divided).build(),
                    whole.toBuilder()
                            .setMetadata(Any.pack(metadata.toBuilder().setName("other").build()))
                            .build(),
                    whole.toBuilder()
                            .setArchitecture(Configured.serialize(new MlpArchitecture(4, 4)))
                            .build(),
                    whole.toBuilder().clearOutputConverter().build(),
                    whole.toBuilder().setBatchSize(whole.getBatchSize() + 1).build(),
                    whole.toBuilder().setBestEpoch(whole.getBestEpoch() - 1).build(),
                    whole.toBuilder().removeHistory(0).build(),
                    whole.toBuilder().setCrc32C(whole.getCrc32C() ^ 1).build(),
                    whole.toBuilder().clearCrc32C().build()
                }) {
            assertRefused(expected, damaged);
        }
    }

    @Test
    void partsThatDoNotFitAreNoticed() throws IOException {
        DjlModelProto whole = content(ModelProto.parseFrom(saved));
        byte[] own = TestData.parameters(model);
        try (DjlModel<Label> deeper = TestData.mlp(1, 10, 1e-2, 4, 4).train(DATA)) {
            String expected = "The parameters are damaged or not those of MlpArchitecture";
            assertRefused(expected, withParameters(whole, Arrays.copyOf(own, own.length / 2)));
            assertRefused("MlpArchitecture", withParameters(whole, TestData.parameters(deeper)));
        }
        assertRefused(
                "3 bytes are left after the parameters of",
                withParameters(whole, Arrays.copyOf(own, own.length + 3)));
        assertRefused(
                "The batch size must be positive",
                sealed(whole.toBuilder().setBatchSize(0).build()));
        assertRefused(
                "Expected a org.binaryops.tribuo.Architecture, but found"
                        + " org.binaryops.tribuo.LabelConverter",
                sealed(whole.toBuilder().setArchitecture(whole.getOutputConverter()).build()));
        assertRefused(
                "Type of the Any message does not match",
                sealed(whole.toBuilder().setArchitecture(whole.getMetadata()).build()));
        assertRefused(
                "The model has 4 features, but its network has 5 columns",
                sealed(
                        whole.toBuilder()
                                .setFeatures(whole.getFeatures().toBuilder().setWidth(5))
                                .build()));
    }

    private static DjlModelProto withParameters(DjlModelProto whole, byte[] parameters) {
        return sealed(whole.toBuilder().setParameters(ByteString.copyFrom(parameters)).build());
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.9, 0.999})
    void truncatedFilesAreRefused(double part) {
        byte[] truncated = Arrays.copyOf(saved, (int) (part * saved.length));
        assertThrows(
                InvalidProtocolBufferException.class,
                () -> Model.deserializeFromStream(new ByteArrayInputStream(truncated)));
    }

    /** Where the bytes of a word are in the file. */
    private static List<Integer> places(String word) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i + bytes.length <= saved.length; ++i) {
            if (Arrays.equals(saved, i, i + bytes.length, bytes, 0, bytes.length)) {
                for (int j = 0; j < bytes.length; ++j) {
                    places.add(i + j);
                }
            }
        }
        assertFalse(places.isEmpty(), word);
        return places;
    }

    /** Loads the file with one bit flipped; returns whether it loads, then as the same model. */
    private static boolean loadsTheSame(int place, int bit, double[][] expected) {
        byte[] flipped = saved.clone();
        flipped[place] ^= (byte) (1 << bit);
        String where = "bit " + bit + " of byte " + place;
        Model<?> read;
        try {
            read = Model.deserializeFromStream(new ByteArrayInputStream(flipped));
        } catch (IllegalStateException e) {
            // Tribuo's own, for a class name or a missing method, or round ours.
            if (e.getCause() instanceof InvocationTargetException outer
                    && !(outer.getTargetException() instanceof IllegalArgumentException)) {
                ours(e);
            }
            assertNotNull(e.getMessage(), where);
            return false;
        } catch (IOException e) {
            assertInstanceOf(InvalidProtocolBufferException.class, e, where);
            return false;
        }
        try (DjlModel<Label> same = (DjlModel<Label>) read.castModel(Label.class)) {
            assertEquals(model.getName(), same.getName(), where);
            assertEquals(model.getProvenance(), same.getProvenance(), where);
            assertEquals(model.featureOrder(), same.featureOrder(), where);
            assertEquals(model.getHistory(), same.getHistory(), where);
            assertEquals(model.getBestEpoch(), same.getBestEpoch(), where);
            assertArrayEquals(TestData.parameters(model), TestData.parameters(same), where);
            assertArrayEquals(expected, TestData.probabilities(same, DATA), where);
        }
        return true;
    }

    @Test
    void flippedBitsNeverGiveAnotherModel() {
        double[][] expected = TestData.probabilities(model, DATA);
        SplittableRandom random = new SplittableRandom(8);
        int loaded = 0;
        for (int i = 0; i < 2000; ++i) {
            int place = random.nextInt(saved.length);
            loaded += loadsTheSame(place, random.nextInt(8), expected) ? 1 : 0;
        }
        System.out.println(loaded + " of 2000 files with a flipped bit load, as the same model");
    }

    @ParameterizedTest
    @ValueSource(strings = {"f0", "f1", "f2", "f3", "plus", "minus"})
    void flippedBitsInNamesAreNoticed(String name) {
        double[][] expected = TestData.probabilities(model, DATA);
        for (int place : places(name)) {
            for (int bit = 0; bit < 8; ++bit) {
                assertFalse(loadsTheSame(place, bit, expected), name + " at " + place);
            }
        }
    }

    /** Flips bits and makes the checksum right, as no accident would. */
    @Test
    void nonsenseWithTheRightChecksumIsRefusedInOurWords() throws IOException {
        DjlModelProto original = content(ModelProto.parseFrom(saved));
        byte[] whole = original.toByteArray();
        SplittableRandom random = new SplittableRandom(9);
        int refused = 0;
        for (int i = 0; i < 1500; ++i) {
            byte[] flipped = whole.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            ModelProto nonsense;
            try {
                DjlModelProto content = DjlModelProto.parseFrom(flipped);
                // The engine's decoder trusts lengths; only the checksum guards it.
                if (!content.getParameters().equals(original.getParameters())) {
                    continue;
                }
                nonsense = with(sealed(content));
            } catch (InvalidProtocolBufferException e) {
                continue;
            }
            try {
                ((DjlModel<?>) Model.deserialize(nonsense)).close();
            } catch (IllegalStateException e) {
                ours(e);
                ++refused;
            }
        }
        assertTrue(refused > 100, "refused " + refused);
        System.out.println("of 1500 sealed files with a flipped bit " + refused + " are refused");
    }

    @Test
    void otherVersionsAreRefused() throws IOException {
        ModelProto newer = ModelProto.parseFrom(saved).toBuilder().setVersion(1).build();
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> Model.deserialize(newer));
        IllegalArgumentException cause = assertInstanceOf(IllegalArgumentException.class, root(e));
        assertEquals(
                "The model must have a version of at most 0, but has version 1.",
                cause.getMessage());
    }
}
