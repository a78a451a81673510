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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.Quantizer;

/**
 * Multi-head scaled dot-product attention with exchangeable parts. An {@link AttentionMethod} says
 * what the projections, queries, keys, values, scores and probabilities are made of ({@code
 * optMethod(AttentionMethod.named("bit"))}); by default they are quantized in the manner of Liu et
 * al., "Binary and Ternary Natural Language Generation" (TBT), ACL 2023.
 *
 * <p>For each head of size h, with the projections Q, K, V of the inputs:
 *
 * <p>$$P = \mathrm{softmax}\left(Q_q(Q) \, Q_k(K)^T / \sqrt{h}\right), \quad Y =
 * \mathrm{proj}\left(Q_p(\mathrm{dropout}(P)) \, Q_v(V)\right)$$
 *
 * <ul>
 *   <li>The four projections are {@link QuantLinear} layers with a bias; their weights have {@code
 *       weightBits} (statistics-based, one step for each output channel), their inputs {@code
 *       activationBits} (elastic, signed, a learned step each).
 *   <li>Q, K and V are each quantized with {@code activationBits} (elastic, signed) before they are
 *       multiplied; the softmax is in float.
 *   <li>The probabilities are quantized with {@code activationBits} from 0 up. From 2 bits on, the
 *       authors' code starts from the smallest probability of the whole batch instead, the same
 *       wherever one is 0 (masked or causal attention); starting from 0 keeps each result
 *       independent of the other sequences in the batch. Their range is {@code
 *       ElasticQuantizer.unsigned} as probability quantizer.
 * </ul>
 *
 * <p>With 32 bits everything is float and the block computes what DJL's {@link
 * ai.djl.nn.transformer.ScaledDotProductAttentionBlock} does. Inputs and output are those of that
 * block, with B sequences, F keys and values, T queries, N heads and width E:
 *
 * <ul>
 *   <li>[values]: [(B, F, E)], self-attention
 *   <li>[values, mask]: [(B, F, E), (B, F, F)]
 *   <li>[keys, queries, values]: [(B, F, E), (B, T, E), (B, F, E)]
 *   <li>[keys, queries, values, mask]: [(B, F, E), (B, T, E), (B, F, E), (B, T, F)]
 *   <li>output: (B, T, E)
 * </ul>
 *
 * <p>A mask of three axes is 1 for a position to keep and 0 for one to mask. A masked position has
 * exactly the probability 0, as if it were not there; a query that sees no position at all gets a
 * context of zeros. A mask of four axes is an offset added to the scores, broadcast to (B, N, T, F)
 * (in DJL's transformers: 0 to keep, −100000 to mask).
 */
public final class QuantAttention extends AbstractBlock {

    private static final byte VERSION = 2;

    private final int units;
    private final int heads;
    private final boolean causal;
    private final float dropout;
    private final QuantLinear keyProjection;
    private final QuantLinear queryProjection;
    private final QuantLinear valueProjection;
    private final QuantLinear resultProjection;
    private final Quantizer keyQuantizer;
    private final Quantizer queryQuantizer;
    private final Quantizer valueQuantizer;
    private final Quantizer probabilityQuantizer;
    private final ScoreNormalizer normalizer;
    private final ResidualEstimators estimators;

