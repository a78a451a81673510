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
package org.binaryops.attention;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * The low-rank estimators of what binarization takes from attention, of Xing et al., "BiPFT: Binary
 * Pre-trained Foundation Transformer with Low-Rank Estimation of Binarization Residual
 * Polynomials", AAAI 2024.
 *
 * <p>With Q = Q_b + ΔQ and K = K_b + ΔK the product QKᵀ has three terms besides Q_bK_bᵀ. They are
 * estimated from the input h by linear maps of rank r in float, shared by all heads:
 *
 * <p>$$E = (q_m h)(k_p h)^T + (q_p h)(k_m h)^T + (q_p h)(k_p h)^T$$
 *
 * <p>where the maps with p stand for the residuals ΔQ and ΔK, those with m for Q_b and K_b. The
 * residual of the values is one number for each token, v_p h, added to all its features.
 *
 * <p>Parameters, with width E: "queryWeight" [2r, E], the rows of q_m and then of q_p; "keyWeight"
 * [2r, E], those of k_m and then of k_p; "valueWeight" [1, E]; and a bias for each. Weights start
 * from N(0, 0.02²) as in BERT, biases from 0.
 */
public final class ResidualEstimators extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int rank;
    private final Parameter queryWeight;
    private final Parameter queryBias;
    private final Parameter keyWeight;
    private final Parameter keyBias;
    private final Parameter valueWeight;
    private final Parameter valueBias;

    /**
     * Creates the estimators of one attention.
     *
     * @param rank r, positive; 1 in pre-training
     * @throws IllegalArgumentException if the rank is not positive
     */
    public ResidualEstimators(int rank) {
        super(VERSION);
        if (rank < 1) {
            throw new IllegalArgumentException("rank must be positive, but was " + rank + ".");
        }
        this.rank = rank;
        queryWeight = addParameter(weight("queryWeight"));
        queryBias = addParameter(bias("queryBias", 2L * rank));
        keyWeight = addParameter(weight("keyWeight"));
        keyBias = addParameter(bias("keyBias", 2L * rank));
        valueWeight = addParameter(weight("valueWeight"));
        valueBias = addParameter(bias("valueBias", 1));
    }

    private static Parameter weight(String name) {
        return Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.OTHER)
                .optInitializer(new NormalInitializer(.02f))
                .build();
    }

    private static Parameter bias(String name, long size) {
        return Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.OTHER)
                .optShape(new Shape(size))
                .optInitializer(Initializer.ZEROS)
                .build();
    }

    /**
     * Estimates the terms that are missing from Q_bK_bᵀ.
     *
     * @param store the store that holds the parameters
     * @param queries what the queries are projected from, [B, T, E]
     * @param keys what the keys are projected from, [B, F, E]
     * @param training whether this is a training pass
     * @return E, [B, 1, T, F], before it is divided by the root of the heads' width
     */
    public NDArray scores(ParameterStore store, NDArray queries, NDArray keys, boolean training) {
        return Temporaries.freed(
                queries.getManager(),
                () -> {
                    NDList q = parts(map(store, queryWeight, queryBias, queries, training));
                    NDList k = parts(map(store, keyWeight, keyBias, keys, training));
                    NDArray left = q.get(0).add(q.get(1)).concat(q.get(1), 2);
                    NDArray right = k.get(1).concat(k.get(0), 2);
                    return left.matMul(right.transpose(0, 2, 1)).expandDims(1);
                });
    }

    /**
     * Estimates the residual of the values.
     *
     * @param store the store that holds the parameters
     * @param values what the values are projected from, [B, F, E]
     * @param training whether this is a training pass
     * @return v_p h, [B, 1, F, 1]
     */
    public NDArray values(ParameterStore store, NDArray values, boolean training) {
        return Temporaries.freed(
                values.getManager(),
                () -> map(store, valueWeight, valueBias, values, training).expandDims(1));
    }

    private static NDList parts(NDArray mapped) {
        return mapped.split(2, 2);
    }

    private static NDArray map(
            ParameterStore store, Parameter weight, Parameter bias, NDArray x, boolean training) {
        NDArray w = Temporaries.parameter(store, weight, x, training);
        NDArray b = Temporaries.parameter(store, bias, x, training);
        return Linear.linear(x, w, b).singletonOrThrow();
    }

    /**
     * Returns the rank.
     *
     * @return r
     */
    public int getRank() {
        return rank;
    }

    /** The estimated terms of the scores for [queries, keys]. */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(scores(parameterStore, inputs.get(0), inputs.get(1), training));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {
            new Shape(inputShapes[0].get(0), 1, inputShapes[0].get(1), inputShapes[1].get(1))
        };
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long width = inputShapes[0].get(inputShapes[0].dimension() - 1);
        queryWeight.setShape(new Shape(2L * rank, width));
        keyWeight.setShape(new Shape(2L * rank, width));
        valueWeight.setShape(new Shape(1, width));
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(rank);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
        int saved = is.readInt();
        if (saved != rank) {
            throw new MalformedModelException(
                    "ResidualEstimators: this block has the rank "
                            + rank
                            + ", but the file has "
                            + saved);
        }
    }
}
