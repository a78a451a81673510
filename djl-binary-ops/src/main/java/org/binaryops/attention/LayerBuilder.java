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

import ai.djl.nn.Block;
import java.util.function.Supplier;

/**
 * The settings of a transformer layer.
 *
 * @param <T> the concrete builder
 */
public abstract class LayerBuilder<T extends LayerBuilder<T>> extends AttentionBuilder<T> {

    int hidden;
    boolean normFirst;
    Supplier<? extends Block> attentionOutput;
    Supplier<? extends Block> feedForwardOutput;

    LayerBuilder() {}

    @Override
    T with(AttentionBuilder<?> other) {
        if (other instanceof LayerBuilder<?> layer) {
            hidden = layer.hidden;
            normFirst = layer.normFirst;
            attentionOutput = layer.attentionOutput;
            feedForwardOutput = layer.feedForwardOutput;
        }
        return super.with(other);
    }

    /**
     * Sets the width of the feed-forward network.
     *
     * @param hidden the number of hidden units, positive; as a rule 4 E
     * @return this builder
     */
    public T setHidden(int hidden) {
        this.hidden = hidden;
        return self();
    }

    /**
     * Sets whether the layer norms come before the branches, as in vision transformers and GPT, or
     * after the residual sums, as in BERT; the default is {@code false}.
     *
     * @param normFirst whether the norms come first
     * @return this builder
     */
    public T optNormFirst(boolean normFirst) {
        this.normFirst = normFirst;
        return self();
    }

    /**
     * Sets a block for what an attention adds to the residual stream, as a codebook; the default is
     * none.
     *
     * @param block makes a new block at each call, whose output has the shape of its input, [B, S,
     *     E]
     * @return this builder
     */
    public T optAttentionOutput(Supplier<? extends Block> block) {
        attentionOutput = block;
        return self();
    }

    /**
     * Sets a block for what the feed-forward network adds to the residual stream, as a codebook;
     * the default is none.
     *
     * @param block makes a new block at each call, whose output has the shape of its input, [B, S,
     *     E]
     * @return this builder
     */
    public T optFeedForwardOutput(Supplier<? extends Block> block) {
        feedForwardOutput = block;
        return self();
    }

    final void checkLayer() {
        checkUnits();
        if (hidden <= 0) {
            throw new IllegalArgumentException(
                    "hidden must be set and positive, but was " + hidden + ".");
        }
    }
}
