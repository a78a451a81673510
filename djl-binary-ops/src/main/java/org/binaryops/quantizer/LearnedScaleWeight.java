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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * A weight quantizer with a learned scale for each output channel (first axis), the parameterized
 * weight scale of He et al., "BiViT: Extremely Compressed Binary Vision Transformers", ICCV 2023:
 *
 * <p>$$w_q = \alpha_o \, Q(w)$$
 *
 * <p>The first training pass sets α to the mean |w| of each channel, the weights as they are then;
 * until then it is 1. That it has happened is saved with the block. From there on α is learned, and
 * its gradient is the true one of the product, as is that of Q(w).
 *
 * <p>BiViT has {@code new CentredWeight(StraightThroughSign.open())} for Q. {@code
 * WeightScale.LEARNED_FROM_MEAN} is the same scale on the side of the layer, from its first
 * weights; this form can be {@link Staged}, so that a layer is in float first and has its scale
 * from the weights of that stage.
 */
public final class LearnedScaleWeight extends Quantizer {

    private static final byte VERSION = 1;

    private final Quantizer quantizer;
    private final Parameter scale;
    private volatile boolean scaleInitialized;

    /**
     * Creates a quantizer.
     *
     * @param quantizer Q, a new quantizer, owned by this one and saved with it
     * @throws IllegalArgumentException if {@code quantizer} is {@code null}
     */
    @SuppressWarnings("this-escape")
    public LearnedScaleWeight(Quantizer quantizer) {
        super(VERSION);
        if (quantizer == null) {
            throw new IllegalArgumentException("quantizer must be given, but was null.");
        }
        this.quantizer = addChildBlock("quantizer", quantizer);
        scale =
                addParameter(
                        Parameter.builder()
                                .setName("scale")
                                .setType(Parameter.Type.OTHER)
                                .optInitializer(Initializer.ONES)
                                .build());
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray alpha = Temporaries.parameter(store, scale, x, training);
                    if (training && !scaleInitialized) {
                        initializeScale(x, alpha);
                    }
                    return scaled(quantizer.quantize(store, x, training), alpha);
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray alpha = Temporaries.parameter(store, scale, x, false);
                    return scaled(quantizer.quantizeFrozen(store, x), alpha.stopGradient());
                });
    }

    private static NDArray scaled(NDArray quantized, NDArray alpha) {
        Shape shape = quantized.getShape();
        return quantized.reshape(shape.get(0), -1).mul(alpha.reshape(-1, 1)).reshape(shape);
    }

    private synchronized void initializeScale(NDArray w, NDArray alpha) {
        if (scaleInitialized) {
            return;
        }
        NDArray means =
                ChannelRows.mean(ChannelRows.of(w.stopGradient(), "LearnedScaleWeight").abs())
                        .reshape(-1);
        assign(alpha, means);
        NDArray original = scale.getArray();
        if (original != alpha) {
            assign(original, means.toDevice(original.getDevice(), true));
        }
        scaleInitialized = true;
    }

    /**
     * Overwrites a leaf in place, on its device; autograd forbids it while a gradient is wanted.
     */
    private static void assign(NDArray leaf, NDArray value) {
        boolean required = leaf.hasGradient();
        leaf.setRequiresGradient(false);
        leaf.muli(0).addi(value);
        leaf.setRequiresGradient(required);
    }

    /**
     * Returns whether the scale has been set from the weights.
     *
     * @return {@code true} after the first training pass, and after loading a trained quantizer
     */
    public boolean isScaleInitialized() {
        return scaleInitialized;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return quantizer.getBits();
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        scale.setShape(new Shape(inputShapes[0].get(0)));
        scaleInitialized = false;
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        quantizer.initialize(manager, dataType, inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeBoolean(scaleInitialized);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        scaleInitialized = is.readBoolean();
    }
}
