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
package org.binaryops.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;

/** What the garbage collector does to arrays whose handles are closed. */
public final class Garbage {

    private Garbage() {}

    /**
     * Frees the buffers of closed arrays, and writes other numbers where they were.
     *
     * <p>On the CPU, DJL's PyTorch engine keeps what {@code create} makes, and the numbers of
     * {@code x.mul(2)}, in buffers of the JVM. Once the handle is closed the collector may free
     * them, even if the autograd graph reads them later. To call between a forward and a backward
     * pass.
     */
    public static void collectAndOverwrite() {
        System.gc();
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        ByteBuffer[] others = new ByteBuffer[2000];
        for (int i = 0; i < others.length; ++i) {
            others[i] = ByteBuffer.allocateDirect(8 + i % 16).putDouble(0, 777);
        }
        assertEquals(777, others[others.length - 1].getDouble(0));
    }
}
