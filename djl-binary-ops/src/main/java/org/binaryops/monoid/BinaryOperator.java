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
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/**
 * A binary operation ⊕ on latent vectors: a block that maps two arrays [M, F] to one array [M, F],
 * row by row.
 *
 * <p>A row of the result may depend on that row of the operands only, never on the other rows or on
 * how many there are. {@link TreeReduction} relies on it: it is what makes the result of a set
 * independent of the batch the set is in. An implementation that multiplies matrices has to take
 * care that this holds to the last bit, as {@link GruOperator} does.
 */
public abstract class BinaryOperator extends AbstractBlock {

    private static final List<String> NAMES = List.of("left", "right");

    /**
     * Creates an operator.
     *
     * @param version the version of the parameter encoding of the concrete class
     */
    protected BinaryOperator(byte version) {
        super(version);
    }

    /**
     * Combines the rows of two arrays.
     *
     * @param store the store that holds the parameters of this block
     * @param left the left operands, of shape [M, F], all finite
     * @param right the right operands, of shape [M, F], all finite
     * @param training whether this is a training pass
     * @return left ⊕ right, a new array of shape [M, F], attached to the manager of {@code left}
     */
    public abstract NDArray combine(
            ParameterStore store, NDArray left, NDArray right, boolean training);

    /**
     * Looks the parameters up, once for a whole tree.
     *
     * <p>To be called inside {@code Temporaries.freed}. What an operator can compute of its
     * parameters alone belongs here: a level of a tree then costs less.
     *
     * @param store the store that holds the parameters of this block
     * @param like an array on the device of the operands
     * @param training whether this is a training pass
     * @return ⊕ with these parameters, which gives the same bits as {@link #combine}
     */
    public Combination bind(ParameterStore store, NDArray like, boolean training) {
        return (left, right) -> combine(store, left, right, training);
    }

    /**
     * Looks the parameters up for the symmetrized operation ½·(l ⊕ r + r ⊕ l).
     *
     * <p>Both orders are the rows of one call. Swapping the operands swaps two equal computations,
     * so that the result keeps its bits.
     *
     * @param store the store that holds the parameters of this block
     * @param like an array on the device of the operands
     * @param training whether this is a training pass
     * @return the symmetrized operation
     */
    protected Combination bindSymmetrized(ParameterStore store, NDArray like, boolean training) {
        Combination one = bind(store, like, training);
        return new BothOrders(one, Temporaries.constant(like, 0.5));
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        checkOperands(inputs.getShapes());
        return new NDList(combine(parameterStore, inputs.get(0), inputs.get(1), training));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        checkOperands(inputShapes);
        inputNames = NAMES;
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        Metadata.checkVersion(this, version, loadVersion);
        inputShapes = Metadata.readShapes(this, is, 2, 2, 2);
        inputNames = NAMES;
    }

    /**
     * Checks the shapes of a pair of operands.
     *
     * @param operands the shapes
     * @throws IllegalArgumentException if there are not two, or if they are not equal and [M, F]
     */
    private void checkOperands(Shape... operands) {
        if (operands.length != 2
                || operands[0].dimension() != 2
                || !operands[0].equals(operands[1])) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the operands must be two arrays of one shape [rows, features], but"
                                    + " have the shapes %s",
                            getClass().getSimpleName(), List.of(operands)));
        }
    }
}
