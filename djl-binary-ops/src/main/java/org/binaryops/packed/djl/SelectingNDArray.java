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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.index.dim.NDIndexAll;
import ai.djl.ndarray.index.dim.NDIndexFixed;
import ai.djl.ndarray.index.dim.NDIndexSlice;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** Slices and comparisons of arrays. */
abstract class SelectingNDArray extends ArithmeticNDArray {

    SelectingNDArray(
            NDManager manager, NDManager alternative, Shape shape, DataType type, String uid) {
        super(manager, alternative, shape, type, uid);
    }

    // Slices

    @Override
    public NDArray get(NDIndex index) {
        return get(manager, index);
    }

    @Override
    public NDArray get(NDManager into, NDIndex index) {
        if (isSlice(index)) {
            return getNDArrayInternal().getIndexer(into).get(this, index);
        }
        return other().get(index);
    }

    @Override
    public void set(NDIndex index, NDArray value) {
        if (isSlice(index)) {
            getNDArrayInternal().getIndexer(manager).set(this, index, value);
        } else {
            super.set(index, value);
        }
    }

    @Override
    public void set(NDIndex index, Number value) {
        if (isSlice(index)) {
            getNDArrayInternal().getIndexer(manager).set(this, index, value);
        } else {
            super.set(index, value);
        }
    }

    private static boolean isSlice(NDIndex index) {
        return index.stream()
                .allMatch(
                        i ->
                                i instanceof NDIndexAll
                                        || i instanceof NDIndexFixed
                                        || i instanceof NDIndexSlice);
    }

    // Comparisons

    private interface Comparison {
        boolean holds(double a, double b);
    }

    private NDArray where(Number n, Comparison c) {
        return with(n, DataType.BOOLEAN, (a, b) -> c.holds(a, b) ? 1 : 0);
    }

    private NDArray where(NDArray other, Comparison c) {
        return with(other, DataType.BOOLEAN, (a, b) -> c.holds(a, b) ? 1 : 0);
    }

    @Override
    public NDArray eq(Number n) {
        return where(n, (a, b) -> a == b);
    }

    @Override
    public NDArray eq(NDArray other) {
        return where(other, (a, b) -> a == b);
    }

    @Override
    public NDArray neq(Number n) {
        return where(n, (a, b) -> a != b);
    }

    @Override
    public NDArray neq(NDArray other) {
        return where(other, (a, b) -> a != b);
    }

    @Override
    public NDArray gt(Number n) {
        return where(n, (a, b) -> a > b);
    }

    @Override
    public NDArray gt(NDArray other) {
        return where(other, (a, b) -> a > b);
    }

    @Override
    public NDArray gte(Number n) {
        return where(n, (a, b) -> a >= b);
    }

    @Override
    public NDArray gte(NDArray other) {
        return where(other, (a, b) -> a >= b);
    }

    @Override
    public NDArray lt(Number n) {
        return where(n, (a, b) -> a < b);
    }

    @Override
    public NDArray lt(NDArray other) {
        return where(other, (a, b) -> a < b);
    }

    @Override
    public NDArray lte(Number n) {
        return where(n, (a, b) -> a <= b);
    }

    @Override
    public NDArray lte(NDArray other) {
        return where(other, (a, b) -> a <= b);
    }

    @Override
    public NDArray logicalNot() {
        return where(0, (a, b) -> a == b);
    }

    @Override
    public NDArray isNaN() {
        return where(0, (a, b) -> a != a);
    }

    @Override
    public NDArray isInfinite() {
        return where(0, (a, b) -> Double.isInfinite(a));
    }
}
