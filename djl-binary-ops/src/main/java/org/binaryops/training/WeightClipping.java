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
package org.binaryops.training;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.Staged;

/**
 * An optimizer that clips latent weights to [−b, b] right after each of its updates (Courbariaux et
 * al., "BinaryConnect", NeurIPS 2015; Hubara et al., "Binarized Neural Networks", NeurIPS 2016; b =
 * 1 there).
 *
 * <p>A latent weight far from 0 changes nothing in the forward pass, and would need many steps to
 * flip again. The updates are those of another optimizer:
 *
 * <pre>{@code
 * config.optOptimizer(WeightClipping.of(Optimizer.adam().build(), net));
 * }</pre>
 *
 * <p>The weights are clipped in place, on every device that holds a copy.
 */
public final class WeightClipping extends Optimizer {

    private final Optimizer optimizer;
    private final Set<String> clipped;
    private final double bound;

    /**
     * Creates an optimizer that clips some parameters.
     *
     * @param optimizer makes the updates
     * @param parameters the parameters to clip
     * @param bound b, positive
     * @throws IllegalArgumentException if the bound is not positive
     */
    public WeightClipping(Optimizer optimizer, Collection<Parameter> parameters, double bound) {
        super(new Settings());
        if (!(bound > 0)) {
            throw new IllegalArgumentException("bound must be positive, but was " + bound + ".");
        }
        this.optimizer = optimizer;
        this.bound = bound;
        clipped = parameters.stream().map(Parameter::getId).collect(Collectors.toSet());
    }

    /**
     * Creates an optimizer that clips the binary weights of a network to [−1, 1]: those whose
     * weight quantizer has one bit now, or will have when it is {@link Staged} and switched on. The
     * periodic weights of {@link BiPer} are left alone.
     *
     * @param optimizer makes the updates
     * @param block the network, initialized or not
     * @return the clipping optimizer
     * @throws IllegalArgumentException if the network has no binary weights
     */
    public static WeightClipping of(Optimizer optimizer, Block block) {
        List<Parameter> weights = new ArrayList<>();
        for (QuantizedWeight weight : QuantizedWeight.all(block)) {
            Quantizer quantizer = Staged.inner(weight.quantizer());
            if (!(quantizer instanceof BiPer) && quantizer.getBits() == 1) {
                weights.add(weight.parameter());
            }
        }
        if (weights.isEmpty()) {
            throw new IllegalArgumentException(
                    "The block must have binary weights to clip, but "
                            + block.getClass().getSimpleName()
                            + " has none.");
        }
        return new WeightClipping(optimizer, weights, 1);
    }

    /** {@inheritDoc} */
    @Override
    public void update(String parameterId, NDArray weight, NDArray grad) {
        optimizer.update(parameterId, weight, grad);
        if (clipped.contains(parameterId)) {
            LiveWeights.overwrite(weight, w -> w.clip(-bound, bound));
        }
    }

    /** The settings of the base class, none of which this class uses. */
    private static final class Settings extends OptimizerBuilder<Settings> {

        @Override
        protected Settings self() {
            return this;
        }
    }
}
