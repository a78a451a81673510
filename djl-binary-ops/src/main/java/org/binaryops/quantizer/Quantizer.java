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
package org.binaryops.quantizer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;

/**
 * A block that maps one array to an array of the same shape with few distinct values.
 *
 * <p>Layers hold quantizers as child blocks, one for their input and one for their weight, and call
 * {@link #quantize}. A quantizer may also stand in a network by itself.
 */
public abstract class Quantizer extends AbstractBlock {

    /**
     * Creates a quantizer.
     *
     * @param version the version of the parameter encoding of the concrete class
     */
    protected Quantizer(byte version) {
        super(version);
    }

    /**
     * Quantizes an array.
     *
     * @param store the store that holds the parameters of this block
     * @param x the array, of any shape that this quantizer was initialized for
     * @param training whether this is a training pass
     * @return an array of the shape of {@code x}, new and attached to the manager of {@code x}, or
     *     {@code x} itself where nothing is to be done; it carries the gradient of the method to
     *     {@code x} and to the parameters of this block
     */
    public abstract NDArray quantize(ParameterStore store, NDArray x, boolean training);

    /**
     * Quantizes an array that needs no gradient, such as the weight of a frozen layer; a subclass
     * overrides this where it can leave out work that only serves the gradient.
     *
     * @param store the store that holds the parameters of this block
     * @param x the array
     * @return the values that {@link #quantize} gives at inference, for a finite array
     */
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return quantize(store, x, false);
    }

    /**
     * Whether all values that this quantizer gives at inference are −1 or +1.
     *
     * @return {@code true} for values that one bit holds
     */
    public abstract boolean isBinary();

    /**
     * Returns how many bits a value needs that this quantizer gives at inference, in its present
     * state. Scales and zero points, of which a layer or a channel has one, do not count.
     *
     * @return 1 for two levels (±1, ±α, {0, 1}), 2 for three, k for a grid of k bits; as a default
     *     1 for a binary quantizer, else 32, the bits of a float
     */
    public int getBits() {
        return isBinary() ? 1 : Float.SIZE;
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(quantize(parameterStore, inputs.singletonOrThrow(), training));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
    }

    /**
     * Checks that a file was saved by a quantizer with the settings of this one.
     *
     * @param here what this quantizer has, as the end of a sentence: "8 bits"
     * @param saved what the file has, in the same words
     * @throws MalformedModelException if the two differ
     */
    protected final void requireSaved(String here, String saved) throws MalformedModelException {
        if (!here.equals(saved)) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this quantizer has %s, but the file has %s",
                            getClass().getSimpleName(), here, saved));
        }
    }
}
