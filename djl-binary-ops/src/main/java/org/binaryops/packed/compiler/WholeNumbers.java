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

/**
 * Floats taken apart into whole numbers from −255 to 255 and a unit that they share: the levels of
 * a quantizer, or the weights of a unit. Like all of this compiler it reads the floats that the
 * engine has, so that it holds for any quantizer with a uniform grid, whatever its parameters are
 * called.
 *
 * @param numbers the whole numbers, the smallest that there are
 * @param unit the float that they are multiples of
 */
record WholeNumbers(int[] numbers, float unit) {

    static final int LARGEST = 255;

    /** Of the largest magnitude: a product with a float unit is rounded, a difference twice. */
    private static final double TOLERANCE = 0x1p-22;

    /** Takes some floats apart; null if they have no such unit. */
    static WholeNumbers of(float[] values, int from, int count) {
        float largest = 0;
        for (int i = from; i < from + count; ++i) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        if (largest == 0) {
            return new WholeNumbers(new int[count], 1);
        }
        for (int most = 1; most <= LARGEST; ++most) {
            double unit = (double) largest / most;
            if (isMultiple(values, from, count, unit, TOLERANCE * largest)) {
                int[] numbers = new int[count];
                for (int i = 0; i < count; ++i) {
                    numbers[i] = (int) Math.rint(values[from + i] / unit);
                }
                return new WholeNumbers(numbers, (float) unit);
            }
        }
        return null;
    }

    private static boolean isMultiple(
            float[] values, int from, int count, double unit, double tolerance) {
        for (int i = from; i < from + count; ++i) {
            if (!(Math.abs(values[i] - Math.rint(values[i] / unit) * unit) <= tolerance)) {
                return false;
            }
        }
        return true;
    }
}
