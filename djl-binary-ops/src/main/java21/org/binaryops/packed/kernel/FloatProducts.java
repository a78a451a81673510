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
package org.binaryops.packed.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Float products, one unit in each lane, four rows by two blocks of units at a time. A fused
 * multiply-add would round differently from the scalar kernels, and on processors that add and
 * multiply in different pipes gain nothing.
 */
final class FloatProducts {

    private static final VectorSpecies<Float> LANES_OF = VectorWidth.FLOATS;
    private static final int LANES = LANES_OF.length();

    private FloatProducts() {}

    /** The products of two blocks of units with four rows. */
    static void fourByTwo(
            FloatMatrix w,
            int block,
            float[] x,
            int xFrom,
            int xStride,
            float[] out,
            int outFrom,
            int outStride) {
        int w0 = block * LANES * w.inputs;
        int w1 = w0 + LANES * w.inputs;
        int x1 = xFrom + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        FloatVector c00 = FloatVector.zero(LANES_OF);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        for (int k = 0; k < w.inputs; ++k) {
            FloatVector a = FloatVector.fromArray(LANES_OF, w.laidOut, w0 + LANES * k);
            FloatVector b = FloatVector.fromArray(LANES_OF, w.laidOut, w1 + LANES * k);
            FloatVector v = FloatVector.broadcast(LANES_OF, x[xFrom + k]);
            c00 = c00.add(a.mul(v));
            c01 = c01.add(b.mul(v));
            v = FloatVector.broadcast(LANES_OF, x[x1 + k]);
            c10 = c10.add(a.mul(v));
            c11 = c11.add(b.mul(v));
            v = FloatVector.broadcast(LANES_OF, x[x2 + k]);
            c20 = c20.add(a.mul(v));
            c21 = c21.add(b.mul(v));
            v = FloatVector.broadcast(LANES_OF, x[x3 + k]);
            c30 = c30.add(a.mul(v));
            c31 = c31.add(b.mul(v));
        }
        int to = outFrom + block * LANES;
        c00.intoArray(out, to);
        c01.intoArray(out, to + LANES);
        to += outStride;
        c10.intoArray(out, to);
        c11.intoArray(out, to + LANES);
        to += outStride;
        c20.intoArray(out, to);
        c21.intoArray(out, to + LANES);
        to += outStride;
        c30.intoArray(out, to);
        c31.intoArray(out, to + LANES);
    }

    /** The products of one block of units with some rows. */
    static void block(
            FloatMatrix w,
            int block,
            float[] x,
            int xFrom,
            int xStride,
            int rows,
            float[] out,
            int outFrom,
            int outStride) {
        int from = block * LANES * w.inputs;
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            FloatVector c = FloatVector.zero(LANES_OF);
            for (int k = 0; k < w.inputs; ++k) {
                FloatVector a = FloatVector.fromArray(LANES_OF, w.laidOut, from + LANES * k);
                c = c.add(a.mul(FloatVector.broadcast(LANES_OF, x[at + k])));
            }
            c.intoArray(out, outFrom + row * outStride + block * LANES);
        }
    }
}
