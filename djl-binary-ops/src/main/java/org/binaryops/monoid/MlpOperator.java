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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * A perceptron with one hidden layer as a binary operator: left ⊕ right = W₂·relu(W₁·[left; right]
 * + b₁) + b₂.
 *
 * <p>Neither commutative nor associative by itself: {@link Symmetrized} makes it commutative. The
 * parameters are {@code hidden_weight} [H, 2F], {@code hidden_bias} [H], {@code weight} [F, H] and
 * {@code bias} [F]; weights start as U(−1/√in, 1/√in), biases at 0.
 */
public final class MlpOperator extends BinaryOperator {

    private static final byte VERSION = 1;

    private final int hidden;
    private final Parameter hiddenWeight = addParameter(Weights.weight("hidden_weight"));
    private final Parameter hiddenBias = addParameter(Weights.bias("hidden_bias"));
    private final Parameter weight = addParameter(Weights.weight("weight"));
    private final Parameter bias = addParameter(Weights.bias("bias"));

    /**
     * Creates the operator; the number of features comes from the input at initialization.
     *
     * @param hidden H, the number of hidden units
     * @throws IllegalArgumentException if it is not positive
     */
    public MlpOperator(int hidden) {
        super(VERSION);
        if (hidden < 1) {
            throw new IllegalArgumentException(
                    "MlpOperator: the number of hidden units must be positive, but is " + hidden);
        }
        this.hidden = hidden;
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
        NDArray w1 = Temporaries.parameter(store, hiddenWeight, like, training);
        NDArray b1 = Temporaries.parameter(store, hiddenBias, like, training);
        NDArray w2 = Temporaries.parameter(store, weight, like, training);
        NDArray b2 = Temporaries.parameter(store, bias, like, training);
        return (left, right) -> {
            NDArray units = RowwiseLinear.apply(left.concat(right, 1), w1, b1);
            return RowwiseLinear.apply(units.getNDArrayInternal().relu(), w2, b2);
        };
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long features = inputShapes[0].get(1);
        hiddenWeight.setShape(new Shape(hidden, 2 * features));
        hiddenBias.setShape(new Shape(hidden));
        weight.setShape(new Shape(features, hidden));
        bias.setShape(new Shape(features));
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        long features = inputShapes[0].get(1);
        Metadata.checkShape(this, hiddenWeight, new Shape(hidden, 2 * features));
        Metadata.checkShape(this, hiddenBias, new Shape(hidden));
        Metadata.checkShape(this, weight, new Shape(features, hidden));
        Metadata.checkShape(this, bias, new Shape(features));
    }
}
