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
package org.binaryops.packed.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.Batchifier;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Arrays by their definitions; {@link SameAsPyTorchTest} compares them with another engine's. */
class JavaNDArrayTest {

    private final NDManager manager = PureEngine.manager();

    @AfterEach
    void close() {
        manager.close();
    }

    private NDArray range(long... shape) {
        Shape s = new Shape(shape);
        return manager.arange(s.size() * 1f).reshape(s);
    }

    @Test
    void softmaxIsThatOfTheFormula() {
        float[] x = {0.5f, -1, 3, 80, 79.5f};
        double sum = 0;
        for (float v : x) {
            sum += Math.exp(v - 80.0);
        }
        float[] actual = manager.create(x).softmax(0).toFloatArray();
        float[] logs = manager.create(x).logSoftmax(-1).toFloatArray();
        for (int i = 0; i < x.length; ++i) {
            assertEquals((float) (Math.exp(x[i] - 80.0) / sum), actual[i]);
            assertEquals((float) (x[i] - 80.0 - Math.log(sum)), logs[i], 1e-6f * 80);
        }
        // far past the range of float exponentials
        assertArrayEquals(
                new float[] {0.5f, 0.5f},
                manager.create(new float[] {1e30f, 1e30f}).softmax(0).toFloatArray());
    }

    @Test
    void anImageBecomesATensor() {
        byte[] pixels = new byte[2 * 3 * 3];
        for (int i = 0; i < pixels.length; ++i) {
            pixels[i] = (byte) (15 * i);
        }
        NDArray image = manager.create(ByteBuffer.wrap(pixels), new Shape(2, 3, 3), DataType.UINT8);
        NDArray tensor = image.getNDArrayInternal().toTensor();
        assertEquals(new Shape(3, 2, 3), tensor.getShape());
        assertEquals(DataType.FLOAT32, tensor.getDataType());
        float[] values = tensor.toFloatArray();
        for (int c = 0; c < 3; ++c) {
            for (int y = 0; y < 2; ++y) {
                for (int x = 0; x < 3; ++x) {
                    int v = (15 * ((y * 3 + x) * 3 + c)) & 0xff;
                    assertEquals(v / 255f, values[(c * 2 + y) * 3 + x]);
                }
            }
        }
        float[] mean = {0.5f, 0.25f, 0.125f};
        float[] std = {0.5f, 2, 3};
        float[] normal = tensor.getNDArrayInternal().normalize(mean, std).toFloatArray();
        for (int i = 0; i < normal.length; ++i) {
            assertEquals((values[i] - mean[i / 6]) / std[i / 6], normal[i]);
        }
    }

    @Test
    void batchesAreStackedAndTakenApart() {
        NDList a = new NDList(range(2, 3));
        NDList b = new NDList(range(2, 3).add(10));
        NDList batch = Batchifier.STACK.batchify(new NDList[] {a, b});
        assertEquals(new Shape(2, 2, 3), batch.head().getShape());
        assertArrayEquals(
                new float[] {0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15},
                batch.head().toFloatArray());
        NDList[] rows = Batchifier.STACK.unbatchify(batch);
        assertEquals(2, rows.length);
        assertEquals(new Shape(2, 3), rows[1].head().getShape());
        assertArrayEquals(b.head().toFloatArray(), rows[1].head().toFloatArray());
        assertThrows(
                IllegalArgumentException.class,
                () -> NDArrays.stack(new NDList(range(2), range(3))));
    }

    @Test
    void topKGivesTheLargestInOrder() {
        NDArray x = manager.create(new float[] {3, 9, 1, 9, 5, 7}, new Shape(1, 6));
        NDList top = x.topK(3, 1);
        assertArrayEquals(new float[] {9, 9, 7}, top.get(0).toFloatArray());
        assertArrayEquals(new long[] {1, 3, 5}, top.get(1).toLongArray());
        assertArrayEquals(new long[] {2, 0}, x.topK(2, -1, false, true).get(1).toLongArray());
        assertEquals(1, x.argMax().getLong());
        assertThrows(IllegalArgumentException.class, () -> x.topK(7, 1));
    }

    @Test
    void slicesAreReadAndWritten() {
        NDArray x = range(3, 4);
        assertArrayEquals(new float[] {4, 5, 6, 7}, x.get(1).toFloatArray());
        assertArrayEquals(new float[] {1, 3, 9, 11}, x.get("0:3:2,1::2").toFloatArray());
        assertEquals(new Shape(3, 1), x.get(":,3:").getShape());
        assertEquals(11f, x.getFloat(2, 3));
        x.set(new ai.djl.ndarray.index.NDIndex("1,1:3"), -1);
        assertArrayEquals(new float[] {0, 1, 2, 3, 4, -1, -1, 7, 8, 9, 10, 11}, x.toFloatArray());
        x.set(new ai.djl.ndarray.index.NDIndex(":,0"), manager.create(new float[] {7, 8, 9}));
        assertArrayEquals(new float[] {7, 8, 9}, x.get(":,0").toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> x.get(5));
    }

