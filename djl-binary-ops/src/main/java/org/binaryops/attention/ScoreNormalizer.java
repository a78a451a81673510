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
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * What an attention makes of its scores before it mixes the values: a softmax, a sparse or a
 * learned function of each row.
 *
 * <p>It is a block, since it may own parameters: scores [batch, heads, queries, keys], with an
 * optional mask as in {@link QuantAttention}, give weights of the same shape.
 */
public abstract class ScoreNormalizer extends AbstractBlock {

    /**
     * Creates a normalizer.
     *
     * @param version the version of the parameter encoding of the concrete class
     */
    protected ScoreNormalizer(byte version) {
        super(version);
    }

    /**
     * Normalizes scores.
     *
     * @param store the store that holds the parameters of this block
     * @param scores the scaled scores [batch, heads, queries, keys]
     * @param mask what the queries may see
     * @param training whether this is a training pass
     * @return the weights of the values, of the shape of the scores; exactly 0 at hidden positions,
     *     and rows of 0 where a mask of zeros hides every position; they carry the gradient to the
     *     scores and to the parameters of this block. The caller frees temporaries
     */
    public abstract NDArray normalize(
            ParameterStore store, NDArray scores, ScoreMask mask, boolean training);

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        check(inputs.getShapes());
        NDArray scores = inputs.head();
        return new NDList(
                Temporaries.freed(
                        scores.getManager(),
                        () -> {
                            NDArray given = inputs.size() == 2 ? inputs.get(1) : null;
                            ScoreMask mask = ScoreMask.of(scores, given, false);
                            return normalize(parameterStore, scores, mask, training);
                        }));
    }

    private void check(Shape[] shapes) {
        String name = getClass().getSimpleName();
        if (shapes.length != 1 && shapes.length != 2) {
            throw new IllegalArgumentException(
                    name
                            + " takes 1 or 2 inputs, [scores] or [scores, mask], but got "
                            + shapes.length
                            + ".");
        }
        if (shapes[0].dimension() != 4) {
            throw new IllegalArgumentException(
                    name
                            + " takes scores of shape [batch, heads, queries, keys], but got "
                            + shapes[0]
                            + ".");
        }
        if (shapes.length == 2) {
            AttentionInputs.checkMask(name, shapes[1], shapes[0]);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        check(inputShapes);
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[0]};
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
    }
}
