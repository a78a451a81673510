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

/**
 * Decides between vectors and scalar code while the compiler has not come to the vectors yet: until
 * then each operation on a vector is some calls and an object, hundreds of times slower than it
 * will be, and slower than scalar code, which is compiled soon.
 *
 * <p>A small part of each call goes to the vectors, so that they become due for compilation, and is
 * timed against a part of the same size in scalar code. Both give the same numbers. Once the
 * vectors have won often enough they have everything.
 */
final class Warming {

    /** What is done with the parts from one to before another. */
    interface Range {
        void run(int from, int to);
    }

    /** Single wins happen by chance: the other part may have been interrupted. */
    private static final int WINS = 8;

    /** Who forces the kernels by the property wants them from the first call on, as tests do. */
    private int wins = KernelChoice.requestedBits == 0 ? 0 : WINS;

    boolean isCold() {
        return wins < WINS;
    }

    void run(int from, int to, Range vectors, Range scalars) {
        if (to - from < 3) {
            scalars.run(from, to);
            return;
        }
        long start = System.nanoTime();
        vectors.run(from, from + 1);
        long middle = System.nanoTime();
        scalars.run(from + 1, from + 2);
        if (middle - start < System.nanoTime() - middle) {
            ++wins;
        }
        scalars.run(from + 2, to);
    }
}
