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
package org.binaryops.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.Calibration;
import org.binaryops.quantizer.Quantizer;

/**
 * Quantizes the weights of any DJL block, without a change to the block: it is handed a {@link
 * ParameterStore} that answers with quantized values.
 *
 * <p>The latent weights stay the parameters of the inner block. On each forward pass the selected
 * ones go through a quantizer each, and the gradient flows back through it, so that the block can
 * be trained or fine-tuned with quantized weights. The inputs of the layers inside stay as they
 * are.
 *
 * <pre>{@code
 * WeightOnlyQuantization net =
 *         WeightOnlyQuantization.builder()
 *                 .setBlock(trained)
 *                 .setQuantizer(() -> AffineQuantizer.builder().setBits(8).optAxis(0).build())
 *                 .build();
 * net.initialize(manager, DataType.FLOAT32, inputShape);
 * net.calibrate(Calibration.minMax());
 * }</pre>
 *
 * <p>A quantizer that learns its step ({@code ElasticQuantizer}) sets it in the first training
 * pass; without one, call it in training mode in {@link #forEachWeight}.
 *
 * <p><b>Which weights.</b> By default the parameters of type {@link Parameter.Type#WEIGHT} with two
 * axes or more; {@link Builder#optFilter} chooses others. Running statistics are never selected,
 * nor are the weights of this library's quantized layers, which have quantizers of their own.
 *
 * <p><b>Which blocks.</b> Those that ask the parameter store for their parameters, as the blocks of
 * DJL do: linear, convolution, embedding, recurrent, attention, and what is built from them. A
 * {@link ai.djl.nn.SymbolBlock} (TorchScript, say) runs on its own and is refused.
 *
 * <p><b>Cost.</b> Nothing is kept between two passes, so that no weight can be stale; a forward
 * pass quantizes every selected weight once and holds the results until it ends. {@link
 * #materialize} ends that: it overwrites the weights with their quantized values, and the inner
 * block runs as fast as before.
 */
