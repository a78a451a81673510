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
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/**
 * The hard tanh, which stands between the binary layers of most papers' networks: it keeps the
 * values that a sign with a window round 0 still learns from.
 *
 * <p>$$y = \max(-1, \min(1, x)), \quad \frac{\partial y}{\partial x} = 1 \text{ for } |x| \le 1
 * \text{, else } 0$$
 *
 * <p>Input and output have the same shape, any. Arguments must be finite.
 */
public final class HardTanh extends AbstractBlock {

    private static final byte VERSION = 1;

    /** Creates a block without parameters. */
    public HardTanh() {
        super(VERSION);
    }

    /**
     * Applies the hard tanh.
     *
     * @param x the argument, of any shape
     * @return x limited to [−1, 1], attached to the manager of {@code x}
     */
    public static NDArray hardTanh(NDArray x) {
        // The limits that DJL makes arrays of are freed; the graph keeps their numbers.
        return Temporaries.freed(x.getManager(), () -> x.clip(-1, 1));
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(hardTanh(inputs.singletonOrThrow()));
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
}
