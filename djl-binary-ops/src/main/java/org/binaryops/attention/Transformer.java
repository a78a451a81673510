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
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;
import org.binaryops.nn.QuantLinear;

/**
 * What transformers over tokens and over patches have in common: learned positions, encoder layers,
 * and a linear layer for one prediction from the mean over the positions or for one at each.
 */
abstract class Transformer extends AbstractBlock {

    private final int positionCount;
    private final int units;
    private final int classes;
    private final int layers;
    private final boolean perPosition;
    private final boolean hiddenStates;
    private final float dropout;
    private final Parameter positions;
    private EncoderStack encoder;
    private QuantLinear output;

    /**
     * Creates the common parts.
     *
     * @param version the version of the parameter encoding of the concrete class
     * @param builder the settings
     * @param positionCount the largest number of positions
     * @param perPosition whether to predict at each position
     */
    Transformer(
            byte version, TransformerBuilder<?> builder, int positionCount, boolean perPosition) {
        super(version);
        this.positionCount = positionCount;
        this.perPosition = perPosition;
        units = builder.units;
        classes = builder.classes;
        layers = builder.layers;
        hiddenStates = builder.hiddenStates;
        dropout = builder.dropout;
        positions =
                addParameter(
                        Parameter.builder()
                                .setName("positions")
                                .setType(Parameter.Type.OTHER)
                                .optShape(new Shape(positionCount, units))
                                .optInitializer(new NormalInitializer(.02f))
                                .build());
    }

    /** Adds the children of this class; in a file they follow what makes vectors of inputs. */
    final void addEncoder(TransformerBuilder<?> builder) {
        encoder = addChildBlock("encoder", new EncoderStack(builder));
        output =
                addChildBlock(
                        "output", QuantLinear.builder().setUnits(classes).optBias(true).build());
    }

    /** Throws an exception unless inputs of these shapes are what the model takes. */
    abstract void check(Shape[] shapes);

    /** The number of positions of an input. */
    abstract long length(Shape[] shapes);

    /** The outputs, from the inputs on; to be called where temporaries are freed. */
    abstract NDList run(ParameterStore store, NDList inputs, boolean training);

    /** Initializes what turns inputs into vectors. */
    abstract void initializeEmbedding(NDManager manager, DataType dataType, Shape[] inputShapes);

    /** What a file must have in common with this model, besides {@link #common()}. */
    abstract String settings();

    /** The settings that all models have. */
    final String common() {
        return String.format("%d layers of width %d", layers, units);
    }

    @Override
    protected final NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        check(inputs.getShapes());
        return EncoderStack.freed(
                inputs.head().getManager(), () -> run(parameterStore, inputs, training));
    }

    /** Adds the learned positions to vectors (B, S, E). */
    final NDArray positioned(ParameterStore store, NDArray x, boolean training) {
        NDArray table = Temporaries.parameter(store, positions, x, training);
        long length = x.getShape().get(1);
        return x.add(length == positionCount ? table : table.get(new NDIndex(":{}", length)));
    }

    /**
     * The logits, and the outputs of the layers if they are asked for.
     *
     * @param x the vectors with their positions (B, S, E)
     * @param seen 1 for a position to see, 0 for one to hide, (B, S), or null
     */
    final NDList outputs(ParameterStore store, NDArray x, NDArray seen, boolean training) {
        NDArray in = training && dropout > 0 ? Dropout.dropout(x, dropout, true).head() : x;
        NDArray mask = seen == null ? null : seen.expandDims(1);
        NDList hidden = new NDList();
        NDArray y = encoder.run(store, in, mask, training, hidden);
        NDArray read = perPosition ? y : mean(y, seen);
        NDList outputs = new NDList(output.forward(store, new NDList(read), training).head());
        if (hiddenStates) {
            outputs.addAll(hidden);
        }
        return outputs;
    }

    /** The mean over the positions that are seen; zeros where there are none. */
    private static NDArray mean(NDArray x, NDArray seen) {
        int[] positions = {1};
        if (seen == null) {
            return x.mean(positions);
        }
        NDArray share = seen.div(seen.sum(positions, true).maximum(1));
        return x.mul(share.expandDims(2)).sum(positions);
    }

    /**
     * Returns the encoder layers.
     *
     * @return the layers, first to last
     */
    public List<QuantEncoderLayer> getLayers() {
        return encoder.layers();
    }

    @Override
    public final Shape[] getOutputShapes(Shape[] inputShapes) {
        check(inputShapes);
        long batch = inputShapes[0].get(0);
        long length = length(inputShapes);
        Shape[] shapes = new Shape[hiddenStates ? layers + 1 : 1];
        for (int i = 1; i < shapes.length; ++i) {
            shapes[i] = new Shape(batch, length, units);
        }
        shapes[0] = perPosition ? new Shape(batch, length, classes) : new Shape(batch, classes);
        return shapes;
    }

    @Override
    protected final void beforeInitialize(Shape... inputShapes) {
        check(inputShapes);
        super.beforeInitialize(inputShapes);
    }

    @Override
    protected final void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        long batch = inputShapes[0].get(0);
        // The longest sequence, since learned functions of scores belong to positions.
        Shape x = new Shape(batch, positionCount, units);
        initializeEmbedding(manager, dataType, inputShapes);
        encoder.initialize(manager, dataType, x);
        output.initialize(manager, dataType, perPosition ? x : new Shape(batch, units));
    }

    @Override
    protected final void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(common() + settings());
    }

    @Override
    protected final void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = AttentionInputs.names(inputShapes.length);
        String saved = is.readUTF();
        if (!saved.equals(common() + settings())) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this model has %s%s, but the file has %s",
                            getClass().getSimpleName(), common(), settings(), saved));
        }
    }
}
