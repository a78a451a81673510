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
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * A quantizer that can be switched off: the identity until it is enabled.
 *
 * <p>ReActNet (Liu et al., ECCV 2020) first trains with binary activations and real weights, then
 * with both binary, from the weights of the first step. Wrap the quantizers that come later, and
 * switch them on between the stages:
 *
 * <pre>{@code
 * QuantLinear.builder()
 *         .setUnits(128)
 *         .optInputQuantizer(new ApproxSign())
 *         .optWeightQuantizer(Staged.of(new StraightThroughSign()))
 *         .build();
 * Staged.setEnabled(net, true);
 * }</pre>
 *
 * <p>Whether it is enabled is saved with the block.
 */
public final class Staged extends Quantizer {

    private static final byte VERSION = 1;

    private final Quantizer quantizer;
    private boolean enabled;

    @SuppressWarnings("this-escape")
    private Staged(Quantizer quantizer) {
        super(VERSION);
        this.quantizer = addChildBlock("quantizer", quantizer);
    }

    /**
     * Wraps a quantizer, switched off.
     *
     * @param quantizer a new quantizer, owned by the wrapper
     * @return the wrapper
     * @throws IllegalArgumentException if {@code quantizer} is {@code null}
     */
    public static Staged of(Quantizer quantizer) {
        if (quantizer == null) {
            throw new IllegalArgumentException("quantizer must be given, but was null.");
        }
        return new Staged(quantizer);
    }

    /**
     * Returns the quantizer inside a wrapper.
     *
     * @param quantizer any quantizer
     * @return what it wraps if it is staged, else itself
     */
    public static Quantizer inner(Quantizer quantizer) {
        return quantizer instanceof Staged staged ? staged.quantizer : quantizer;
    }

    /**
     * Switches every staged quantizer below a block on or off.
     *
     * @param root the block, searched with all its descendants
     * @param enabled whether they quantize
     */
    public static void setEnabled(Block root, boolean enabled) {
        if (root instanceof Staged staged) {
            staged.setEnabled(enabled);
        }
        for (Block child : root.getChildren().values()) {
            setEnabled(child, enabled);
        }
    }

    /**
     * Switches this quantizer on or off.
     *
     * @param enabled whether it quantizes
     */
    public void setEnabled(boolean enabled) {
        this.enabled = enabled;
    }

    /**
     * Returns whether this quantizer is switched on.
     *
     * @return whether it quantizes
     */
    public boolean isEnabled() {
        return enabled;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return enabled ? quantizer.quantize(store, x, training) : x;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return enabled ? quantizer.quantizeFrozen(store, x) : x;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return enabled && quantizer.isBinary();
    }

    /** {@inheritDoc} */
    @Override
    public int getBits() {
        return enabled ? quantizer.getBits() : Float.SIZE;
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
        os.writeBoolean(enabled);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        int saved = is.readByte();
        if (saved != 0 && saved != 1) {
            throw new MalformedModelException(
                    "Staged: whether it is enabled must be 0 or 1, but the file says " + saved);
        }
        enabled = saved == 1;
    }
}
