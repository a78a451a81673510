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
import java.util.function.Supplier;
import org.binaryops.gradient.Temporaries;

/**
 * The k + 1 polynomials that the B-splines of order k on the integers consist of: with f in [0, 1]
 * the place within an interval, piece r is the function that began k − r intervals before.
 *
 * <p>They follow from \(P^0_0 = 1\) and
 *
 * <p>$$P^p_r(f) = \frac{(f + p - r) P^{p-1}_{r-1}(f) + (r + 1 - f) P^{p-1}_r(f)}{p}$$
 *
 * <p>with the slopes \(P^{k-1}_{r-1} - P^{k-1}_r\). Quadratic and cubic ones are written out. No
 * gradient flows through any of them; what is computed on the way is freed at once, so that the
 * allocator uses the same pages again.
 */
final class CardinalSplines {

    private CardinalSplines() {}

    /** The values of the pieces, [k + 1, shape of f]. */
    static NDArray values(NDArray f, int order) {
        return stacked(f, () -> pieces(f, order));
    }

    /** The derivatives of the pieces by f, [k + 1, shape of f]. */
    static NDArray slopes(NDArray f, int order) {
        return stacked(
                f,
                () -> {
                    NDArray[] below = pieces(f, order - 1);
                    NDArray[] slopes = new NDArray[order + 1];
                    slopes[0] = below[0].neg();
                    for (int r = 1; r < order; ++r) {
                        slopes[r] = below[r - 1].sub(below[r]);
                    }
                    slopes[order] = below[order - 1];
                    return slopes;
                });
    }

    private static NDArray stacked(NDArray f, Supplier<NDArray[]> pieces) {
        // Along the first axis, where stacking copies whole blocks.
        return Temporaries.freed(f.getManager(), () -> NDArrays.stack(new NDList(pieces.get()), 0));
    }

    private static NDArray[] pieces(NDArray f, int order) {
        if (order == 2) {
            return quadratic(f);
        }
        if (order == 3) {
            return cubic(f);
        }
        NDArray[] pieces = {f.onesLike()};
        for (int p = 1; p <= order; ++p) {
            pieces = raised(f, pieces, p);
        }
        return pieces;
    }

    private static NDArray[] raised(NDArray f, NDArray[] pieces, int p) {
        NDArray[] raised = new NDArray[p + 1];
        for (int r = 0; r <= p; ++r) {
            NDArray sum = null;
            if (r > 0) {
                sum = f.add(p - r).muli(pieces[r - 1]);
            }
            if (r < p) {
                NDArray falling = f.neg().addi(r + 1).muli(pieces[r]);
                sum = sum == null ? falling : sum.addi(falling);
            }
            raised[r] = sum.muli(1. / p);
        }
        return raised;
    }

    /** (1 − f)²/2, 1 − the others, f²/2. */
    private static NDArray[] quadratic(NDArray f) {
        NDArray rest = f.neg().addi(1);
        NDArray first = rest.muli(rest).muli(.5);
        NDArray last = f.square().muli(.5);
        NDArray middle = first.add(last).negi().addi(1);
        return new NDArray[] {first, middle, last};
    }

    /** (1 − f)³/6, (4 − 6f² + 3f³)/6, 1 − the others, f³/6. */
    private static NDArray[] cubic(NDArray f) {
        NDArray square = f.square();
        NDArray last = square.mul(f).muli(1. / 6);
        NDArray rest = f.neg().addi(1);
        NDArray first = rest.square().muli(rest).muli(1. / 6);
        NDArray second = last.mul(3).subi(square).addi(2. / 3);
        NDArray third = first.add(second).addi(last).negi().addi(1);
        return new NDArray[] {first, second, third, last};
    }
}
