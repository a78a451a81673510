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
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * Chebyshev polynomials of the first kind, T_0 … T_d, of tanh(x): the basis of ChebyKAN (Sidharth
 * and Gokul, arXiv 2405.07200).
 *
 * <p>\(T_0 = 1\), \(T_1 = t\), \(T_{m+1} = 2 t T_m - T_{m-1}\) with \(t = \tanh x\), which brings
 * any input into [−1, 1]. The published code takes cos(m arccos t), the same values with an
 * infinite slope of the arc cosine at the ends.
 */
public final class ChebyshevBasis extends FormulaBasis {

    private final int degree;

    /**
     * Creates a basis.
     *
     * @param degree d, positive
     * @throws IllegalArgumentException if it is not
     */
    public ChebyshevBasis(int degree) {
        requirePositive("degree", degree);
        this.degree = degree;
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return degree + 1;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray t = Activation.tanh(x);
                    NDArray twice = t.add(t);
                    NDList polynomials = new NDList(t.onesLike(), t);
                    for (int m = 2; m <= degree; ++m) {
                        NDArray last = polynomials.get(m - 1);
                        polynomials.add(twice.mul(last).sub(polynomials.get(m - 2)));
                    }
                    return NDArrays.stack(polynomials, -1);
                });
    }

    /**
     * Returns an initializer from N(0, σ) with σ = 1 / (features (d + 1)), as published.
     *
     * @return an initializer of coefficients of shape [units, features, d + 1]
     */
    @Override
    public Initializer coefficientInitializer() {
        return normal(shape -> 1. / (shape.get(1) * shape.get(2)));
    }

    @Override
    String structure() {
        return "degree " + degree;
    }
}
