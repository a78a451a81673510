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
package org.binaryops.graph;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;

import org.binaryops.gradient.Temporaries;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;

/**
 * A message-passing layer: features of nodes [N, F] and the graph to features of nodes [N, G].
 *
 * <p>A layer is called by {@link #apply}. As a DJL block it takes the features and, among the
 * parameters of the call, the {@link GraphBatch} under the name {@value #GRAPH}.
 */
public abstract class GraphLayer extends AbstractBlock {

    /** The name of the graph among the parameters of {@code forward}. */
    public static final String GRAPH = "graph";

    private final long outputs;

    /**
     * Creates a layer.
     *
     * @param version the version of the parameter encoding of the concrete class
     * @param outputs G
     * @throws IllegalArgumentException if it is not positive
     */
    protected GraphLayer(byte version, long outputs) {
        super(version);
        if (outputs < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the number of outputs must be positive, but is %d",
                            getClass().getSimpleName(), outputs));
        }
        this.outputs = outputs;
    }

    /**
     * Returns the number of features that a node has after this layer.
     *
     * @return G
     */
    public final long outputs() {
        return outputs;
    }

    /**
     * Applies the layer.
     *
     * @param store the store that holds the parameters of this block
     * @param nodes the features of the nodes, of shape [N, F]
     * @param graph the graph or graphs
     * @param training whether this is a training pass
     * @return [N, G], attached to the manager of {@code nodes}
     * @throws IllegalArgumentException if there are not as many rows as nodes
     */
    public final NDArray apply(
            ParameterStore store, NDArray nodes, GraphBatch graph, boolean training) {
        Shape shape = nodes.getShape();
        if (shape.dimension() != 2 || shape.get(0) != graph.nodes()) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the features of the nodes must have the shape [%d, features] for"
                                    + " %s, but have %s",
                            getClass().getSimpleName(), graph.nodes(), graph, shape));
        }
        return Temporaries.freed(nodes.getManager(), () -> layer(store, nodes, graph, training));
    }

    /**
     * Computes the layer; called inside {@code Temporaries.freed}, so the result must be a new
     * array.
     *
     * @param store the store that holds the parameters of this block
     * @param nodes the features of the nodes, of shape [N, F]
     * @param graph the graph or graphs
     * @param training whether this is a training pass
     * @return [N, G]
     */
    protected abstract NDArray layer(
            ParameterStore store, NDArray nodes, GraphBatch graph, boolean training);

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        Object graph = params == null ? null : params.get(GRAPH);
        if (!(graph instanceof GraphBatch)) {
            throw new IllegalArgumentException(
                    getClass().getSimpleName()
                            + ": the parameter '"
                            + GRAPH
                            + "' of forward must be a GraphBatch, but is "
                            + graph);
        }
        return new NDList(
                apply(parameterStore, inputs.singletonOrThrow(), (GraphBatch) graph, training));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {new Shape(inputShapes[0].get(0), outputs)};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        if (inputShapes.length != 1
                || inputShapes[0].dimension() != 2
                || inputShapes[0].get(1) < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the features of the nodes must have the shape [nodes, features],"
                                    + " but have %s",
                            getClass().getSimpleName(), List.of(inputShapes)));
        }
        inputNames = List.of("nodes");
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        if (loadVersion != version) {
            throw new MalformedModelException(
                    String.format(
                            "%s: expected the encoding version %d, but the file has %d",
                            getClass().getSimpleName(), version, loadVersion));
        }
        readInputShapes(is);
        inputNames = List.of("nodes");
    }
}
