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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Random;
import org.binaryops.gradient.Temporaries;

/**
 * Learnable commutative monoid: aggregates the elements of a set with a learned operator ⊕, folded
 * along a balanced tree (Ong and Veličković, "Learnable Commutative Monoids for Graph Neural
 * Networks", LoG 2022).
 *
 * <p>The operator is by default the symmetrized gated recurrent unit of the paper, x ⊕ y =
 * ½·(GRU(x, y) + GRU(y, x)): exactly commutative, and associative only as far as training makes it.
 * The result therefore depends, slightly after good training, on the order of the elements.
 * Training on shuffled sets ({@link Builder#optShuffle}) and along random trees ({@link
 * Builder#optTrainingTree}) helps; so does adding {@link #associativityLoss(ParameterStore, NDList,
 * boolean)} to the loss.
 *
 * <p>Ragged sets, whose cost follows the number of elements, go through {@link
 * #aggregate(ParameterStore, NDArray, Segments, boolean)}. The inputs of the block are padded:
 *
 * <ul>
 *   <li>the elements, of shape [B, n, F];
 *   <li>optionally either a mask of shape [B, n], boolean or numeric, where what is not 0 is
 *       present and the present elements need not be together; or lengths of shape [B], where the
 *       first {@code length} elements are present. Lengths below 0 and above n act like 0 and n:
 *       they are not brought to the host to be checked. {@link #aggregate(ParameterStore, NDArray,
 *       int[], boolean)} does check. Without a second input all elements are present.
 * </ul>
 *
 * <p>Output: one vector per set, of shape [B, F].
 *
 * <p>Absent elements are exact identities (x ⊕ ∅ = x). The result of a set, and its gradient,
 * depend neither on what stands in its padding, be it NaN, nor on the larger sets in its batch. On
 * x86-64 CPUs, where it is tested, the result equals that of the set alone bit for bit; elsewhere,
 * on CUDA for instance, matrix products may round differently in another batch. (Between training
 * passes and others the last bits may differ: see {@link GruOperator}.) A set with one element
 * gives that element. An empty set gives 0, or a learned vector if {@link
 * Builder#optLearnedIdentity} is set.
 */
public final class LcmAggregator extends SetAggregator {

    private static final byte VERSION = 1;

    private final BinaryOperator operator;
    private final Parameter identity;
    private final double associativityWeight;
    private final TreeShape trainingTree;
    private final boolean shuffle;
    private final Random random;

    private LcmAggregator(Builder builder) {
        super(VERSION);
        associativityWeight = builder.associativityWeight;
        trainingTree = builder.trainingTree;
        shuffle = builder.shuffle;
        random = new Random(builder.seed);
        identity =
                builder.learnedIdentity
                        ? addParameter(
                                Parameter.builder()
                                        .setName("identity")
                                        .setType(Parameter.Type.BIAS)
                                        .build())
                        : null;
        operator =
                addChildBlock(
                        "operator",
                        builder.operator == null
                                ? new Symmetrized(new GruOperator())
                                : builder.operator);
    }

    /**
     * Returns the operator, to measure it with {@link MonoidLaws} for instance.
     *
     * @return ⊕
     */
    public BinaryOperator getOperator() {
        return operator;
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        if (inputs.size() == 1 || training && isRandomized()) {
            return super.forwardInternal(parameterStore, inputs, training, params);
        }
        checkInputs(inputs.getShapes());
        return new NDList(aggregate(parameterStore, inputs.get(0), inputs.get(1), training));
    }

    private boolean isRandomized() {
        return shuffle || trainingTree != TreeShape.BALANCED;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        NDArray empty = Temporaries.parameter(store, identity, elements, training);
        Segments ordered = training && shuffle ? segments.shuffled(random) : segments;
        return TreeReduction.fold(
                operator,
                store,
                elements,
                ordered,
                training ? trainingTree : TreeShape.BALANCED,
                random,
                empty,
                training);
    }

