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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;

/** left ⊕ right = left + 0.5·right + 1, which tells every tree and order apart. */
final class Witness extends BinaryOperator {

    int calls;
    long rows;

    Witness() {
        super((byte) 1);
    }

    @Override
    public NDArray combine(ParameterStore store, NDArray left, NDArray right, boolean training) {
        ++calls;
        rows += left.getShape().get(0);
        return left.add(right.mul(0.5)).add(1);
    }

    static double of(double left, double right) {
        return left + 0.5 * right + 1;
    }

    /** The fold along a balanced tree. */
    static double balanced(List<Double> nodes) {
        List<Double> level = nodes;
        while (level.size() > 1) {
            List<Double> next = new ArrayList<>();
            for (int i = 0; i + 1 < level.size(); i += 2) {
                next.add(Witness.of(level.get(i), level.get(i + 1)));
            }
            if (level.size() % 2 == 1) {
                next.add(level.get(level.size() - 1));
            }
            level = next;
        }
        return level.get(0);
    }
}
