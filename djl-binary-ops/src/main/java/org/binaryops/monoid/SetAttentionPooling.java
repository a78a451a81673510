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
 * Pooling by multi-head attention of learned queries (Lee et al., "Set Transformer", ICML 2019,
 * without the layers around the attention).
 *
 * <p>For each head h with F/H features and each query q of Q:
 *
 * <pre>
 * α = softmax over the set of (W_k,h·x)·q / √(F/H),   pooled_q,h = Σ α · W_v,h·x
 * </pre>
 *
 * <p>and W_o applied to all pooled vectors side by side gives F features. The parameters are {@code
 * key}, {@code value} [F, F], {@code query} [H, Q, F/H] and {@code output} [F, Q·F]; weights start
 * as U(−1/√in, 1/√in). An empty set gives 0.
 */
public final class SetAttentionPooling extends SetAggregator {

    private static final byte VERSION = 1;

    private final int heads;
    private final int queries;
    private final Parameter key = addParameter(Weights.weight("key"));
    private final Parameter value = addParameter(Weights.weight("value"));
    private final Parameter query = addParameter(Weights.weight("query"));
    private final Parameter output = addParameter(Weights.weight("output"));

    /**
     * Creates the aggregator; the number of features comes from the input at initialization.
     *
     * @param heads H, which must divide the number of features
     * @param queries Q, the number of learned queries
     * @throws IllegalArgumentException if a number is not positive
     */
    public SetAttentionPooling(int heads, int queries) {
        super(VERSION);
        if (heads < 1 || queries < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "SetAttentionPooling: heads and queries must be positive, but are %d"
                                    + " and %d",
                            heads, queries));
        }
        this.heads = heads;
        this.queries = queries;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        NDArray keys = Temporaries.parameter(store, key, elements, training);
        NDArray values = Temporaries.parameter(store, value, elements, training);
        NDArray q = Temporaries.parameter(store, query, elements, training);
        NDArray out = Temporaries.parameter(store, output, elements, training);
        long features = keys.getShape().get(0);
        long width = features / heads;
        NDArray scale = Temporaries.constant(q, 1 / Math.sqrt(width));
        // (W_k·x)·q = x·(W_kᵀ·q): the keys of single elements are never made.
        NDArray scored =
                q.mul(scale)
                        .matMul(keys.reshape(heads, width, features))
                        .reshape((long) heads * queries, features);
        NDArray alpha =
                SegmentMath.softmax(
                        RowwiseLinear.apply(elements, scored, zeros(q, (long) heads * queries)),
                        segments);
        NDArray projected = RowwiseLinear.apply(elements, values, zeros(q, features));
        NDArray weighted =
                alpha.reshape(-1, heads, queries, 1)
                        .mul(projected.reshape(-1, heads, 1, width))
                        .reshape(-1, queries * features);
        return RowwiseLinear.apply(SegmentMath.sum(weighted, segments), out, zeros(q, features));
    }

    private static NDArray zeros(NDArray like, long n) {
        return like.getManager().zeros(new Shape(n), like.getDataType(), like.getDevice());
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long features = inputShapes[0].get(2);
        if (features % heads != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "SetAttentionPooling: the number of heads must divide the features, but"
                                    + " there are %d heads and %d features",
                            heads, features));
        }
        key.setShape(new Shape(features, features));
        value.setShape(new Shape(features, features));
        query.setShape(new Shape(heads, queries, features / heads));
        output.setShape(new Shape(features, queries * features));
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        long features = inputShapes[0].get(2);
        Metadata.checkShape(this, key, new Shape(features, features));
        Metadata.checkShape(this, value, new Shape(features, features));
        Metadata.checkShape(this, query, new Shape(heads, queries, features / heads));
        Metadata.checkShape(this, output, new Shape(features, queries * features));
    }
}
