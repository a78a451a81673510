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
package org.binaryops.packed.compiler;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Finds all steps of functions from floats to few levels, one function for each channel, none of
 * which ever falls. The functions are asked, not analysed: what is found holds for every float,
 * ties of a rounding included.
 *
 * @param thresholds for each channel the smallest float of each level but the lowest
 * @param values for each channel the levels, from the lowest up
 */
record Staircase(float[][] thresholds, float[][] values) {

    /** A byte numbers so many levels. */
    private static final int MOST_STEPS = 255;

    /** A piece of the numbered floats and what the function makes of its ends. */
    private record Piece(int low, int high, float atLow, float atHigh) {

        boolean isStep() {
            return atLow != atHigh;
        }

        boolean isOpen() {
            return (long) high - low > 1;
        }

        int middle() {
            return (int) (((long) low + high) >> 1);
        }
    }

    /**
     * Finds the steps.
     *
     * @param functions makes of rows with an argument for each channel as many results
     * @param channels the number of channels
     * @return the steps; null if a function falls, yields NaN or has more than 256 levels
     */
    static Staircase of(UnaryOperator<float[]> functions, int channels) {
        float[] ends = new float[2 * channels];
        for (int c = 0; c < channels; ++c) {
            ends[c] = -Float.MAX_VALUE;
            ends[channels + c] = Float.MAX_VALUE;
        }
        float[] results = functions.apply(ends);
        List<List<Piece>> steps = new ArrayList<>();
        for (int c = 0; c < channels; ++c) {
            Piece all =
                    new Piece(FloatOrder.FIRST, FloatOrder.LAST, results[c], results[channels + c]);
            steps.add(all.isStep() ? List.of(all) : List.of());
        }
        while (true) {
            int rows = 0;
            for (List<Piece> pieces : steps) {
                rows = Math.max(rows, (int) pieces.stream().filter(Piece::isOpen).count());
            }
            if (rows == 0) {
                return found(steps, results, channels);
            }
            if (!halve(functions, steps, rows)) {
                return null;
            }
        }
    }

    /** Halves all pieces; false if the functions are no staircases. */
    private static boolean halve(
            UnaryOperator<float[]> functions, List<List<Piece>> steps, int rows) {
        int channels = steps.size();
        float[] arguments = new float[rows * channels];
        for (int c = 0; c < channels; ++c) {
            int row = 0;
            for (Piece piece : steps.get(c)) {
                if (piece.isOpen()) {
                    arguments[row++ * channels + c] = FloatOrder.value(piece.middle());
                }
            }
        }
        float[] results = functions.apply(arguments);
        for (int c = 0; c < channels; ++c) {
            List<Piece> halves = new ArrayList<>();
            int row = 0;
            for (Piece piece : steps.get(c)) {
                if (!piece.isOpen()) {
                    halves.add(piece);
                    continue;
                }
                float middle = results[row++ * channels + c];
                if (!(piece.atLow <= middle && middle <= piece.atHigh)) {
                    return false;
                }
                Piece lower = new Piece(piece.low, piece.middle(), piece.atLow, middle);
                Piece upper = new Piece(piece.middle(), piece.high, middle, piece.atHigh);
                if (lower.isStep()) {
                    halves.add(lower);
                }
                if (upper.isStep()) {
                    halves.add(upper);
                }
            }
            if (halves.size() > MOST_STEPS) {
                return false;
            }
            steps.set(c, halves);
        }
        return true;
    }

    private static Staircase found(List<List<Piece>> steps, float[] lowest, int channels) {
        float[][] thresholds = new float[channels][];
        float[][] values = new float[channels][];
        for (int c = 0; c < channels; ++c) {
            List<Piece> pieces = steps.get(c);
            thresholds[c] = new float[pieces.size()];
            values[c] = new float[pieces.size() + 1];
            values[c][0] = lowest[c];
            for (int i = 0; i < pieces.size(); ++i) {
                thresholds[c][i] = FloatOrder.value(pieces.get(i).high());
                values[c][i + 1] = pieces.get(i).atHigh();
                if (!(values[c][i] < values[c][i + 1])) {
                    return null;
                }
            }
            if (Float.isNaN(lowest[c])) {
                return null;
            }
        }
        return new Staircase(thresholds, values);
    }
}
