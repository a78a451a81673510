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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;

/**
 * A family of n functions of one variable, B_1 … B_n, that the edges of a Kolmogorov–Arnold layer
 * are combined from.
 *
 * <p>A basis is a block: it maps an array [x1, …, xk, features] to [x1, …, xk, features, n], and it
 * may own parameters (a grid, centres, frequencies) for each feature, fixed or learned, which are
 * saved with the layer.
 */
public abstract class Basis extends AbstractBlock {

    /**
     * Creates a basis.
     *
     * @param version the version of the parameter encoding of the concrete class
     */
    protected Basis(byte version) {
        super(version);
    }

    /**
     * Returns the number of functions.
     *
     * @return n, the size of the last axis of the output
     */
    public abstract int size();

    /**
     * Evaluates all functions at all inputs.
     *
     * @param store the store that holds the parameters of this basis
     * @param x the inputs, [x1, …, xk, features], finite
     * @param training whether this is a training pass
     * @return a new array [x1, …, xk, features, n] on the manager of {@code x}; it carries the
     *     gradient to {@code x} and to what this basis learns
     */
    public abstract NDArray evaluate(ParameterStore store, NDArray x, boolean training);

    /**
     * Returns how a layer over this basis starts.
     *
     * @return an initializer of coefficients of shape [units, features, n]
     */
    public abstract Initializer coefficientInitializer();

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(evaluate(parameterStore, inputs.singletonOrThrow(), training));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        features(inputShapes[0]);
        return new Shape[] {inputShapes[0].add(size())};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        super.beforeInitialize(inputShapes);
        if (inputShapes.length != 1) {
            throw new IllegalArgumentException(
                    getClass().getSimpleName()
                            + " takes 1 input, but got "
                            + inputShapes.length
                            + ".");
        }
        features(inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // As at initialization; DJL restores the shapes only, and describeInput() asks for both.
        inputNames = List.of("data0");
    }

    /**
     * Reads the number of features off the shape of an input, and checks it against the parameters
     * once there are any.
     *
     * @param input the shape of an input
     * @return the size of its last axis
     * @throws IllegalArgumentException if there is no such axis, or this basis was initialized for
     *     another number of features
     */
    protected long features(Shape input) {
        if (input.dimension() < 1 || input.get(input.dimension() - 1) < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s takes an input of shape [..., features], but got %s.",
                            getClass().getSimpleName(), input));
        }
        long features = input.get(input.dimension() - 1);
        for (Parameter parameter : getDirectParameters().values()) {
            // A row for each feature; what has one axis is shared by all.
            boolean rows = parameter.isInitialized() && parameter.getShape().dimension() == 2;
            if (rows && parameter.getShape().get(0) != features) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s was initialized for %d features, but got an input of shape"
                                        + " %s.",
                                getClass().getSimpleName(), parameter.getShape().get(0), input));
            }
        }
        return features;
    }
}
