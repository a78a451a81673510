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
package org.binaryops.results.lcm;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import org.binaryops.monoid.BinaryOperator;

/** A sum that counts how often it is called, and for how many rows. */
final class CountingOperator extends BinaryOperator {

    private int calls;
    private long rows;

    CountingOperator() {
        super((byte) 1);
    }

    @Override
    public NDArray combine(ParameterStore store, NDArray left, NDArray right, boolean training) {
        ++calls;
        rows += left.getShape().get(0);
        return left.add(right);
    }

    int calls() {
        return calls;
    }

    long rows() {
        return rows;
    }
}
