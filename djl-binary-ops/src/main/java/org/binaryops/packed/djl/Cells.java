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

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The elements of an array, in the byte order of the CPU, which is what DJL's buffers have.
 *
 * <p>Arithmetic goes through {@code double}: for sums, differences, products, quotients and roots
 * of float32 values, rounding the result to float32 gives the same as float32 arithmetic. Integers
 * past 2<sup>53</sup> are exact where they are only moved or converted.
 */
final class Cells {

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VarHandle FLOAT =
            MethodHandles.byteArrayViewVarHandle(float[].class, ORDER);
    private static final VarHandle DOUBLE =
            MethodHandles.byteArrayViewVarHandle(double[].class, ORDER);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ORDER);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ORDER);

    private final DataType type;
    private final byte[] bytes;
    private final int count;

    Cells(DataType type, int count) {
        this(type, new byte[Math.multiplyExact(width(type), count)], count);
    }

    Cells(DataType type, byte[] bytes, int count) {
        this.type = type;
        this.bytes = bytes;
        this.count = count;
    }

    /** Rounds (to float) or truncates (to integers) values. */
    static Cells of(DataType type, double[] values) {
        Cells cells = new Cells(type, values.length);
        for (int i = 0; i < values.length; ++i) {
            cells.set(i, values[i]);
        }
        return cells;
    }

    /** Copies a buffer: of bytes in the order of the CPU, or of elements of the type. */
    static Cells of(DataType type, Buffer data, int count) {
        Cells cells = new Cells(type, count);
        if (!(data instanceof ByteBuffer) && width(DataType.fromBuffer(data)) != cells.width()) {
            throw new IllegalArgumentException(
                    "Expected a buffer of "
                            + type
                            + ", got one of "
                            + DataType.fromBuffer(data)
                            + '.');
        }
        BaseNDManager.validateBuffer(data, type, count);
        BaseNDManager.copyBuffer(data, ByteBuffer.wrap(cells.bytes).order(ORDER));
        return cells;
    }

    /** The number of elements of a shape. */
    static int count(Shape shape) {
        return Math.toIntExact(shape.size());
    }

    /** The bytes of an element. */
    static int width(DataType type) {
        return switch (type) {
            case INT8, UINT8, BOOLEAN -> 1;
            case FLOAT32, INT32 -> 4;
            case FLOAT64, INT64 -> 8;
            default ->
                    throw new UnsupportedOperationException(
                            "The engine "
                                    + BinaryOpsEngine.ENGINE_NAME
                                    + " has arrays of float32, float64, int8, uint8, int32, int64"
                                    + " and boolean, but "
                                    + type
                                    + " was asked for.");
        };
    }

    DataType type() {
        return type;
    }

    byte[] bytes() {
        return bytes;
    }

    int count() {
        return count;
    }

    int width() {
        return width(type);
    }

    double get(int i) {
        return switch (type) {
            case FLOAT32 -> (float) FLOAT.get(bytes, 4 * i);
            case FLOAT64 -> (double) DOUBLE.get(bytes, 8 * i);
            default -> getLong(i);
        };
    }

    private long getLong(int i) {
        return switch (type) {
            case UINT8 -> bytes[i] & 0xff;
            case INT8, BOOLEAN -> bytes[i];
            case INT32 -> (int) INT.get(bytes, 4 * i);
            case INT64 -> (long) LONG.get(bytes, 8 * i);
            default -> throw new AssertionError(type);
        };
    }

    void set(int i, double value) {
        switch (type) {
            case FLOAT32 -> FLOAT.set(bytes, 4 * i, (float) value);
            case FLOAT64 -> DOUBLE.set(bytes, 8 * i, value);
            case BOOLEAN -> bytes[i] = (byte) (value != 0 ? 1 : 0);
            default -> setLong(i, (long) value);
        }
    }

    private void setLong(int i, long value) {
        switch (type) {
            case UINT8, INT8 -> bytes[i] = (byte) value;
            case BOOLEAN -> bytes[i] = (byte) (value != 0 ? 1 : 0);
            case INT32 -> INT.set(bytes, 4 * i, (int) value);
            case INT64 -> LONG.set(bytes, 8 * i, value);
            default -> set(i, value);
        }
    }

    Cells copy() {
        return new Cells(type, bytes.clone(), count);
    }

    Cells to(DataType target) {
        if (target == type) {
            return copy();
        }
        Cells cells = new Cells(target, count);
        boolean whole = !type.isFloating();
        for (int i = 0; i < count; ++i) {
            if (whole) {
                cells.setLong(i, getLong(i));
            } else {
                cells.set(i, get(i));
            }
        }
        return cells;
    }

    double[] toDoubles() {
        double[] values = new double[count];
        for (int i = 0; i < count; ++i) {
            values[i] = get(i);
        }
        return values;
    }
}
