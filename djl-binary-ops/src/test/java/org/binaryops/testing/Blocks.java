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
package org.binaryops.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Assertions on DJL blocks. */
public final class Blocks {

    private Blocks() {}

    /** Runs a block in inference mode. */
    public static NDList infer(NDManager manager, Block block, NDArray... inputs) {
        return block.forward(new ParameterStore(manager, false), new NDList(inputs), false);
    }

    /** Runs a block in training mode. */
    public static NDList train(NDManager manager, Block block, NDArray... inputs) {
        return block.forward(new ParameterStore(manager, false), new NDList(inputs), true);
    }

    /** The bytes of a block's parameter section. */
    public static byte[] save(Block block) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            block.saveParameters(new DataOutputStream(bytes));
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Saves {@code trained}, loads the bytes into {@code fresh} (a block of the same architecture
     * that was never initialized) and checks that both give bit-identical inference outputs, that
     * all bytes were read, and that the outputs have the shapes that the block announces.
     */
    public static void assertRoundTrip(
            NDManager manager, Block trained, Block fresh, NDArray... inputs) {
        byte[] bytes = save(trained);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            fresh.loadParameters(manager, in);
            assertEquals(0, in.available(), "bytes left after loading");
        } catch (IOException | MalformedModelException e) {
            throw new AssertionError("loading failed", e);
        }
        assertTrue(fresh.isInitialized(), "a loaded block is initialized");
        if (fresh.getClass().getPackageName().startsWith("org.binaryops")) {
            // DJL's own containers forget the names of their inputs.
            assertEquals(
                    trained.describeInput().size(),
                    fresh.describeInput().size(),
                    "described inputs");
        }
        NDList expected = infer(manager, trained, inputs);
        NDList actual = infer(manager, fresh, inputs);
        Shape[] announced = fresh.getOutputShapes(new NDList(inputs).getShapes());
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); ++i) {
            assertEquals(expected.get(i).getShape(), announced[i], "announced shape");
            assertEquals(expected.get(i).getShape(), actual.get(i).getShape());
            assertArrayEquals(expected.get(i).toByteArray(), actual.get(i).toByteArray());
        }
    }

    /** Initializes a block in float64, so that formulas can be checked tightly. */
    public static <B extends Block> B initialize64(NDManager manager, B block, Shape... inputs) {
        block.initialize(manager, DataType.FLOAT64, inputs);
        return block;
    }
}
