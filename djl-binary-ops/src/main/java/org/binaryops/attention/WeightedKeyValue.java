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

/**
 * The attention of RWKV as a recurrence, one position after the other, with the largest exponent so
 * far taken out of both sums.
 *
 * <p>The sums are a e^p and b e^p; the outputs do not depend on p, so that it carries no gradient.
 */
final class WeightedKeyValue {

    /** a, b and p, or null before the first position. */
    private NDList state;

    WeightedKeyValue(NDList state) {
        this.state = state;
    }

    NDList state() {
        return state;
    }

    /**
     * Takes the next position in.
     *
     * @param decay −e^w, [C], the change of an exponent at each step
     * @param first u, [C], the bonus of the present position
     * @param k the key, [..., C]
     * @param v the value, of the same shape
     * @return the weighted mean of the values so far
     */
    NDArray next(NDArray decay, NDArray first, NDArray k, NDArray v) {
        NDArray exponent = k.stopGradient();
        if (state == null) {
            // The mean of one value; its weight still depends on the key.
            NDArray weight = k.sub(exponent).exp();
            state = new NDList(v.mul(weight), weight, exponent);
            return v.add(0);
        }
        NDArray a = state.get(0);
        NDArray b = state.get(1);
        NDArray p = state.get(2);
        NDArray present = k.add(first);
        NDArray q = p.maximum(present.stopGradient());
        NDArray before = p.sub(q).exp();
        NDArray now = present.sub(q).exp();
        NDArray mean = a.mul(before).add(v.mul(now)).div(b.mul(before).add(now));

        NDArray faded = decay.add(p);
        NDArray next = faded.stopGradient().maximum(exponent);
        NDArray old = faded.sub(next).exp();
        NDArray weight = k.sub(next).exp();
        state = new NDList(a.mul(old).add(v.mul(weight)), b.mul(old).add(weight), next);
        return mean;
    }
}
