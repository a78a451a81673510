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

/**
 * The settings of a whole transformer.
 *
 * @param <T> the concrete builder
 */
public abstract class TransformerBuilder<T extends TransformerBuilder<T>> extends LayerBuilder<T> {

    int layers = 2;
    int classes;
    boolean hiddenStates;

    TransformerBuilder() {
        units = 128;
        heads = 4;
    }

    /**
     * Sets the number of outputs.
     *
     * @param classes the number of classes, positive
     * @return this builder
     */
    public T setClasses(int classes) {
        this.classes = classes;
        return self();
    }

    /**
     * Sets the number of layers; the default is 2.
     *
     * @param layers the number of layers, positive
     * @return this builder
     */
    public T optLayers(int layers) {
        this.layers = layers;
        return self();
    }

    /**
     * Sets whether the outputs of all layers follow the logits, for {@code HiddenStateLoss}; the
     * default is {@code false}.
     *
     * @param hiddenStates whether to give them
     * @return this builder
     */
    public T optHiddenStates(boolean hiddenStates) {
        this.hiddenStates = hiddenStates;
        return self();
    }

    final void checkTransformer() {
        if (layers <= 0) {
            throw new IllegalArgumentException("layers must be positive, but was " + layers + ".");
        }
        if (classes <= 0) {
            throw new IllegalArgumentException(
                    "classes must be set and positive, but was " + classes + ".");
        }
        if (hidden == 0) {
            hidden = 4 * units;
        }
        checkLayer();
    }
}
