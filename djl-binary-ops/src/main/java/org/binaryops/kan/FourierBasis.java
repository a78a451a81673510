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
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * Waves: the 2 G functions cos(x), …, cos(G x), sin(x), …, sin(G x).
 *
 * <p>\(\phi(x) = \sum_{m=1}^G a_m \cos(m x) + b_m \sin(m x)\) is the edge of Fourier-KArAt (Maity
 * et al., arXiv 2503.10632), whose coefficients start from N(0, 1). Here they start from N(0, 1 /
 * (G · features)), so that the sum over the features has the variance 1, whatever their number.
 */
public final class FourierBasis extends FormulaBasis {

    private final int frequencies;

    /**
     * Creates a basis.
     *
     * @param frequencies G, positive
     * @throws IllegalArgumentException if it is not
     */
    public FourierBasis(int frequencies) {
        requirePositive("frequencies", frequencies);
        this.frequencies = frequencies;
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return 2 * frequencies;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray m = sequence(x, 1, 1, frequencies);
                    NDArray angle = x.expandDims(-1).mul(m);
                    NDList waves = new NDList(angle.cos(), angle.sin());
                    return NDArrays.concat(waves, x.getShape().dimension());
                });
    }

    /**
     * Returns an initializer from N(0, 1 / (G · features)).
     *
     * @return an initializer of coefficients of shape [units, features, 2 G]
     */
    @Override
    public Initializer coefficientInitializer() {
        return normal(shape -> 1 / Math.sqrt(shape.get(1) * (double) frequencies));
    }

    @Override
    String structure() {
        return frequencies + " frequencies";
    }
}
