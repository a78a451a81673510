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

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of unsigned with signed bytes in lanes of 32 bits, one unit in each lane, four rows by
 * two blocks of units at a time.
 */
final class ByteProducts {

    private static final VectorSpecies<Integer> LANES_OF = VectorWidth.INTS;
    private static final int LANES = LANES_OF.length();

    private ByteProducts() {}

    /** The products of two blocks of units with four rows. */
    static void fourByTwo(
            ByteMatrix w,
            int block,
            byte[] x,
            int xFrom,
            int xStride,
            int zeroPoint,
            int[] out,
            int outFrom,
            int outStride) {
        int w0 = block * LANES * w.inputs;
        int w1 = w0 + LANES * w.inputs;
        int x1 = xFrom + xStride;
        int x2 = x1 + xStride;
        int x3 = x2 + xStride;
        IntVector c00 = IntVector.zero(LANES_OF);
        IntVector c01 = c00;
        IntVector c10 = c00;
        IntVector c11 = c00;
        IntVector c20 = c00;
        IntVector c21 = c00;
        IntVector c30 = c00;
        IntVector c31 = c00;
        for (int k = 0; k < w.inputs; ++k) {
            IntVector a = IntVector.fromArray(LANES_OF, w.laidOut, w0 + LANES * k);
            IntVector b = IntVector.fromArray(LANES_OF, w.laidOut, w1 + LANES * k);
            IntVector v = IntVector.broadcast(LANES_OF, x[xFrom + k] & 0xFF);
            c00 = c00.add(a.mul(v));
            c01 = c01.add(b.mul(v));
            v = IntVector.broadcast(LANES_OF, x[x1 + k] & 0xFF);
            c10 = c10.add(a.mul(v));
            c11 = c11.add(b.mul(v));
            v = IntVector.broadcast(LANES_OF, x[x2 + k] & 0xFF);
            c20 = c20.add(a.mul(v));
            c21 = c21.add(b.mul(v));
            v = IntVector.broadcast(LANES_OF, x[x3 + k] & 0xFF);
            c30 = c30.add(a.mul(v));
            c31 = c31.add(b.mul(v));
        }
        IntVector z0 = IntVector.fromArray(LANES_OF, w.sums, block * LANES).mul(zeroPoint);
        IntVector z1 = IntVector.fromArray(LANES_OF, w.sums, (block + 1) * LANES).mul(zeroPoint);
        int to = outFrom + block * LANES;
        c00.sub(z0).intoArray(out, to);
        c01.sub(z1).intoArray(out, to + LANES);
        to += outStride;
        c10.sub(z0).intoArray(out, to);
        c11.sub(z1).intoArray(out, to + LANES);
        to += outStride;
        c20.sub(z0).intoArray(out, to);
        c21.sub(z1).intoArray(out, to + LANES);
        to += outStride;
        c30.sub(z0).intoArray(out, to);
        c31.sub(z1).intoArray(out, to + LANES);
    }

    /** The products of one block of units with some rows. */
    static void block(
            ByteMatrix w,
            int block,
            byte[] x,
            int xFrom,
            int xStride,
            int rows,
            int zeroPoint,
            int[] out,
            int outFrom,
            int outStride) {
        int from = block * LANES * w.inputs;
        IntVector z0 = IntVector.fromArray(LANES_OF, w.sums, block * LANES).mul(zeroPoint);
        for (int row = 0; row < rows; ++row) {
            int at = xFrom + row * xStride;
            IntVector c = IntVector.zero(LANES_OF);
            for (int k = 0; k < w.inputs; ++k) {
                IntVector a = IntVector.fromArray(LANES_OF, w.laidOut, from + LANES * k);
                c = c.add(a.mul(IntVector.broadcast(LANES_OF, x[at + k] & 0xFF)));
            }
            c.sub(z0).intoArray(out, outFrom + row * outStride + block * LANES);
        }
    }
}
