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
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * A single fixed function, x, silu(x) or gelu(x), that the edges weigh: a linear layer, as one of
 * the spaces of a {@link BasisPool}.
 */
public final class FixedBasis extends FormulaBasis {

    private final BaseBranch function;

    /**
     * Creates a basis.
     *
     * @param function any but {@link BaseBranch#NONE}
     * @throws IllegalArgumentException if it is {@link BaseBranch#NONE}
     */
    public FixedBasis(BaseBranch function) {
        if (function == BaseBranch.NONE) {
            throw new IllegalArgumentException(
                    "function must be SILU, GELU or LINEAR, but was NONE.");
        }
        this.function = function;
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(x.getManager(), () -> function.apply(x).expandDims(-1));
    }

    /** {@inheritDoc} */
    @Override
    public Initializer coefficientInitializer() {
        return kaimingUniform();
    }

    @Override
    String structure() {
        return function.name();
    }
}
