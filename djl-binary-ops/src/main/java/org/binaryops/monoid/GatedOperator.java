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
package org.binaryops.monoid;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * One gate and one candidate, two thirds of the work of a {@link GruOperator}:
 *
 * <pre>
 * z = σ(W_z·[left; right] + b_z)
 * c = tanh(W_c·[left; right] + b_c)
 * left ⊕ right = (1 − z) ⊙ c + z ⊙ right
 * </pre>
 *
 * <p>Neither commutative nor associative by itself: {@link Symmetrized} makes it commutative. The
 * parameters are {@code weight} [2F, 2F] (the rows of W_z, then those of W_c) and {@code bias}
 * [2F]; weights start as U(−1/√2F, 1/√2F), biases at 0.
 */
public final class GatedOperator extends BinaryOperator {

    private static final byte VERSION = 1;

    private final Parameter weight = addParameter(Weights.weight("weight"));
    private final Parameter bias = addParameter(Weights.bias("bias"));

    /** Creates the operator; the number of features comes from the input at initialization. */
    public GatedOperator() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray combine(ParameterStore store, NDArray left, NDArray right, boolean training) {
        return Temporaries.freed(
                left.getManager(), () -> bind(store, left, training).apply(left, right));
    }

    /** {@inheritDoc} */
    @Override
    public Combination bind(ParameterStore store, NDArray like, boolean training) {
        NDArray w = Temporaries.parameter(store, weight, like, training);
        NDArray b = Temporaries.parameter(store, bias, like, training);
        NDArray half = Temporaries.constant(like, 0.5);
        return (left, right) -> {
            NDList parts = RowwiseLinear.apply(left.concat(right, 1), w, b).split(2, 1);
            // σ(x) = ½ + ½·tanh(x/2), since the engine's sigmoid rounds by position.
            NDArray gate = parts.get(0).mul(half).tanh().mul(half).add(half);
            NDArray candidate = parts.get(1).tanh();
            return candidate.add(gate.mul(right.sub(candidate)));
        };
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long features = inputShapes[0].get(1);
        weight.setShape(new Shape(2 * features, 2 * features));
        bias.setShape(new Shape(2 * features));
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        long features = inputShapes[0].get(1);
        Metadata.checkShape(this, weight, new Shape(2 * features, 2 * features));
        Metadata.checkShape(this, bias, new Shape(2 * features));
    }
}
