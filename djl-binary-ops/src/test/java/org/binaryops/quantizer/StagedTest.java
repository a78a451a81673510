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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.SequentialBlock;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.junit.jupiter.api.Test;

/** A quantizer that is switched on later. */
class StagedTest {

    private static final double[] X = {-1.5, -0.75, 0, 0.25, 2};
    private static final double[] UPSTREAM = {2, 3, 5, 7, 11};

    @Test
    void itIsTheIdentityUntilItIsEnabled() {
        Staged staged = Staged.of(new ApproxSign());
        assertFalse(staged.isBinary());
        assertEquals(32, staged.getBits());
        assertArrayEquals(X, Gradients.values(X, x -> staged.quantize(null, x, true)));
        assertArrayEquals(X, Gradients.values(X, x -> staged.quantizeFrozen(null, x)));
        assertArrayEquals(
                UPSTREAM, Gradients.at(X, UPSTREAM, x -> staged.quantize(null, x, true)), 1e-12);
        Staged.setEnabled(new SequentialBlock().add(new SequentialBlock().add(staged)), true);
        assertTrue(staged.isBinary());
        assertEquals(1, staged.getBits());
        double[] signs = {-1, -1, 1, 1, 1};
        assertArrayEquals(signs, Gradients.values(X, x -> staged.quantize(null, x, true)));
        assertArrayEquals(signs, Gradients.values(X, x -> staged.quantizeFrozen(null, x)));
        assertArrayEquals(
                new double[] {0, 1.5, 10, 10.5, 0},
                Gradients.at(X, UPSTREAM, x -> staged.quantize(null, x, true)),
                1e-12);
        Staged.setEnabled(staged, false);
        assertArrayEquals(X, Gradients.values(X, x -> staged.quantize(null, x, true)));
    }

    @Test
    void itIsSavedInEitherState() {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.create(new float[] {-3, 0.5f, 2}).reshape(1, 3);
            for (boolean enabled : new boolean[] {false, true}) {
                Staged staged = Staged.of(halfWay());
                staged.setEnabled(enabled);
                staged.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
                Staged fresh = Staged.of(halfWay());
                Blocks.assertRoundTrip(manager, staged, fresh, x);
                assertEquals(enabled, fresh.isEnabled());
            }
        }
    }

    /** A quantizer with state of its own, that must be saved too. */
    private static Quantizer halfWay() {
        ReSte quantizer = new ReSte();
        quantizer.setProgress(0.5);
        return quantizer;
    }

    @Test
    void aDamagedFlagIsRefused() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Staged staged = Staged.of(new ApproxSign());
            staged.initialize(manager, DataType.FLOAT32, new Shape(1, 3));
            byte[] bytes = Blocks.save(staged);
            staged.setEnabled(true);
            byte[] enabled = Blocks.save(staged);
            int flag = 0;
            while (bytes[flag] == enabled[flag]) {
                ++flag;
            }
            bytes[flag] = 7;
            assertEquals(
                    "Staged: whether it is enabled must be 0 or 1, but the file says 7",
                    assertThrows(
                                    MalformedModelException.class,
                                    () ->
                                            Staged.of(new ApproxSign())
                                                    .loadParameters(
                                                            manager,
                                                            new DataInputStream(
                                                                    new ByteArrayInputStream(
                                                                            bytes))))
                            .getMessage());
        }
    }

    @Test
    void theInnerQuantizerIsFound() {
        ApproxSign sign = new ApproxSign();
        assertSame(sign, Staged.inner(Staged.of(sign)));
        assertSame(sign, Staged.inner(sign));
        assertEquals(
                "quantizer must be given, but was null.",
                assertThrows(IllegalArgumentException.class, () -> Staged.of(null)).getMessage());
    }
}
