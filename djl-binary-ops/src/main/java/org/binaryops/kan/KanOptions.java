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

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The settings that the builders of all Kolmogorov–Arnold layers share.
 *
 * @param <T> the concrete builder
 */
public abstract class KanOptions<T extends KanOptions<T>> extends SplineOptions<T> {

    int units;
    BaseBranch baseBranch = BaseBranch.SILU;
    boolean scaled = true;
    boolean trainableScales = true;
    boolean biased;
    private Basis basis;

    KanOptions() {}

    /**
     * Sets another basis in the place of the B-splines that the other options describe.
     *
     * @param basis a new basis, owned by the layer
     * @return this builder
     */
    public T optBasis(Basis basis) {
        this.basis = Objects.requireNonNull(basis, "basis");
        return self();
    }

    /**
     * Lets each edge select its functions from a pool of bases: a selectable layer, S-KAN (Yang et
     * al., "Activation Space Selectable Kolmogorov–Arnold Networks", arXiv 2408.08338). The same as
     * {@link #optBasis} with a {@link BasisPool}.
     *
     * @param spaces new bases, at least two, owned by the layer
     * @return this builder
     * @throws IllegalArgumentException if there are fewer than two
     */
    public T optPool(Basis... spaces) {
        return optBasis(new BasisPool(List.copyOf(Arrays.asList(spaces))));
    }

    /**
     * Sets the fixed function of the base branch; the default is {@link BaseBranch#SILU}.
     *
     * @param baseBranch the function, or {@link BaseBranch#NONE} for edges without this term
     * @return this builder
     */
    public T optBase(BaseBranch baseBranch) {
        this.baseBranch = Objects.requireNonNull(baseBranch, "baseBranch");
        return self();
    }

    /**
     * Sets whether the functions of each edge have a scale of their own (pykan's scale_sp,
     * efficient-kan's enable_standalone_scale_spline); the default is {@code true}. Without it s is
     * 1.
     *
     * @param scaled whether there is a scale
     * @return this builder
     */
    public T optScale(boolean scaled) {
        this.scaled = scaled;
        return self();
    }

    /**
     * Sets whether the scales w and s are trained; the default is {@code true}. Without it they
     * stay as initialized (pykan's sb_trainable and sp_trainable), which continual learning wants.
     *
     * @param trainableScales whether trainers change the scales
     * @return this builder
     */
    public T optTrainableScales(boolean trainableScales) {
        this.trainableScales = trainableScales;
        return self();
    }

    /**
     * Sets whether each unit adds a learned constant; the default is {@code false}. It starts at 0.
     *
     * @param biased whether there is a bias
     * @return this builder
     */
    public T optBias(boolean biased) {
        this.biased = biased;
        return self();
    }

    /** Checks the settings and returns the basis. */
    Basis basis(String unitsName) {
        if (units <= 0) {
            throw new IllegalArgumentException(
                    unitsName + " must be set and positive, but was " + units + ".");
        }
        if (basis != null && changed) {
            throw new IllegalArgumentException(
                    "Either a basis or options of the B-splines can be set, but both were.");
        }
        return basis == null ? newBasis() : basis;
    }
}