    @Test
    void typesAreConverted() {
        NDArray bytes = manager.create(new byte[] {-1, 5, 127}).toType(DataType.UINT8, true);
        assertArrayEquals(new int[] {255, 5, 127}, bytes.toUint8Array());
        assertArrayEquals(
                new float[] {255, 5, 127}, bytes.toType(DataType.FLOAT32, false).toFloatArray());
        NDArray big = manager.create(new long[] {Long.MAX_VALUE - 1});
        assertEquals(Long.MAX_VALUE - 1, big.duplicate().toLongArray()[0]);
        assertArrayEquals(
                new boolean[] {true, false},
                manager.create(new float[] {0.5f, 0})
                        .toType(DataType.BOOLEAN, false)
                        .toBooleanArray());
        assertSame(bytes, bytes.toType(DataType.UINT8, false));
        UnsupportedOperationException e =
                assertThrows(
                        UnsupportedOperationException.class,
                        () -> bytes.toType(DataType.FLOAT16, false));
        assertTrue(
                e.getMessage().contains("FLOAT16") || e.getMessage().contains("float16"),
                e.getMessage());
    }

    @Test
    void whatIsReadCannotBeWrittenThrough() {
        NDArray x = range(3);
        byte[] bytes = x.toByteArray();
        bytes[3] = 99;
        assertTrue(x.toByteBuffer().isReadOnly());
        assertArrayEquals(new float[] {0, 1, 2}, x.toFloatArray());
        x.set(FloatBuffer.wrap(new float[] {4, 5, 6}));
        assertArrayEquals(new float[] {4, 5, 6}, x.toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> x.set(new float[2]));
    }

    @Test
    void reshapedArraysShareTheirElements() {
        NDArray x = range(2, 3);
        NDArray y = x.reshape(-1, 2);
        assertEquals(new Shape(3, 2), y.getShape());
        x.addi(1);
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, y.toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> x.reshape(4, -1));
        assertThrows(IllegalArgumentException.class, () -> x.reshape(7));
        assertEquals(new Shape(6), x.expandDims(1).flatten(0, 2).getShape());
    }

    @Test
    void wholeNumbersStayWholeInPlace() {
        NDArray x = manager.create(new int[] {1, 2, 3});
        assertArrayEquals(new int[] {3, 4, 5}, x.addi(2).toIntArray());
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> x.divi(2));
        assertTrue(e.getMessage().contains("float32"), e.getMessage());
        assertArrayEquals(new int[] {3, 4, 5}, x.toIntArray());
    }

    @Test
    void shapesThatDoNotFitAreNamed() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> range(2, 3).add(range(2, 2)));
        assertTrue(e.getMessage().contains("(2, 3)") && e.getMessage().contains("(2, 2)"));
    }

    @Test
    void aClosedArrayRefuses() {
        NDArray x = range(3);
        x.close();
        x.close();
        assertTrue(x.isReleased());
        assertThrows(IllegalStateException.class, x::toFloatArray);
        assertThrows(IllegalStateException.class, () -> x.add(1));
    }

    @Test
    void managersOwnTheirArrays() {
        NDArray outlives;
        NDArray moved;
        NDArray inner;
        try (NDManager sub = manager.newSubManager()) {
            inner = sub.ones(new Shape(2));
            outlives = sub.ones(new Shape(2));
            moved = sub.ones(new Shape(2)).mul(3);
            outlives.detach();
            moved.attach(manager);
            assertEquals(2, sub.getManagedArrays().size());
        }
        assertTrue(inner.isReleased());
        assertFalse(outlives.isReleased());
        assertArrayEquals(new float[] {3, 3}, moved.toFloatArray());
        outlives.close();
        int before = manager.getManagedArrays().size();
        NDArray scoped;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            scoped = moved.add(1);
        }
        assertTrue(scoped.isReleased());
        assertEquals(before, manager.getManagedArrays().size());
        try (NDManager sub = manager.newSubManager()) {
            moved.tempAttach(sub);
        }
        assertSame(manager, moved.getManager());
        assertFalse(moved.isReleased());
    }

    @Test
    void arraysAreWrittenAndReadAndPrinted() {
        NDArray x = range(2, 2);
        assertEquals(x, manager.decode(x.encode()));
        assertTrue(x.toDebugString(true).contains("3."), x.toDebugString(true));
        assertTrue(x.toString().contains("(2, 2)"), x.toString());
        assertEquals(manager.create(true), manager.create(true));
    }

    @Test
    void onlyTheCpuIsThere() {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> manager.newSubManager(ai.djl.Device.gpu()));
        assertTrue(e.getMessage().contains("gpu"), e.getMessage());
    }
}
