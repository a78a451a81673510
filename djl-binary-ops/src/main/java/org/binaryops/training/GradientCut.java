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
package org.binaryops.training;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;

/**
 * A place in a network where the gradient that flows back is replaced by a function of it: forward
 * y = x, backward ∂L/∂x = q(∂L/∂y).
 *
 * <p>DJL can attach a factor to a gradient, but no function of it: an operation does not see the
 * gradient that comes from above. This block therefore cuts the graph. In training it hands on a
 * new leaf with the values of x; the backward pass of the loss ends there, and {@link GradientCuts}
 * goes on from x with q(∂L/∂y), cut by cut from the output to the input. A training pass without
 * that listener throws, since the layers before the cut would learn nothing.
 *
 * <p>Where a value reaches the loss both through a cut and beside it, as round a residual branch
 * that contains one, the backward pass of the loss would already use up the graph before the value.
 * Put a cut where the paths part as well: {@link #identity()} collects the gradients of all paths
 * and passes their sum on unchanged.
 *
 * <p>At inference the block does nothing. Shapes: any, one input.
 */
public abstract class GradientCut extends AbstractBlock {

    private static final byte VERSION = 1;

    private GradientCuts cuts;

    /** Creates a cut. */
    protected GradientCut() {
        super(VERSION);
    }

    /**
     * Creates a cut that passes the gradient on unchanged, to be put where paths part.
     *
     * @return a new block
     */
    public static GradientCut identity() {
        return new Junction();
    }

    /**
     * Computes the gradient that goes on.
     *
     * @param gradient ∂L/∂y; it is not to be changed
     * @return q(∂L/∂y), an array of the same shape, or {@code gradient} itself
     */
    protected abstract NDArray transform(NDArray gradient);

    /** Sets or, with {@code null}, takes away the listener that replays this cut. */
    final void setCuts(GradientCuts cuts) {
        this.cuts = cuts;
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        if (!training) {
            return inputs;
        }
        if (cuts == null) {
            throw new IllegalStateException(
                    getClass().getSimpleName()
                            + " stops the gradient unless a GradientCuts listener carries it on:"
                            + " add one with addTrainingListeners(new GradientCuts()).");
        }
        // Handles of our own: those of the network may be closed before the backward pass.
        NDArray end = x.reshape(x.getShape());
        NDArray leaf = x.stopGradient();
        leaf.setRequiresGradient(true);
        NDScope.unregister(end, leaf);
        cuts.add(this, end, leaf);
        return new NDList(leaf.reshape(x.getShape()));
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
        inputNames = List.of("data0");
    }

    private static final class Junction extends GradientCut {

        @Override
        protected NDArray transform(NDArray gradient) {
            return gradient;
        }
    }
}