public final class WeightOnlyQuantization extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Block block;
    private final Function<? super Parameter, ? extends Quantizer> factory;
    private final BiPredicate<String, Parameter> filter;
    private final Map<String, Parameter> selected = new LinkedHashMap<>();
    private final Map<String, Quantizer> quantizers = new LinkedHashMap<>();
    private volatile boolean materialized;

    private WeightOnlyQuantization(Builder builder) {
        super(VERSION);
        block = addChildBlock("block", builder.block);
        factory = builder.factory;
        filter = builder.filter;
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        if (runsPlain(training)) {
            return block.forward(parameterStore, inputs, training, params);
        }
        try (QuantizedWeights weights = quantized(parameterStore, inputs)) {
            return weights.keeping(block.forward(weights.store(), inputs, training, params));
        }
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList data,
            NDList labels,
            PairList<String, Object> params) {
        if (runsPlain(true)) {
            return block.forward(parameterStore, data, labels, params);
        }
        try (QuantizedWeights weights = quantized(parameterStore, data)) {
            return weights.keeping(block.forward(weights.store(), data, labels, params));
        }
    }

    private QuantizedWeights quantized(ParameterStore store, NDList inputs) {
        Map<String, Quantizer> byId = new LinkedHashMap<>();
        selected.forEach((name, weight) -> byId.put(weight.getId(), quantizers.get(name)));
        return new QuantizedWeights(store, byId, inputs.head().getManager());
    }

    private boolean runsPlain(boolean training) {
        if (quantizers.isEmpty()) {
            throw new IllegalStateException(
                    "This WeightOnlyQuantization must be initialized or loaded first, even if the"
                            + " block inside is.");
        }
        if (materialized && training) {
            throw new IllegalStateException(
                    "This WeightOnlyQuantization cannot be trained: its weights were replaced by"
                            + " their quantized values.");
        }
        return materialized;
    }

    /**
     * Sets the range of every {@link AffineQuantizer} from its weight.
     *
     * @param method how the range is chosen
     * @throws IllegalStateException if the block has not been initialized
     */
    public void calibrate(Calibration method) {
        forEachWeight(
                (quantizer, weight) -> {
                    if (quantizer instanceof AffineQuantizer) {
                        ((AffineQuantizer) quantizer).calibrate(weight, method);
                    }
                });
    }

    /**
     * Hands every quantizer its latent weight, for quantizers that are fitted to data.
     *
     * @param action what to do; it must not write to the weight
     * @throws IllegalStateException if the block has not been initialized or was materialized
     */
    public void forEachWeight(BiConsumer<? super Quantizer, ? super NDArray> action) {
        if (runsPlain(false)) {
            throw new IllegalStateException(
                    "The latent weights of this WeightOnlyQuantization were replaced.");
        }
        quantizers.forEach((name, q) -> action.accept(q, selected.get(name).getArray()));
    }

    /**
     * Replaces the weights by their quantized values, for fast inference.
     *
     * <p>From then on the inner block holds plain numbers: it runs without this wrapper too ({@link
     * #getBlock}) and can be saved as a model of its own. The latent weights are lost, all
     * parameters are frozen, and training is refused. No other thread may use the block meanwhile;
     * predictors on another device than the parameters hold copies and must be made anew.
     *
     * @throws IllegalStateException if the block has not been initialized
     */
    public void materialize() {
        if (runsPlain(false)) {
            return;
        }
        // All first: a quantizer that is not ready must not leave half of the weights replaced.
        Map<NDArray, NDArray> values = new IdentityHashMap<>();
        try {
            forEachWeight((quantizer, weight) -> values.put(weight, values(quantizer, weight)));
            freezeParameters(true);
            // In place and on the device: a parameter's array cannot be exchanged.
            values.forEach((weight, value) -> weight.muli(0).addi(value));
        } finally {
            values.values().forEach(NDArray::close);
        }
        materialized = true;
    }

    private static NDArray values(Quantizer quantizer, NDArray weight) {
        ParameterStore store = new ParameterStore(weight.getManager(), false);
        return Temporaries.freed(
                weight.getManager(), () -> quantizer.quantizeFrozen(store, weight).duplicate());
    }

    /**
     * Returns whether the weights were replaced by their quantized values.
     *
     * @return {@code true} after {@link #materialize}, and after loading a block that was saved so
     */
    public boolean isMaterialized() {
        return materialized;
    }

    /**
     * Returns the block inside.
     *
     * @return the block that was given; its parameters are the latent weights, or after {@link
     *     #materialize} the quantized ones
     */
    public Block getBlock() {
        return block;
    }

    /**
     * Returns the quantizers by the names of their weights.
     *
     * @return the quantizers in the order of the weights, keyed by the name that the weight has in
     *     {@code getBlock().getParameters()}; empty before the block is initialized
     */
    public Map<String, Quantizer> getQuantizers() {
        return Collections.unmodifiableMap(quantizers);
    }

    /**
     * Returns the quantized weights by their names.
     *
     * @return the latent parameters, with the keys of {@link #getQuantizers}
     */
    public Map<String, Parameter> getQuantizedParameters() {
        return Collections.unmodifiableMap(selected);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return block.getOutputShapes(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        block.initialize(manager, dataType, inputShapes);
        createQuantizers();
        quantizers.forEach(
                (name, q) -> q.initialize(manager, dataType, selected.get(name).getShape()));
    }

    /** Creates the quantizers, which is possible only when the shapes of the weights are known. */
    private void createQuantizers() {
        if (!quantizers.isEmpty()) {
            return;
        }
        Map<String, Parameter> weights = WeightSelection.of(block, filter);
        Map<String, Quantizer> created = new LinkedHashMap<>();
        weights.forEach(
                (name, weight) -> {
                    Quantizer quantizer = factory.apply(weight);
                    if (quantizer == null
                            || created.values().stream().anyMatch(q -> q == quantizer)) {
                        throw new IllegalArgumentException(
                                "The quantizer must be a new object for each weight, but was "
                                        + (quantizer == null ? "null" : "one given before")
                                        + " for "
                                        + name
                                        + ".");
                    }
                    created.put(name, quantizer);
                });
        selected.putAll(weights);
        created.forEach((name, q) -> quantizers.put(name, addChildBlock("quantizer", q)));
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeBoolean(materialized);
        os.writeInt(quantizers.size());
        for (String text : describe()) {
            os.writeUTF(text);
        }
    }

    private List<String> describe() {
        List<String> texts = new ArrayList<>();
        quantizers.forEach((name, q) -> texts.add(name + " by " + q.getClass().getSimpleName()));
        return texts;
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        loadMetadata(is.readByte(), is);
        boolean wasMaterialized = is.readBoolean();
        int count = is.readInt();
        List<String> saved = new ArrayList<>();
        for (int i = 0; i < count; ++i) {
            saved.add(is.readUTF());
        }
        block.loadParameters(manager, is);
        createQuantizers();
        List<String> here = describe();
        if (!saved.equals(here)) {
            throw new MalformedModelException(
                    String.format(
                            "WeightOnlyQuantization: this block quantizes %s, but the file has %s",
                            here, saved));
        }
        for (Quantizer quantizer : quantizers.values()) {
            quantizer.loadParameters(manager, is);
        }
        materialized = wasMaterialized;
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = new ArrayList<>();
        for (int i = 0; i < inputShapes.length; ++i) {
            inputNames.add("data" + i);
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

    /** Builds a {@link WeightOnlyQuantization}. */
    public static final class Builder {

        private Block block;
        private Function<? super Parameter, ? extends Quantizer> factory;
        private BiPredicate<String, Parameter> filter =
                (name, weight) ->
                        weight.getType() == Parameter.Type.WEIGHT
                                && weight.getShape().dimension() >= 2;

        private Builder() {}

        /**
         * Sets the block, new, initialized or loaded.
         *
         * @param block the block, which keeps its parameters
         * @return this builder
         */
        public Builder setBlock(Block block) {
            this.block = block;
            return this;
        }

        /**
         * Sets where the quantizers come from.
         *
         * @param supplier gives a new quantizer for each weight; the first axis of a weight is the
         *     output channel (the item of an embedding)
         * @return this builder
         */
        public Builder setQuantizer(Supplier<? extends Quantizer> supplier) {
            this.factory = supplier == null ? null : weight -> supplier.get();
            return this;
        }

        /**
         * Sets where the quantizers come from, as {@link #setQuantizer}, for quantizers that depend
         * on the weight, such as fewer bits for larger ones.
         *
         * @param factory gives a new quantizer for each weight, whose shape is known
         * @return this builder
         */
        public Builder setQuantizerFor(Function<? super Parameter, ? extends Quantizer> factory) {
            this.factory = factory;
            return this;
        }

        /**
         * Sets which parameters are quantized; the default is those of type {@link
         * Parameter.Type#WEIGHT} with two axes or more.
         *
         * @param filter a test of a parameter (whose shape is known) and of the name that it has in
         *     {@code block.getParameters()}
         * @return this builder
         */
        public Builder optFilter(BiPredicate<String, Parameter> filter) {
            this.filter = filter;
            return this;
        }

        /**
         * Builds the wrapper.
         *
         * @return a new block
         * @throws IllegalArgumentException if a setting is missing, or the block has a part that
         *     runs on its own
         */
        public WeightOnlyQuantization build() {
            required("block", block);
            required("quantizer", factory);
            required("filter", filter);
            WeightSelection.refuseSymbolBlocks(block);
            return new WeightOnlyQuantization(this);
        }

        private static void required(String name, Object value) {
            if (value == null) {
                throw new IllegalArgumentException(name + " must be given, but was null.");
            }
        }
    }
}
