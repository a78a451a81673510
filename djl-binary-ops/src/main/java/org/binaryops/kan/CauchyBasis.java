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
 * The Cauchy activation of XNet (Li, Xia and Zhang, arXiv 2409.19221) as a basis.
 *
 * <p>$$\phi(x) = \sum_{l=1}^n \frac{\lambda_{1l} x + \lambda_{2l}}{x^2 + d_l^2}$$
 *
 * <p>The 2 n functions are x / (x² + d_l²), l = 1 … n, and then 1 / (x² + d_l²). λ₁ and λ₂ are the
 * coefficients of an edge; the widths d_l, learned, belong to the feature and start at 1, 1/2, …,
 * 1/n.
 */
public final class CauchyBasis extends FormulaBasis {

    private final int count;
    private final Parameter widths;

    /**
     * Creates a basis.
     *
     * @param count n, positive; the Cauchy activation itself has 1
     * @throws IllegalArgumentException if it is not positive
     */
    public CauchyBasis(int count) {
        requirePositive("count", count);
        this.count = count;
        double[] start = new double[count];
        for (int l = 0; l < count; ++l) {
            start[l] = 1. / (l + 1);
        }
        widths = perFeature("widths", true, start);
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return 2 * count;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray d = Temporaries.parameter(store, widths, x, training);
                    NDArray over = x.square().expandDims(-1).add(d.square());
                    NDArray even = over.onesLike().div(over);
                    NDArray odd = even.mul(x.expandDims(-1));
                    return NDArrays.concat(new NDList(odd, even), x.getShape().dimension());
                });
    }

    /** {@inheritDoc} */
    @Override
    public Initializer coefficientInitializer() {
        return kaimingUniform();
    }

    @Override
    String structure() {
        return "Cauchy × " + count;
    }
}