    /**
     * Aggregates sets whose sizes are known on the host, where they can be checked.
     *
     * @param store the store that holds the parameters of this block
     * @param elements the elements, of shape [B, n, F]
     * @param lengths how many of the n elements of each set are present
     * @param training whether this is a training pass
     * @return one vector per set, of shape [B, F], attached to the manager of {@code elements}
     * @throws IllegalArgumentException if there are not B lengths, if one is outside 0..n, if the
     *     elements do not fit the operator, or if one that is present is not finite (checked on the
     *     CPU only)
     */
    public NDArray aggregate(
            ParameterStore store, NDArray elements, int[] lengths, boolean training) {
        Shape shape = elements.getShape();
        checkInputs(shape, new Shape(lengths.length));
        for (int i = 0; i < lengths.length; ++i) {
            if (lengths[i] < 0 || lengths[i] > shape.get(1)) {
                throw new IllegalArgumentException(
                        String.format(
                                "LcmAggregator: the length of set %d must be between 0 and %d, but"
                                        + " is %d",
                                i, shape.get(1), lengths[i]));
            }
        }
        NDManager manager = elements.getManager();
        return Temporaries.freed(
                manager,
                () ->
                        aggregate(
                                store,
                                elements,
                                manager.create(lengths).toDevice(elements.getDevice(), false),
                                training));
    }

