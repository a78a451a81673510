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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a file makes a prediction allocate is bounded by the length of the file. */
class WorkingMemoryTest {

    private static final int SIDE = 64;
    private static final int MARK = 77;

    /** An image of one channel and 16 KiB to which two steps add channels. */
    private static List<Step> padded(int first, int second) {
        return new ArrayList<>(
                Program.chain(
                        List.of(
                                new Interleave(1, SIDE, SIDE),
                                new PadChannels(first, 0),
                                new PadChannels(second, 0))));
    }

    private static PackedModel model(List<Step> steps) {
        return PackedModel.of(new int[] {1, SIDE, SIDE}, steps);
    }

    private static long bytes(int first, int second) {
        return 4L * SIDE * SIDE * (1 + (1 + first) + (1 + first + second));
    }

    /** Replaces the one number that is the mark. */
    private static byte[] changed(byte[] file, int value) {
        ByteBuffer numbers = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
        int found = 0;
        for (int at = PackedFormat.HEADER; at < file.length; at += 4) {
            if (numbers.getInt(at) == MARK) {
                numbers.putInt(at, value);
                ++found;
            }
        }
        assertEquals(1, found);
        return Checksums.correct(numbers.array());
    }

    @Test
    void aSmallFileIsRefusedThatAsksForMuch() {
        byte[] file = model(padded(1500, MARK)).toBytes();
        assertTrue(file.length < 300, "a file of " + file.length);
        byte[] greedy = changed(file, 1500);
        String reason =
                "the values of a row take "
                        + bytes(1500, 1500)
                        + " bytes, but with a file of "
                        + file.length
                        + " bytes they may take at most "
                        + ((64L << 20) + 256L * file.length);
        assertEquals(
                "invalid packed model: " + reason,
                assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(greedy))
                        .getMessage());
        assertEquals(
                reason,
                assertThrows(IllegalArgumentException.class, () -> model(padded(1500, 1500)))
                        .getMessage());
    }

    /** Of the last number of channels that is possible every one is predicted. */
    @Test
    void theBoundIsSharpAndTheFirstPredictionStaysWithinIt() throws PackedFormatException {
        byte[] file = model(padded(1500, MARK)).toBytes();
        long most = (64L << 20) + 256L * file.length;
        int last = 0;
        while (bytes(1500, last + 1) <= most) {
            ++last;
        }
        byte[] beyond = changed(file, last + 1);
        assertThrows(PackedFormatException.class, () -> PackedModel.fromBytes(beyond));

        PackedModel model = model(padded(1500, last));
        PackedSession session = PackedModel.fromBytes(model.toBytes()).newSession();
        float[] row = new float[SIDE * SIDE];
        row[5] = 3;
        float[] outputs = new float[model.outputs()];
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(id);
        session.predict(row, outputs);
        long allocated = threads.getThreadAllocatedBytes(id) - before;
        assertTrue(allocated > 1 << 20 && allocated <= most, allocated + " bytes were allocated");
        int channels = 1501 + last;
        assertEquals(3, outputs[6 * channels - 1]);
    }

    /** The same values before a layer with weights, which make the file larger. */
    @Test
    void aLargerFileMayAskForMore() throws PackedFormatException {
        assertThrows(IllegalArgumentException.class, () -> model(withLayer(1)));
        byte[] file = model(withLayer(16)).toBytes();
        assertEquals(16, PackedModel.fromBytes(file).outputs() / (SIDE * SIDE));
    }

    private static List<Step> withLayer(int units) {
        int channels = 3001;
        Window point = new Window(channels, SIDE, SIDE, 1, 1, 1, 1, 0, 0, 1, 1, SIDE, SIDE);
        FloatWeights weights = FloatWeights.of(new float[units * channels], units, channels);
        List<Step> steps = padded(1500, 1500);
        steps.add(Step.of(new FloatConvolution(point, 1, weights, new float[0]), steps.size()));
        return steps;
    }
}
