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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Steps behind a convolution in one pass, and convolutions of wide images by columns. */
class EpilogueTest {

    private static final int ROWS = 3;

    @Provide
    Arbitrary<Integer> channels() {
        return Arbitraries.of(1, 3, 15, 16, 17, 63, 64, 65, 128, 130);
    }

    @Provide
    Arbitrary<Integer> widths() {
        return Arbitraries.of(1, 5, 15, 16, 17, 20, 32, 36, 70);
    }

    @Property(tries = 200)
    void inOnePassStepsGiveWhatTheyGiveOneByOne(
            @ForAll long seed,
            @ForAll("channels") int channels,
            @ForAll("widths") int width,
            @ForAll @IntRange(min = 1, max = 5) int height,
            @ForAll @IntRange(min = 1, max = 2) int stride) {
        Random random = new Random(seed);
        PackedModel model = ResidualPrograms.of(random, channels, height, width, stride);
        float[] rows = RandomModels.floats(random, ROWS * model.inputs());
        for (int i = 0; i < rows.length; i += 3) {
            rows[i] = i % 2 == 0 ? 0f : -0f;
        }
        PackedSession apart = new PackedSession(model, false);
        assertArrayEquals(apart.predict(rows, ROWS), model.predict(rows, ROWS));
        apart.predict(Arrays.copyOf(rows, model.inputs()), 1);
        assertSums(model, apart.scratch());
    }

    /** Some tiles of a wide image then lie in the padding alone. */
    @Test
    void paddingMayBeWiderThanATile() {
        Window window = new Window(64, 1, 70, 1, 3, 1, 1, 0, 80, 1, 1, 1, 228);
        Random random = new Random(2);
        long[] weights = RandomPrograms.signs(random, 4, 192);
        List<Step> steps = new ArrayList<>();
        steps.add(Step.of(new Interleave(64, 1, 70), 0));
        steps.add(Step.of(RandomModels.inputThresholds(random, 64, 1), 1));
        steps.add(Step.of(new BinaryConvolution(window, 4, 1, 1, weights), 2));
        steps.add(Step.of(new Elementwise(4, List.of()), 3));
        PackedModel model = PackedModel.of(new int[] {64, 1, 70}, steps);
        PackedSession session = new PackedSession(model, false);
        session.predict(RandomModels.floats(random, model.inputs()), 1);
        assertSums(model, session.scratch());
    }

    /** The sums of all binary convolutions for one row, from the bits that they read. */
    private static void assertSums(PackedModel model, Scratch scratch) {
        List<Step> steps = model.program().steps();
        for (int i = 0; i < steps.size(); ++i) {
            if (steps.get(i).operation() instanceof BinaryConvolution convolution) {
                Window window = convolution.window();
                long[] image = scratch.bits[steps.get(i).inputs().get(0)];
                int[] sums = scratch.accumulators[i + 1];
                for (int p = 0; p < window.positions(); ++p) {
                    for (int n = 0; n < convolution.units(); ++n) {
                        assertEquals(
                                sum(convolution, image, p, n), sums[p * convolution.units() + n]);
                    }
                }
            }
        }
    }

    private static int sum(BinaryConvolution convolution, long[] image, int p, int unit) {
        Window window = convolution.window();
        int words = ValueType.words(window.channels());
        int columns = window.outputWidth();
        int sum = 0;
        for (int tap = 0; tap < window.taps(); ++tap) {
            int y = window.row(p / columns) + tap / window.kernelWidth();
            int x = window.column(p % columns) + tap % window.kernelWidth();
            if (y < 0 || y >= window.height() || x < 0 || x >= window.width()) {
                continue;
            }
            int pixel = (y * window.width() + x) * words;
            for (int c = 0; c < window.channels(); ++c) {
                int sign = (image[pixel + c / 64] >>> c & 1) == 0 ? -1 : 1;
                sum += sign * convolution.weight(unit, tap * window.channels() + c);
            }
        }
        return sum;
    }

    /** What a network has behind its convolutions is one pass, or the speed would be gone. */
    @Test
    void theStepsOfAResidualBlockAreOnePass() {
        float[] ones = new float[64];
        Arrays.fill(ones, 1);
        Stage affine = Stage.affine(ones, ones, false);
        Stage fused = Stage.affine(ones, ones, true);
        Stage clip = Stage.clip(new float[64], ones);
        ThresholdRule[] rules = new ThresholdRule[64];
        Arrays.fill(rules, ThresholdRule.of(0));
        InputThresholds signs = new InputThresholds(64, 1, rules, new float[64]);
        for (List<Stage> stages :
                List.of(List.of(affine), List.of(affine, affine), List.of(affine, fused))) {
            List<Step> steps = new ArrayList<>();
            steps.add(Step.of(new Interleave(64, 4, 4), 0));
            steps.add(Step.of(signs, 1));
            Window window = RandomPrograms.square(64, 4, 4, 3, 1, 1);
            long[] weights = RandomPrograms.signs(new Random(1), 64, 576);
            steps.add(Step.of(new BinaryConvolution(window, 64, 1, 1, weights), 2));
            steps.add(Step.of(new Elementwise(64, stages), 3));
            steps.add(new Step(new Add(), List.of(4, 1)));
            steps.add(Step.of(new Elementwise(64, List.of(clip)), 5));
            steps.add(Step.of(signs, 6));
            steps.add(Step.of(new SignOutput(64), 7));
            steps.add(new Step(new Add(), List.of(8, 6)));
            Program program = PackedModel.of(new int[] {64, 4, 4}, steps).program();
            int[] readers = {1, 2, 1, 1, 1, 1, 2, 1, 1, 0};
            Epilogue pass = Epilogue.of(3, 6, steps, program.types(), readers);
            assertNotNull(pass);
            assertEquals(6, pass.last());
            assertEquals(4, Epilogue.of(3, 4, steps, program.types(), readers).last());
            assertEquals(6, Epilogue.of(5, 6, steps, program.types(), readers).last(), "of floats");
            assertNull(Epilogue.of(4, 6, steps, program.types(), readers), "begins with a sum");
        }
    }
}
