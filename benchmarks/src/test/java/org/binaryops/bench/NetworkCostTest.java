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
package org.binaryops.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import org.binaryops.network.BinaryMethod;
import org.junit.jupiter.api.Test;

class NetworkCostTest {

    private static NetworkCost smallConv(String method) {
        Block block = Networks.create(Networks.SMALL_CONV, method, 10);
        try (NDManager manager = NDManager.newBaseManager()) {
            block.initialize(manager, DataType.FLOAT32, new Shape(2, 1, 28, 28));
            return NetworkCost.of(block);
        }
    }

    @Test
    void countsOfTheSmallConvNetByHand() {
        long first = 9 * 16;
        long binary = 9 * (16 * 32 + 32 * 64 + 64 * 64);
        long last = 64 * 10 + 10;
        // A batch norm has four numbers for each channel.
        long norms = 4 * (16 + 32 + 64 + 64);
        long macs = first * 14 * 14;
        long binaryMacs = 9L * (16 * 32 * 196 + 32 * 64 * 49 + 64 * 64 * 49);
        assertEquals(
                new NetworkCost(
                        first + binary + last + norms,
                        binary,
                        macs + binaryMacs + 64 * 10,
                        binaryMacs),
                smallConv("bnn"));
        assertEquals(
                new NetworkCost(first + binary + last + norms, 0, macs + binaryMacs + 64 * 10, 0),
                smallConv("float"));
    }

    @Test
    void theSameLayersAreBinaryInEveryMethod() {
        NetworkCost expected = smallConv("bnn");
        for (String method : BinaryMethod.names()) {
            if (!method.equals("float")) {
                NetworkCost cost = smallConv(method);
                assertEquals(expected.binaryParameters(), cost.binaryParameters(), method);
                assertEquals(expected.macs(), cost.macs(), method);
                assertEquals(expected.binaryMacs(), cost.binaryMacs(), method);
                // Learned scales, shifts and steps: a few numbers for each channel.
                assertEquals(expected.parameters(), cost.parameters(), 0.01 * 61402, method);
            }
        }
    }

    @Test
    void ratiosFollowTheirFormulas() {
        NetworkCost cost = new NetworkCost(1000, 960, 6400, 5760);
        assertEquals((960 + 32 * 40) / 8.0, cost.bytes());
        assertEquals(1000.0 / (30 + 40), cost.compression());
        assertEquals(6400.0 / (90 + 640), cost.speedup());
        NetworkCost inFloat = new NetworkCost(1000, 0, 6400, 0);
        assertEquals(1, inFloat.compression());
        assertEquals(1, inFloat.speedup());
    }
}
