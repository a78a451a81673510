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
package org.binaryops.kan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.core.Linear;
import org.binaryops.gradient.Temporaries;

/**
 * Products with weights that have a factor on each edge: y_j = Σ_i s_ji Σ_m c_jim B_im.
 *
 * <p>The scaled weights s c have the size of the coefficients, and so have the gradients on the way
 * back. In layers with millions of coefficients fresh memory of that size costs more than the
 * product does, so that they are made for some units at a time.
 */
final class ScaledProduct {

    /** Coefficients in a block of a forward pass alone; large blocks make fast products. */
    private static final long BLOCK = 1 << 20;

    /** The same in training, where the way back needs several arrays of that size. */
    private static final long TRAINING_BLOCK = 1 << 17;

    private ScaledProduct() {}

    /**
     * Multiplies.
     *
     * @param values B, [rows, features n]
     * @param coefficients c, [units, features, n]
     * @param factor s, [units, features], or {@code null} for 1
     * @param training whether a way back may follow
     * @return y, [rows, units]
     */
    static NDArray of(NDArray values, NDArray coefficients, NDArray factor, boolean training) {
        long units = coefficients.getShape().get(0);
        long size = values.getShape().get(1);
        if (factor == null) {
            NDArray matrix = coefficients.reshape(units, size);
            return Linear.linear(values, matrix).singletonOrThrow();
        }
        long each = Math.max(1, (training ? TRAINING_BLOCK : BLOCK) / size);
        if (units <= each) {
            return block(values, coefficients, factor);
        }
        // To split has the gradients of all blocks joined once, which slices have not.
        long[] starts = RowBlocks.starts(units, each);
        NDManager manager = values.getManager();
        NDList c = coefficients.split(starts, 0);
        NDList s = factor.split(starts, 0);
        NDList y = new NDList();
        for (int b = 0; b < c.size(); ++b) {
            NDArray part = c.get(b);
            NDArray scale = s.get(b);
            y.add(Temporaries.freed(manager, () -> block(values, part, scale)));
        }
        return NDArrays.concat(y, 1);
    }

    private static NDArray block(NDArray values, NDArray coefficients, NDArray factor) {
        NDArray scaled = coefficients.mul(factor.expandDims(-1));
        NDArray matrix = scaled.reshape(-1, values.getShape().get(1));
        return Linear.linear(values, matrix).singletonOrThrow();
    }
}
