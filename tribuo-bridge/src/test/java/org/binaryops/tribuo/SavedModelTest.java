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
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
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

    private static void assertDamaged(String expected, UnaryOperator<DjlModelProto> damage)
            throws InvalidProtocolBufferException {
        ModelProto proto = ModelProto.parseFrom(saved);
        DjlModelProto content = proto.getSerializedData().unpack(DjlModelProto.class);
        ModelProto damaged =
                proto.toBuilder().setSerializedData(Any.pack(damage.apply(content))).build();
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> Model.deserialize(damaged));
        StringBuilder messages = new StringBuilder();
        for (Throwable t = e; t != null; t = t.getCause()) {
            messages.append(t.getMessage()).append('\n');
        }
        assertTrue(messages.toString().contains(expected), messages.toString());
    }

    @Test
    void damagedParametersAreNoticed() throws IOException {
        assertDamaged(
                "The parameters are damaged: their checksum must be",
                p -> p.toBuilder().setParameters(p.getParameters().substring(0, 100)).build());
        byte[] flipped =
                ModelProto.parseFrom(saved)
                        .getSerializedData()
                        .unpack(DjlModelProto.class)
                        .getParameters()
                        .toByteArray();
        flipped[flipped.length / 2] ^= 4;
        assertDamaged(
                "The parameters are damaged: their checksum must be",
                p -> p.toBuilder().setParameters(ByteString.copyFrom(flipped)).build());
        assertDamaged(
                "The parameters are damaged: their checksum must be",
                p ->
                        p.toBuilder()
                                .setFeatures(p.getFeatures().toBuilder().setDivisor(0, 2))
                                .build());
    }

    @Test
    void partsThatDoNotFitAreNoticed() throws IOException {
        try (DjlModel<Label> wider = TestData.mlp(1, 10, 1e-2, 5).train(DATA)) {
            byte[] others = Networks.save(wider.getBlock());
            byte[] truncated = Arrays.copyOf(TestData.parameters(model), others.length / 2);
            byte[] longer =
                    Arrays.copyOf(
                            TestData.parameters(model), TestData.parameters(model).length + 3);
            assertDamaged("The parameters are damaged or not those of", sealed(truncated));
            assertDamaged("3 bytes are left after the parameters of", sealed(longer));
        }
        try (DjlModel<Label> deeper = TestData.mlp(1, 10, 1e-2, 4, 4).train(DATA)) {
            assertDamaged("MlpArchitecture", sealed(Networks.save(deeper.getBlock())));
        }
        assertDamaged(
                "The batch size must be positive", p -> p.toBuilder().setBatchSize(0).build());
        assertDamaged(
                "Expected a org.binaryops.tribuo.Architecture, but found"
                        + " org.binaryops.tribuo.LabelConverter",
                p -> p.toBuilder().setArchitecture(p.getOutputConverter()).build());
        assertDamaged(
                "Type of the Any message does not match",
                p -> p.toBuilder().setArchitecture(p.getMetadata()).build());
        assertDamaged(
                "The model has 4 features, but its network has 5 columns",
                p -> {
                    FeatureEncoderProto features = p.getFeatures().toBuilder().setWidth(5).build();
                    return sealed(p.getParameters().toByteArray(), features).apply(p);
                });
    }

    /** Replaces the parameters and makes the checksum right. */
    private static UnaryOperator<DjlModelProto> sealed(byte[] parameters) {
        return p -> sealed(parameters, p.getFeatures()).apply(p);
    }

    private static UnaryOperator<DjlModelProto> sealed(
            byte[] parameters, FeatureEncoderProto features) {
        return p -> {
            java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
            crc.update(features.toByteArray());
            crc.update(parameters);
            return p.toBuilder()
                    .setParameters(ByteString.copyFrom(parameters))
                    .setFeatures(features)
                    .setCrc32C((int) crc.getValue())
                    .build();
        };
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 0.9, 0.999})
    void truncatedFilesAreRefused(double part) {
        byte[] truncated = Arrays.copyOf(saved, (int) (part * saved.length));
        assertThrows(
                InvalidProtocolBufferException.class,
                () -> Model.deserializeFromStream(new ByteArrayInputStream(truncated)));
    }

    @Test
    void flippedBitsNeverGiveAnotherNetwork() {
        double[][] expected = TestData.probabilities(model, DATA);
        SplittableRandom random = new SplittableRandom(8);
        for (int i = 0; i < 300; ++i) {
            byte[] flipped = saved.clone();
            flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
            try (DjlModel<?> read =
                    (DjlModel<?>) Model.deserializeFromStream(new ByteArrayInputStream(flipped))) {
                // The flip was in a name or a time; the network must be the same.
                assertArrayEquals(TestData.parameters(model), Networks.save(read.getBlock()));
            } catch (IOException | RuntimeException e) {
                assertNotNull(e.getMessage());
            }
        }
        assertArrayEquals(expected, TestData.probabilities(model, DATA));
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
