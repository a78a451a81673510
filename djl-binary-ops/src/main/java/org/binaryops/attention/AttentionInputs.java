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
package org.binaryops.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The four forms of input of an attention block, checked: [values], [values, mask], [keys, queries,
 * values] and [keys, queries, values, mask].
 *
 * @param keys the position of the keys among the inputs
 * @param queries the position of the queries
 * @param values the position of the values
 * @param mask the position of the mask, −1 for none
 */
record AttentionInputs(int keys, int queries, int values, int mask) {

    /**
     * Recognizes the form and checks that the shapes agree.
     *
     * @param shapes the shapes of the inputs; a negative size agrees with every other
     * @param units the width
     * @param heads the number of heads
     * @param causal whether a query sees only the keys up to its own position
     * @return the form
     * @throws IllegalArgumentException if the shapes are not those of an attention input
     */
    static AttentionInputs of(Shape[] shapes, int units, int heads, boolean causal) {
        int n = shapes.length;
        if (n < 1 || n > 4) {
            throw new IllegalArgumentException(
                    "QuantAttention takes 1 to 4 inputs, [values], [values, mask], [keys, queries,"
                            + " values] or [keys, queries, values, mask], but got "
                            + n
                            + ".");
        }
        AttentionInputs form =
                new AttentionInputs(0, n < 3 ? 0 : 1, n < 3 ? 0 : 2, n == 2 ? 1 : n == 4 ? 3 : -1);
        Shape keys = shapes[form.keys];
        Shape queries = shapes[form.queries];
        Shape values = shapes[form.values];
        checkSequence(n < 3 ? "values" : "keys", keys, units);
        checkSequence("queries", queries, units);
        checkSequence("values", values, units);
        if (!agree(keys.get(0), values.get(0)) || !agree(keys.get(1), values.get(1))) {
            throw new IllegalArgumentException(
                    String.format(
                            "QuantAttention: each key needs a value, but the keys have shape %s and"
                                    + " the values %s.",
                            keys, values));
        }
        if (!agree(keys.get(0), queries.get(0))) {
            throw new IllegalArgumentException(
                    String.format(
                            "QuantAttention: keys and queries must have the same batch size, but"
                                    + " the keys have shape %s and the queries %s.",
                            keys, queries));
        }
        if (causal && !agree(keys.get(1), queries.get(1))) {
            throw new IllegalArgumentException(
                    String.format(
                            "QuantAttention: causal attention needs as many keys as queries, but"
                                    + " got %d keys and %d queries.",
                            keys.get(1), queries.get(1)));
        }
        if (form.mask >= 0) {
            checkMask(
                    "QuantAttention",
                    shapes[form.mask],
                    new Shape(keys.get(0), heads, queries.get(1), keys.get(1)));
        }
        return form;
    }

    /**
     * The names that DJL gives inputs at initialization; of a loaded block it restores the shapes
     * only, and {@code describeInput()} asks for both.
     */
    static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "data" + i).toList();
    }

    NDArray keys(NDList inputs) {
        return inputs.get(keys);
    }

    NDArray queries(NDList inputs) {
        return inputs.get(queries);
    }

    NDArray values(NDList inputs) {
        return inputs.get(values);
    }

    /** The mask, or {@code null}. */
    NDArray mask(NDList inputs) {
        return mask < 0 ? null : inputs.get(mask);
    }

    private static void checkSequence(String name, Shape shape, int units) {
        if (shape.dimension() != 3 || !agree(shape.get(2), units)) {
            throw new IllegalArgumentException(
                    String.format(
                            "QuantAttention: the %s must have the shape [batch, length, %d], but"
                                    + " have %s.",
                            name, units, shape));
        }
    }

    /**
     * Checks that a mask fits scores.
     *
     * @param owner who asks
     * @param mask the shape of the mask
     * @param scores the shape of the scores
     */
    static void checkMask(String owner, Shape mask, Shape scores) {
        boolean fits;
        if (mask.dimension() == 4) {
            fits = true;
            for (int i = 0; i < 4; ++i) {
                fits &= mask.get(i) == 1 || agree(mask.get(i), scores.get(i));
            }
        } else {
            fits =
                    mask.dimension() == 3
                            && agree(mask.get(0), scores.get(0))
                            && (mask.get(1) == 1 || agree(mask.get(1), scores.get(2)))
                            && agree(mask.get(2), scores.get(3));
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the mask must have the shape [batch, queries, keys] ="
                                    + " [%d, %d, %d], or that of an offset to the scores %s, but"
                                    + " has %s.",
                            owner, scores.get(0), scores.get(2), scores.get(3), scores, mask));
        }
    }

    private static boolean agree(long a, long b) {
        return a < 0 || b < 0 || a == b;
    }
}
