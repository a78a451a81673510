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

import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Operations that take their operands element by element, and the types of their results. */
final class Elementwise {

    private Elementwise() {}

    static Cells unary(Cells x, DataType type, DoubleUnaryOperator f) {
        Cells result = new Cells(type, x.count());
        for (int i = 0; i < x.count(); ++i) {
            result.set(i, f.applyAsDouble(x.get(i)));
        }
        return result;
    }

    /** The result has the {@linkplain Strides#broadcast common shape} of the operands. */
    static Cells binary(
            Cells a, int[] aDims, Cells b, int[] bDims, DataType type, DoubleBinaryOperator f) {
        if (Arrays.equals(aDims, bDims)) {
            Cells result = new Cells(type, a.count());
            for (int i = 0; i < a.count(); ++i) {
                result.set(i, f.applyAsDouble(a.get(i), b.get(i)));
            }
            return result;
        }
        int[] dims = Strides.broadcast(aDims, bDims);
        return binary(repeat(a, aDims, dims), dims, repeat(b, bDims, dims), dims, type, f);
    }

    static Cells repeat(Cells cells, int[] dims, int[] target) {
        return Arrays.equals(dims, target)
                ? cells
                : Strides.gather(cells, 0, Strides.repeating(dims, target), target);
    }

    /** The type of a function that leaves the integers. */
    static DataType floating(DataType type) {
        return type.isFloating() ? type : DataType.FLOAT32;
    }

    /**
     * The type of the result of two operands, as PyTorch has it: a number, or an array without
     * dimensions, changes the type of an array only from boolean to integer or from integer to
     * float.
     */
    static DataType common(DataType a, boolean aIsNumber, DataType b, boolean bIsNumber) {
        if (aIsNumber == bIsNumber) {
            return wider(a, b);
        }
        DataType array = aIsNumber ? b : a;
        DataType number = aIsNumber ? a : b;
        return kind(number) > kind(array) ? wider(array, number) : array;
    }

    private static int kind(DataType type) {
        return type.isFloating() ? 2 : type == DataType.BOOLEAN ? 0 : 1;
    }

    private static DataType wider(DataType a, DataType b) {
        if (kind(a) != kind(b)) {
            return kind(a) > kind(b) ? a : b;
        }
        if (Cells.width(a) != Cells.width(b)) {
            return Cells.width(a) > Cells.width(b) ? a : b;
        }
        // PyTorch has int16 here, which this engine has not.
        return a == b ? a : DataType.INT32;
    }

    /** The type of a number as an operand. */
    static DataType typeOf(Number number) {
        if (number instanceof Float) {
            return DataType.FLOAT32;
        }
        if (number instanceof Double) {
            return DataType.FLOAT64;
        }
        if (number instanceof Long) {
            return DataType.INT64;
        }
        return number instanceof Byte ? DataType.INT8 : DataType.INT32;
    }

    /** What is left of a division that rounds down, with the sign of the divisor. */
    static double modulo(double a, double b) {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }
}
