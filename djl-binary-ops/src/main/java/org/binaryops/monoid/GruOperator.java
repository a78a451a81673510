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
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * A gated recurrent unit as a binary operator: left ⊕ right = GRU(input = left, hidden = right).
 *
 * <pre>
 * r = σ(W_ir·x + b_ir + W_hr·h + b_hr)
 * z = σ(W_iz·x + b_iz + W_hz·h + b_hz)
 * n = tanh(W_in·x + b_in + r ⊙ (W_hn·h + b_hn))
 * x ⊕ h = (1 − z) ⊙ n + z ⊙ h
 * </pre>
 *
 * <p>The equations, the layout of the parameters (three blocks of F rows, in the order r, z, n) and
 * their initialization U(−1/√F, 1/√F) are those of PyTorch's {@code GRUCell(F, F)}, so that trained
 * weights can be copied from one to the other. By itself the operator is neither commutative nor
 * associative: {@link Symmetrized} makes it commutative.
 *
 * <p>On the CPU and with a multiple of 4 of at most 4,096 features, the engine's recurrent layer
 * computes it in one call. Otherwise it is made of single operations, outside training in a form
 * with exponentials, which is faster; the values are the same up to rounding. The gradient of that
 * form is right too, unless a gate is so far saturated that the exponential overflows (beyond 88 in
 * float32): then it is NaN, where a training pass gives 0.
 *
 * <p>F, the number of features, is taken from the input at initialization. The parameters are
 * {@code weight_ih} and {@code weight_hh} of shape [3F, F], {@code bias_ih} and {@code bias_hh} of
 * shape [3F].
 */
public final class GruOperator extends BinaryOperator {

    private static final byte VERSION = 1;

    private final Parameter weightIh = addParameter(parameter("weight_ih", Parameter.Type.WEIGHT));
    private final Parameter weightHh = addParameter(parameter("weight_hh", Parameter.Type.WEIGHT));
    private final Parameter biasIh = addParameter(parameter("bias_ih", Parameter.Type.BIAS));
    private final Parameter biasHh = addParameter(parameter("bias_hh", Parameter.Type.BIAS));

    /** Creates the operator; the number of features comes from the input at initialization. */
    public GruOperator() {
        super(VERSION);
    }

    private static Parameter parameter(String name, Parameter.Type type) {
        return Parameter.builder()
                .setName(name)
                .setType(type)
                .optInitializer(GruOperator::uniform)
                .build();
    }

    /** U(−1/√F, 1/√F), where F is a third of the rows. */
    private static NDArray uniform(NDManager manager, Shape shape, DataType type) {
        float bound = (float) (1 / Math.sqrt(shape.get(0) / 3.0));
        return manager.randomUniform(-bound, bound, shape, type);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the operands are not of one shape [M, F] with the F of
     *     the initialization
     */
    @Override
    public NDArray combine(ParameterStore store, NDArray left, NDArray right, boolean training) {
        return Temporaries.freed(
                left.getManager(), () -> bind(store, left, training).apply(left, right));
    }

    /** {@inheritDoc} */
    @Override
    public Combination bind(ParameterStore store, NDArray like, boolean training) {
        return cell(store, like, training).alone();
    }

    /** {@inheritDoc} */
    @Override
    protected Combination bindSymmetrized(ParameterStore store, NDArray like, boolean training) {
        return cell(store, like, training).symmetrized();
    }

    private GruCell cell(ParameterStore store, NDArray like, boolean training) {
        return GruCell.of(
                Temporaries.parameter(store, weightIh, like, training),
                Temporaries.parameter(store, weightHh, like, training),
                Temporaries.parameter(store, biasIh, like, training),
                Temporaries.parameter(store, biasHh, like, training),
                training);
    }

    /** The cell in the form in which inputs can be projected long before they are used. */
    SeparateGruCell separateCell(ParameterStore store, NDArray like, boolean training) {
        return new SeparateGruCell(
                Temporaries.parameter(store, weightIh, like, training),
                Temporaries.parameter(store, weightHh, like, training),
                Temporaries.parameter(store, biasIh, like, training),
                Temporaries.parameter(store, biasHh, like, training),
                training);
    }

    /**
     * Applies a gated recurrent unit with given parameters.
     *
     * @param input x, of shape [M, F]
     * @param hidden h, of shape [M, F]
     * @param weightIh W_i, of shape [3F, F]
     * @param weightHh W_h, of shape [3F, F]
     * @param biasIh b_i, of shape [3F]
     * @param biasHh b_h, of shape [3F]
     * @return the new hidden state, of shape [M, F], attached to the manager of {@code input}
     * @throws IllegalArgumentException if the operands are not of one shape [M, F]
     */
    public static NDArray gru(
            NDArray input,
            NDArray hidden,
            NDArray weightIh,
            NDArray weightHh,
            NDArray biasIh,
            NDArray biasHh) {
        return Temporaries.freed(
                input.getManager(),
                () -> {
                    // The parameters come first in some operations, so their manager would own.
                    GruCell cell = GruCell.of(weightIh, weightHh, biasIh, biasHh, true);
                    return cell.alone().apply(input, hidden);
                });
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long features = inputShapes[0].get(1);
        weightIh.setShape(new Shape(3 * features, features));
        weightHh.setShape(new Shape(3 * features, features));
        biasIh.setShape(new Shape(3 * features));
        biasHh.setShape(new Shape(3 * features));
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        long features = inputShapes[0].get(1);
        Metadata.checkShape(this, weightIh, new Shape(3 * features, features));
        Metadata.checkShape(this, weightHh, new Shape(3 * features, features));
        Metadata.checkShape(this, biasIh, new Shape(3 * features));
        Metadata.checkShape(this, biasHh, new Shape(3 * features));
    }
}
