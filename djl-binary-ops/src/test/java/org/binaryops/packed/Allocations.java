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
package org.binaryops.packed;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.binaryops.packed.kernel.Kernels;

/** A Java machine of its own that predicts with many models and prints what they allocate. */
final class Allocations {

    private static final int CALLS = 200;

    private static final int ROWS = 9;

    private Allocations() {}

    /** Prints the kernels, and for each model the bytes of its thriftiest round. */
    public static void main(String[] arguments) {
        System.out.println(Kernels.get().name());
        for (RandomModels.End end : RandomModels.End.values()) {
            System.out.println(
                    end + " " + allocated(RandomModels.of(new Random(1), end, 33, 2, 70, 130, 5)));
        }
        for (RandomPrograms.Kind kind : RandomPrograms.Kind.values()) {
            for (int seed = 0; seed < 3; ++seed) {
                PackedModel model = RandomPrograms.of(new Random(seed), kind);
                System.out.println(kind + " " + allocated(model));
            }
        }
        System.out.println("images " + allocated(SmallModels.ofImages(3)));
        System.out.println("wide " + allocated(SmallModels.of(3, 784, 1024, 10)));
    }

    /** The fewest bytes that a round of calls allocated, once the compiler has seen them. */
    private static long allocated(PackedModel model) {
        PackedSession session = model.newSession();
        float[] rows = new float[ROWS * model.inputs()];
        float[] outputs = new float[ROWS * model.outputs()];
        float[] one = new float[model.inputs()];
        float[] output = new float[model.outputs()];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        long end = System.nanoTime() + 20_000_000_000L;
        while (least > 0 && System.nanoTime() < end) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; ++i) {
                session.predict(one, output);
                session.classify(one);
                session.predict(rows, ROWS, outputs);
                model.predict(one, output);
                model.classify(one);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
