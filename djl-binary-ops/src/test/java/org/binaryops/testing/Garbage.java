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
import java.nio.ByteOrder;

/** What the garbage collector does to arrays whose handles are closed. */
public final class Garbage {

    private static final float OTHER = 777;

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
            // The JVM frees the buffers in a thread of its own.
            Thread.sleep(10);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        // An allocator gives freed memory to who asks for its size: of numbers, of small arrays.
        ByteBuffer[] others = new ByteBuffer[2000];
        for (int i = 0; i < others.length; ++i) {
            others[i] = filled(i < 1500 ? 8 + i % 16 : 32 + i % 51 * 24);
        }
        assertEquals(OTHER, others[others.length - 1].getFloat(0));
    }

    private static ByteBuffer filled(int bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        for (int at = 0; at + Float.BYTES <= bytes; at += Float.BYTES) {
            buffer.putFloat(at, OTHER);
        }
        return buffer;
    }
}
