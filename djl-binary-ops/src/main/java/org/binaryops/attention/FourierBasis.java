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
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.NormalInitializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.Basis;

/**
 * The basis of Fourier-KArAt (Maity et al., "Kolmogorov–Arnold Attention", 2025): cos x, cos 2x, …,
 * cos Gx, sin x, …, sin Gx, in this order. Coefficients over it start from N(0, 1).
 */
public final class FourierBasis extends Basis {

    private static final byte VERSION = 1;

    private final int grid;

    /**
     * Creates a basis.
     *
     * @param grid G, the highest frequency, positive
     * @throws IllegalArgumentException if G is not positive
     */
    public FourierBasis(int grid) {
        super(VERSION);
        if (grid < 1) {
            throw new IllegalArgumentException("grid must be positive, but was " + grid + ".");
        }
        this.grid = grid;
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return 2 * grid;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    Shape shape = x.getShape();
                    features(shape);
                    NDArray frequencies =
                            x.getManager()
                                    .arange(1, grid + 1, 1, DataType.FLOAT32, x.getDevice())
                                    .toType(x.getDataType(), false);
                    NDArray angles = x.expandDims(shape.dimension()).mul(frequencies);
                    return angles.cos().concat(angles.sin(), shape.dimension());
                });
    }

    /** {@inheritDoc} */
    @Override
    public Initializer coefficientInitializer() {
        return new NormalInitializer(1);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(grid);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        int saved = is.readInt();
        if (saved != grid) {
            throw new MalformedModelException(
                    "FourierBasis: this basis has the grid "
                            + grid
                            + ", but the file has "
                            + saved);
        }
    }
}