    private NDArray aggregate(
            ParameterStore store, NDArray elements, NDArray presence, boolean training) {
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    NDArray empty = Temporaries.parameter(store, identity, elements, training);
                    Shape shape = elements.getShape();
                    if (shape.get(1) == 0) {
                        return emptySets(elements, empty);
                    }
                    RaggedBatch batch = RaggedBatch.of(elements, presence);
                    HostReads.requireFinite("LcmAggregator", batch.elements());
                    NDArray result =
                            TreeReduction.reduce(
                                    operator, store, batch.elements(), batch.presence(), training);
                    if (empty == null || batch.presence() == null) {
                        return result;
                    }
                    NDArray notEmpty = batch.presence().split(new long[] {1}, 1).get(0);
                    return NDArrays.where(
                            notEmpty.broadcast(result.getShape()), result, empty.expandDims(0));
                });
    }

    private static NDArray emptySets(NDArray elements, NDArray empty) {
        Shape result = new Shape(elements.getShape().get(0), elements.getShape().get(2));
        NDArray zeros =
                elements.getManager().zeros(result, elements.getDataType(), elements.getDevice());
        return empty == null ? zeros : zeros.add(empty);
    }

    /**
     * Computes the associativity loss on given latents, λ · mean ‖(x ⊕ y) ⊕ z − x ⊕ (y ⊕ z)‖².
     *
     * @param store the store that holds the parameters of this block
     * @param x the left latents, of shape [M, F]
     * @param y the middle latents, of shape [M, F]
     * @param z the right latents, of shape [M, F]
     * @param training whether this is a training pass
     * @return a scalar, attached to the manager of {@code x}, to be added to the loss of the task
     */
    public NDArray associativityLoss(
            ParameterStore store, NDArray x, NDArray y, NDArray z, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () ->
                        MonoidLaws.associator(operator, store, x, y, z, training)
                                .mul(Temporaries.constant(x, associativityWeight))
                                .mean());
    }

    /**
     * Computes the associativity loss on all triples of consecutive elements of the sets in a
     * batch, λ · mean ‖(x ⊕ y) ⊕ z − x ⊕ (y ⊕ z)‖².
     *
     * <p>With shuffled sets, consecutive elements are random triples of latents. Sets with fewer
     * than three elements have no say; if there are no others, the loss is 0.
     *
     * @param store the store that holds the parameters of this block
     * @param inputs the same inputs as those of the forward pass
     * @param training whether this is a training pass
     * @return a scalar, attached to the manager of the elements, to be added to the loss of the
     *     task
     * @throws IllegalArgumentException if the inputs do not fit together
     */
    public NDArray associativityLoss(ParameterStore store, NDList inputs, boolean training) {
        checkInputs(inputs.getShapes());
        NDArray elements = inputs.get(0);
        return Temporaries.freed(
                elements.getManager(),
                () -> {
                    RaggedBatch batch =
                            RaggedBatch.of(elements, inputs.size() == 1 ? null : inputs.get(1));
                    long n = elements.getShape().get(1);
                    if (n < 3) {
                        return elements.getManager()
                                .zeros(new Shape(), elements.getDataType(), elements.getDevice());
                    }
                    NDArray x = window(batch.elements(), 0);
                    NDArray y = window(batch.elements(), 1);
                    NDArray z = window(batch.elements(), 2);
                    if (batch.presence() == null) {
                        return associativityLoss(store, x, y, z, training);
                    }
                    NDArray whole =
                            batch.presence()
                                    .split(new long[] {2}, 1)
                                    .get(1)
                                    .toType(elements.getDataType(), false)
                                    .reshape(-1);
                    return MonoidLaws.associator(operator, store, x, y, z, training)
                            .mul(Temporaries.constant(x, associativityWeight))
                            .mul(whole)
                            .sum()
                            .div(whole.sum().maximum(1));
                });
    }

    /** The elements from {@code first} to {@code n - 3 + first} of every set as rows. */
    private static NDArray window(NDArray elements, long first) {
        Shape shape = elements.getShape();
        long length = shape.get(1) - 2;
        return elements.get(":, " + first + ":" + (first + length))
                .reshape(shape.get(0) * length, shape.get(2));
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        if (identity != null) {
            identity.setShape(new Shape(inputShapes[0].get(2)));
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        Shape operand = new Shape(1, inputShapes[0].get(2));
        operator.initialize(manager, dataType, operand, operand);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        saveInputShapes(os);
        os.writeBoolean(identity != null);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        boolean learnedIdentity = is.readBoolean();
        if (learnedIdentity != (identity != null)) {
            throw new MalformedModelException(
                    String.format(
                            "LcmAggregator: this block has %s learned identity, but the file has"
                                    + " %s",
                            identity == null ? "no" : "a", learnedIdentity ? "one" : "none"));
        }
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        if (identity != null) {
            Metadata.checkShape(this, identity, new Shape(inputShapes[0].get(2)));
        }
    }

    /**
     * Creates a builder to build an {@code LcmAggregator}.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The builder of {@link LcmAggregator}. */
    public static final class Builder {

        private BinaryOperator operator;
        private boolean learnedIdentity;
        private double associativityWeight = 1;
        private TreeShape trainingTree = TreeShape.BALANCED;
        private boolean shuffle;
        private long seed;

        private Builder() {}

        /**
         * Sets the operator, by default {@code new Symmetrized(new GruOperator())}.
         *
         * @param operator ⊕, which becomes a child of the block
         * @return this builder
         */
        public Builder optOperator(BinaryOperator operator) {
            this.operator = operator;
            return this;
        }

        /**
         * Sets whether an empty set gives a learned vector, which starts at 0, instead of 0; by
         * default it does not. Sets that are not empty are the same either way.
         *
         * @param learnedIdentity whether to learn the result for an empty set
         * @return this builder
         */
        public Builder optLearnedIdentity(boolean learnedIdentity) {
            this.learnedIdentity = learnedIdentity;
            return this;
        }

        /**
         * Sets λ, the factor of the associativity losses, by default 1.
         *
         * @param weight λ, not negative
         * @return this builder
         */
        public Builder optAssociativityWeight(double weight) {
            associativityWeight = weight;
            return this;
        }

        /**
         * Sets the shape of the trees in training, by default {@link TreeShape#BALANCED}; outside
         * training they are always balanced.
         *
         * @param shape the shape, {@link TreeShape#RANDOM} to train towards associativity
         * @return this builder
         */
        public Builder optTrainingTree(TreeShape shape) {
            trainingTree = shape;
            return this;
        }

        /**
         * Sets whether the elements of every set are put in a new random order at every training
         * pass, by default not.
         *
         * @param shuffle whether to shuffle
         * @return this builder
         */
        public Builder optShuffle(boolean shuffle) {
            this.shuffle = shuffle;
            return this;
        }

        /**
         * Sets the seed of random trees and orders, by default 0.
         *
         * @param seed the seed
         * @return this builder
         */
        public Builder optSeed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * Builds the block.
         *
         * @return a new, uninitialized block
         * @throws IllegalArgumentException if λ is negative or not finite
         */
        public LcmAggregator build() {
            if (!(associativityWeight >= 0 && associativityWeight < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException(
                        "LcmAggregator: the associativity weight must be finite and not negative,"
                                + " but is "
                                + associativityWeight);
            }
            return new LcmAggregator(this);
        }
    }
}
