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
import ai.djl.training.ParameterStore;

/** The softmax over the keys, restricted to the positions that a query may see. */
public final class Softmax extends ScoreNormalizer {

    private static final byte VERSION = 1;

    /** Creates a softmax. */
    public Softmax() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray normalize(
            ParameterStore store, NDArray scores, ScoreMask mask, boolean training) {
        // A row without a visible position has equal scores, hence equal probabilities, until it
        // is cleared.
        return mask.cleared(mask.shifted(scores).softmax(3));
    }
}
