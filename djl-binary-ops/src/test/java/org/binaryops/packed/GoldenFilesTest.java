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
package org.binaryops.packed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of every format version load, for ever, and predict what they did when written. */
class GoldenFilesTest {

    @ParameterizedTest
    @EnumSource
    void versionOneIsRead(RandomModels.End end) throws IOException {
        String name = GoldenFiles.name(end);
        byte[] bytes;
        try (InputStream in = GoldenFiles.model(name)) {
            bytes = in.readAllBytes();
        }
        PackedModel model = PackedModel.fromBytes(bytes);
        assertEquals(12, GoldenFiles.cases(name).size());
        for (GoldenFiles.Case row : GoldenFiles.cases(name)) {
            assertArrayEquals(row.outputs(), model.predict(row.features()));
            PlainProgram plain = PlainProgram.run(model, row.features());
            if (plain.outputs != null) {
                assertArrayEquals(row.outputs(), plain.outputs);
            }
        }
        // what version 1 can hold is written as version 1
        assertArrayEquals(bytes, model.toBytes());
    }

    @ParameterizedTest
    @EnumSource
    void laterVersionsAreRead(RandomPrograms.Kind kind) throws IOException {
        String name = GoldenFiles.name(kind);
        byte[] bytes;
        try (InputStream in = GoldenFiles.model(name)) {
            bytes = in.readAllBytes();
        }
        assertEquals(kind.version(), bytes[8]);
        PackedModel model = PackedModel.fromBytes(bytes);
        assertArrayEquals(bytes, model.toBytes());
        assertArrayEquals(new int[] {3, 6, 5}, model.inputShape());
        assertEquals(6, GoldenFiles.cases(name).size());
        for (GoldenFiles.Case row : GoldenFiles.cases(name)) {
            assertArrayEquals(row.outputs(), model.predict(row.features()));
        }
    }

    @Test
    void theGoldenFilesOfLaterVersionsHoldEveryOperation() throws IOException {
        Set<Integer> codes = new java.util.TreeSet<>();
        for (RandomPrograms.Kind kind : RandomPrograms.Kind.values()) {
            try (InputStream in = GoldenFiles.model(GoldenFiles.name(kind))) {
                for (Operation operation : PackedModel.load(in).operations()) {
                    codes.add(operation.code());
                }
            }
        }
        for (int code = 7; code <= 23; ++code) {
            assertTrue(codes.contains(code), code + " is not of " + codes);
        }
    }

    @Test
    void theGoldenFilesHoldEveryOperationAndRule() throws IOException {
        Set<ThresholdRule> input = EnumSet.noneOf(ThresholdRule.class);
        Set<ThresholdRule> integer = EnumSet.noneOf(ThresholdRule.class);
        Set<Integer> codes = new java.util.HashSet<>();
        for (RandomModels.End end : RandomModels.End.values()) {
            try (InputStream in = GoldenFiles.model(GoldenFiles.name(end))) {
                for (Operation operation : PackedModel.load(in).operations()) {
                    codes.add(operation.code());
                    if (operation instanceof InputThresholds op) {
                        for (int i = 0; i < op.features() * op.perFeature(); ++i) {
                            input.add(op.rule(i));
                        }
                    }
                    if (operation instanceof IntegerThresholds op) {
                        for (int i = 0; i < op.channels() * op.perChannel(); ++i) {
                            integer.add(op.rule(i));
                        }
                    }
                }
            }
        }
        assertEquals(EnumSet.allOf(ThresholdRule.class), input);
        assertEquals(EnumSet.allOf(ThresholdRule.class), integer);
        assertTrue(codes.containsAll(Set.of(1, 2, 3, 4, 5, 6)), codes.toString());
    }
}
