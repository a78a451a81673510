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
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * The powers of x over a polynomial without a zero: an edge over this basis is a safe Padé
 * activation unit of degrees (p, q) (Molina et al., "Padé Activation Units", ICLR 2020, arXiv
 * 1907.06732).
 *
 * <p>$$B_m(x) = \frac{x^m}{1 + |b_1 x + \dots + b_q x^q|}, \quad m = 0 \dots p$$
 *
 * <p>The numerators belong to the edges, the denominator, learned, to the feature. The usual
 * degrees are (5, 4). The denominator starts at 1 + |x| / 2 + … with b_l = 2^{−l}.
 */
public final class RationalBasis extends FormulaBasis {

    private final int numerator;
    private final int denominator;
    private final Parameter b;

    /**
     * Creates a basis.
     *
     * @param numerator p, positive
     * @param denominator q, positive
     * @throws IllegalArgumentException if a degree is not positive
     */
    public RationalBasis(int numerator, int denominator) {
        requirePositive("numerator", numerator);
        requirePositive("denominator", denominator);
        this.numerator = numerator;
        this.denominator = denominator;
        double[] start = new double[denominator];
        for (int l = 0; l < denominator; ++l) {
            start[l] = Math.scalb(1., -l - 1);
        }
        b = perFeature("denominator", true, start);
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return numerator + 1;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray factors = Temporaries.parameter(store, b, x, training).transpose(1, 0);
                    // Horner's rule: x (b_1 + x (b_2 + …)).
                    NDArray sum = x.mul(factors.get(denominator - 1));
                    for (int l = denominator - 2; l >= 0; --l) {
                        sum = sum.add(factors.get(l)).mul(x);
                    }
                    NDArray over = sum.abs().add(1);
                    NDList functions = new NDList(over.onesLike().div(over));
                    for (int m = 1; m <= numerator; ++m) {
                        functions.add(functions.get(m - 1).mul(x));
                    }
                    return NDArrays.stack(functions, -1);
                });
    }

    /** {@inheritDoc} */
    @Override
    public Initializer coefficientInitializer() {
        return kaimingUniform();
    }

    @Override
    String structure() {
        return "degrees (" + numerator + ", " + denominator + ")";
    }
}
