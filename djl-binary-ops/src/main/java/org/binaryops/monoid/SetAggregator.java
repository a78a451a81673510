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
 * Maps every set of vectors to one vector: what a readout of a graph, a neighbourhood in message
 * passing and a bag of features have in common.
 *
 * <p>Ragged sets go through {@link #aggregate(ParameterStore, NDArray, Segments, boolean)}. As a
 * DJL block an aggregator takes padded sets:
 *
 * <ul>
 *   <li>the elements, of shape [B, n, F];
 *   <li>optionally either a mask of shape [B, n], boolean or numeric, where what is not 0 is
 *       present, or lengths of shape [B], where the first {@code length} elements are present.
 *       These are read on the host, unless a class says otherwise.
 * </ul>
 *
 * <p>The result has the shape [B, G], where G is {@link #outputFeatures}. It is initialized with
 * the shape of padded elements; only F matters. The result of a set does not depend on the others
 * in its batch.
 */
public abstract class SetAggregator extends AbstractBlock {

    private final String name = getClass().getSimpleName();

    /**
     * Creates an aggregator.
     *
     * @param version the version of the parameter encoding of the concrete class
     */
    protected SetAggregator(byte version) {
        super(version);
    }

    /**
     * Aggregates ragged sets.
     *
     * @param store the store that holds the parameters of this block
     * @param elements the elements, of shape [N, F]
     * @param segments which rows are the elements of which set
     * @param training whether this is a training pass
     * @return one vector per set, of shape [S, G], attached to the manager of {@code elements}
     * @throws IllegalArgumentException if the elements do not have the rows of the segments or the
     *     features of the initialization, if one is not finite (checked on the CPU only), or if a
     *     set is empty and there is no result for that
     */
    public final NDArray aggregate(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        Rows.check(name, elements.getShape(), segments);
        checkFeatures(elements.getShape());
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    HostReads.requireFinite(name, elements, segments);
                    return fold(store, elements, segments, training);
                });
    }

    /**
     * Aggregates checked sets; called inside {@code Temporaries.freed}, so the result must be a new
     * array.
     *
     * @param store the store that holds the parameters of this block
     * @param elements the elements, of shape [N, F]
     * @param segments which rows are the elements of which set
     * @param training whether this is a training pass
     * @return one vector per set, of shape [S, G]
     */
    protected abstract NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training);

    /**
     * Tells how many features a result has.
     *
     * @param features F, the features of an element
     * @return G, the features of a result
     */
    public long outputFeatures(long features) {
        return features;
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        Shape shape = inputs.get(0).getShape();
        checkInputs(inputs.getShapes());
        NDArray presence = inputs.size() == 1 ? null : inputs.get(1);
        NDArray elements = inputs.get(0);
        return new NDList(
                Temporaries.freed(
                        elements.getManager(),
                        () ->
                                aggregate(
                                        parameterStore,
                                        elements.reshape(-1, shape.get(2)),
                                        HostReads.segments(name, shape, presence),
                                        training)));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        checkInputs(inputShapes);
        Shape elements = inputShapes[0];
        return new Shape[] {new Shape(elements.get(0), outputFeatures(elements.get(2)))};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        checkInputs(inputShapes);
        if (inputShapes[0].get(2) < 1) {
            throw new IllegalArgumentException(
                    name
                            + ": the number of features must be known at initialization, but the"
                            + " elements have the shape "
                            + inputShapes[0]);
        }
        inputNames = names(inputShapes.length);
        super.beforeInitialize(inputShapes);
    }

    private static List<String> names(int inputs) {
        return List.of("elements", "presence").subList(0, inputs);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        Metadata.checkVersion(this, version, loadVersion);
        inputShapes = Metadata.readShapes(this, is, 1, 2, 3);
        inputNames = names(inputShapes.length);
    }

    /**
     * Checks the shapes of the inputs of the block.
     *
     * @param shapes that of the elements, and that of a mask or lengths
     * @throws IllegalArgumentException if they do not fit together
     */
    final void checkInputs(Shape... shapes) {
        if (shapes.length < 1 || shapes.length > 2) {
            throw new IllegalArgumentException(
                    name
                            + ": the inputs must be the elements and optionally a mask or"
                            + " lengths, but there are "
                            + shapes.length
                            + " arrays");
        }
        try {
            RaggedBatch.check(shapes[0], shapes.length == 1 ? null : shapes[1]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
        checkFeatures(shapes[0]);
    }

    private void checkFeatures(Shape elements) {
        // During initialization the new shapes are checked before they are kept.
        long actual = elements.get(elements.dimension() - 1);
        long features = inputShapes == null ? actual : inputShapes[0].get(2);
        if (actual != features) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the elements must have %d features, as at initialization, but have"
                                    + " the shape %s",
                            name, features, elements));
        }
    }
}
