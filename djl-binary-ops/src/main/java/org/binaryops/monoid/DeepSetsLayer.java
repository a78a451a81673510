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
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/**
 * The equivariant layer of Deep Sets (Zaheer et al., NeurIPS 2017): y_i = W·x_i + V·pool(X) + b,
 * where the pool is any aggregator, the maximum in the paper. Permuting the elements of a set
 * permutes the results alike.
 *
 * <p>As a block it takes padded sets without absent elements, [B, n, F], and returns [B, n, G]. The
 * parameters are {@code weight} [G, F], {@code pool_weight} [G, pooled features] and {@code bias}
 * [G]; weights start as U(−1/√in, 1/√in), the bias at 0.
 */
public final class DeepSetsLayer extends AbstractBlock {

    private static final byte VERSION = 1;

    private final long outputs;
    private final SetAggregator pool;
    private final Parameter weight = addParameter(Weights.weight("weight"));
    private final Parameter poolWeight = addParameter(Weights.weight("pool_weight"));
    private final Parameter bias = addParameter(Weights.bias("bias"));

    /**
     * Creates a layer.
     *
     * @param outputs G
     * @param pool the aggregator
     * @throws IllegalArgumentException if G is not positive
     */
    public DeepSetsLayer(int outputs, SetAggregator pool) {
        super(VERSION);
        if (outputs < 1) {
            throw new IllegalArgumentException(
                    "DeepSetsLayer: the number of outputs must be positive, but is " + outputs);
        }
        this.outputs = outputs;
        this.pool = addChildBlock("pool", pool);
    }

    /**
     * Applies the layer to ragged sets.
     *
     * @param store the store that holds the parameters of this block
     * @param elements [N, F]
     * @param segments the sets
     * @param training whether this is a training pass
     * @return [N, G], attached to the manager of {@code elements}
     */
    public NDArray apply(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    NDArray w = Temporaries.parameter(store, weight, elements, training);
                    NDArray v = Temporaries.parameter(store, poolWeight, elements, training);
                    NDArray b = Temporaries.parameter(store, bias, elements, training);
                    NDArray pooled = pool.aggregate(store, elements, segments, training);
                    NDArray ofSets = RowwiseLinear.apply(pooled, v, b);
                    NDArray none =
                            b.getManager()
                                    .zeros(new Shape(outputs), b.getDataType(), b.getDevice());
                    return RowwiseLinear.apply(elements, w, none)
                            .add(SegmentMath.spread(ofSets, segments));
                });
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray elements = inputs.singletonOrThrow();
        Shape shape = elements.getShape();
        check(shape);
        return new NDList(
                Temporaries.freed(
                        elements.getManager(),
                        () ->
                                apply(
                                                parameterStore,
                                                elements.reshape(-1, shape.get(2)),
                                                Segments.uniform(
                                                        (int) shape.get(0), (int) shape.get(1)),
                                                training)
                                        .reshape(shape.get(0), shape.get(1), outputs)));
    }

    private static void check(Shape... shapes) {
        if (shapes.length != 1 || shapes[0].dimension() != 3) {
            throw new IllegalArgumentException(
                    "DeepSetsLayer: the elements must have the shape [batch, elements, features],"
                            + " but have "
                            + List.of(shapes));
        }
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        check(inputShapes);
        Shape elements = inputShapes[0];
        return new Shape[] {new Shape(elements.get(0), elements.get(1), outputs)};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        check(inputShapes);
        inputNames = List.of("elements");
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long features = inputShapes[0].get(2);
        weight.setShape(new Shape(outputs, features));
        poolWeight.setShape(new Shape(outputs, pool.outputFeatures(features)));
        bias.setShape(new Shape(outputs));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        pool.initialize(manager, dataType, new Shape(1, 1, inputShapes[0].get(2)));
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        Metadata.checkVersion(this, VERSION, loadVersion);
        inputShapes = Metadata.readShapes(this, is, 1, 1, 3);
        inputNames = List.of("elements");
    }
}