    private QuantAttention(Builder builder) {
        super(VERSION);
        units = builder.units;
        heads = builder.heads;
        causal = builder.causal;
        dropout = builder.dropout;
        AttentionMethod method = builder.method();
        keyProjection = addChildBlock("keyProjection", method.projection(units));
        queryProjection = addChildBlock("queryProjection", method.projection(units));
        valueProjection = addChildBlock("valueProjection", method.projection(units));
        resultProjection = addChildBlock("resultProjection", method.projection(units));
        keyQuantizer = addChildBlock("keyQuantizer", builder.keyQuantizer());
        queryQuantizer = addChildBlock("queryQuantizer", builder.queryQuantizer());
        valueQuantizer = addChildBlock("valueQuantizer", builder.valueQuantizer());
        probabilityQuantizer =
                addChildBlock("probabilityQuantizer", builder.probabilityQuantizer());
        normalizer =
                builder.sharedNormalizer != null
                        ? builder.sharedNormalizer
                        : addChildBlock("normalizer", method.newNormalizer());
        estimators = method.newEstimators();
        if (estimators != null) {
            addChildBlock("estimators", estimators);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        AttentionInputs form = form(inputs.getShapes());
        if (!inputs.head().getDataType().isFloating()) {
            throw new IllegalArgumentException(
                    "QuantAttention takes inputs of a floating-point type, but got "
                            + inputs.head().getDataType()
                            + ".");
        }
        return new NDList(
                Temporaries.freed(
                        inputs.head().getManager(),
                        () -> attend(parameterStore, form, inputs, training)));
    }

    private NDArray attend(
            ParameterStore store, AttentionInputs form, NDList inputs, boolean training) {
        NDArray keys = apply(store, keyProjection, form.keys(inputs), training);
        NDArray queries = apply(store, queryProjection, form.queries(inputs), training);
        NDArray values = apply(store, valueProjection, form.values(inputs), training);
        NDArray q = split(queryQuantizer.quantize(store, queries, training));
        NDArray k = split(keyQuantizer.quantize(store, keys, training));
        NDArray v = split(valueQuantizer.quantize(store, values, training));

        // (B, N, T, F)
        NDArray root = Temporaries.constant(q, 1 / Math.sqrt(units / heads));
        NDArray scores = q.mul(root).matMul(k.transpose(0, 1, 3, 2));
        if (estimators != null) {
            NDArray missing =
                    estimators.scores(store, form.queries(inputs), form.keys(inputs), training);
            scores = scores.add(missing.mul(root));
            // P (V + r) = P V + P r for a number r of each token, whatever head and feature.
            v = v.add(estimators.values(store, form.values(inputs), training));
        }
        ScoreMask mask = ScoreMask.of(scores, form.mask(inputs), causal);
        NDArray p = normalizer.normalize(store, scores, mask, training);
        if (training && dropout > 0) {
            p = Dropout.dropout(p, dropout, true).singletonOrThrow();
        }
        NDArray context = probabilityQuantizer.quantize(store, p, training).matMul(v);
        return apply(store, resultProjection, merge(context), training);
    }

    private static NDArray apply(
            ParameterStore store, QuantLinear projection, NDArray x, boolean training) {
        return projection.forward(store, new NDList(x), training).singletonOrThrow();
    }

    /** (B, S, E) → (B, N, S, E / N). */
    private NDArray split(NDArray x) {
        Shape shape = x.getShape();
        return x.reshape(shape.get(0), shape.get(1), heads, units / heads).transpose(0, 2, 1, 3);
    }

    /** (B, N, S, E / N) → (B, S, E). */
    private NDArray merge(NDArray x) {
        Shape shape = x.getShape();
        return x.transpose(0, 2, 1, 3).reshape(shape.get(0), shape.get(2), units);
    }

    private AttentionInputs form(Shape[] shapes) {
        return AttentionInputs.of(shapes, units, heads, causal);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return new Shape[] {inputShapes[form(inputShapes).queries()]};
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        form(inputShapes);
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        AttentionInputs form = form(inputShapes);
        Shape keys = inputShapes[form.keys()];
        Shape queries = inputShapes[form.queries()];
        keyProjection.initialize(manager, dataType, keys);
        queryProjection.initialize(manager, dataType, queries);
        valueProjection.initialize(manager, dataType, keys);
        resultProjection.initialize(manager, dataType, queries);
        keyQuantizer.initialize(manager, dataType, keys);
        queryQuantizer.initialize(manager, dataType, queries);
        valueQuantizer.initialize(manager, dataType, keys);
        Shape scores = new Shape(keys.get(0), heads, queries.get(1), keys.get(1));
        probabilityQuantizer.initialize(manager, dataType, scores);
        normalizer.initialize(manager, dataType, scores);
        if (estimators != null) {
            estimators.initialize(manager, dataType, queries, keys);
        }
    }

    /**
     * Returns the function of the scores.
     *
     * @return the child block, or the shared one
     */
    public ScoreNormalizer getNormalizer() {
        return normalizer;
    }

    /**
     * Returns the estimators of the residuals.
     *
     * @return the child block, or {@code null} if the method has none
     */
    public ResidualEstimators getEstimators() {
        return estimators;
    }

    /**
     * Returns the quantizers of the operands of the two products.
     *
     * @return those of queries, keys, probabilities and values, in this order
     */
    public List<Quantizer> getOperandQuantizers() {
        return List.of(queryQuantizer, keyQuantizer, probabilityQuantizer, valueQuantizer);
    }

    /**
     * Returns the number of heads.
     *
     * @return N
     */
    public int getHeads() {
        return heads;
    }

    /**
     * Returns the width.
     *
     * @return E
     */
    public int getUnits() {
        return units;
    }

    /**
     * Returns the projection of the keys.
     *
     * @return the child block
     */
    public QuantLinear getKeyProjection() {
        return keyProjection;
    }

    /**
     * Returns the projection of the queries.
     *
     * @return the child block
     */
    public QuantLinear getQueryProjection() {
        return queryProjection;
    }

    /**
     * Returns the projection of the values.
     *
     * @return the child block
     */
    public QuantLinear getValueProjection() {
        return valueProjection;
    }

    /**
     * Returns the projection of the results.
     *
     * @return the child block
     */
    public QuantLinear getResultProjection() {
        return resultProjection;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(units);
        os.writeInt(heads);
        os.writeUTF(parts());
    }

    /** What besides the sizes decides about the output, so that a file is not loaded elsewhere. */
    private String parts() {
        return String.format(
                "%s, probabilities of %s, %s",
                normalizer.getClass().getSimpleName(),
                probabilityQuantizer.getClass().getSimpleName(),
                estimators == null
                        ? "no estimators"
                        : "estimators of rank " + estimators.getRank());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
        int savedUnits = is.readInt();
        int savedHeads = is.readInt();
        if (savedUnits != units || savedHeads != heads) {
            throw new MalformedModelException(
                    String.format(
                            "QuantAttention: this block has %d units in %d heads, but the file has"
                                    + " %d in %d",
                            units, heads, savedUnits, savedHeads));
        }
        String savedParts = is.readUTF();
        if (!savedParts.equals(parts())) {
            throw new MalformedModelException(
                    "QuantAttention: this block has "
                            + parts()
                            + ", but the file has "
                            + savedParts);
        }
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link QuantAttention}. */
    public static final class Builder extends OperandBuilder<Builder> {

        private Builder() {}

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the block.
         *
         * @return a new block
         * @throws IllegalArgumentException if the width or the number of heads is not positive, or
         *     the one is not divisible by the other
         */
        public QuantAttention build() {
            checkUnits();
            return new QuantAttention(this);
        }
    }
}
