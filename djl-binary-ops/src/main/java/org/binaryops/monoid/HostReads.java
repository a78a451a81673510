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
package org.binaryops.monoid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * The two reasons for which numbers come to the host: a mask or lengths that are given as arrays,
 * since the shape of a ragged computation follows from them, and the check for NaN, which is made
 * on the CPU only, where nothing has to wait for it.
 */
final class HostReads {

    private HostReads() {}

    /** The sets of padded elements [B, n, F] as segments of their B · n rows. */
    static Segments segments(String who, Shape elements, NDArray presence) {
        int sets = (int) elements.get(0);
        int n = (int) elements.get(1);
        if (presence == null) {
            return Segments.uniform(sets, n);
        }
        boolean[][] mask = new boolean[sets][n];
        long[] values =
                presence.getDataType() == DataType.BOOLEAN
                        ? presence.toType(DataType.INT64, false).toLongArray()
                        : presence.neq(0).toType(DataType.INT64, false).toLongArray();
        if (presence.getShape().dimension() == 2) {
            for (int i = 0; i < values.length; ++i) {
                mask[i / n][i % n] = values[i] != 0;
            }
            return Segments.ofMask(mask);
        }
        long[] lengths = presence.toType(DataType.INT64, false).toLongArray();
        for (int set = 0; set < sets; ++set) {
            if (lengths[set] < 0 || lengths[set] > n) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s: the length of set %d must be between 0 and %d, but is %d",
                                who, set, n, lengths[set]));
            }
            java.util.Arrays.fill(mask[set], 0, (int) lengths[set], true);
        }
        return Segments.ofMask(mask);
    }

    /** Checks, on the CPU, that the elements that are in a set are finite. */
    static void requireFinite(String who, NDArray elements, Segments segments) {
        if (elements.getDevice().isGpu() || segments.elements() == 0) {
            return;
        }
        double[] finite = finiteRows(Rows.compact(elements, segments), 1);
        for (int set = 0, i = 0; finite != null && set < segments.sets(); ++set) {
            for (int element = 0; element < segments.length(set); ++element) {
                requireFinite(who, finite[i++], element, set);
            }
        }
    }

    /** Checks, on the CPU, that padded elements [B, n, F] are finite; the absent ones must be. */
    static void requireFinite(String who, NDArray padded) {
        if (padded.getDevice().isGpu() || padded.isEmpty()) {
            return;
        }
        int n = (int) padded.getShape().get(1);
        double[] finite = finiteRows(padded, 2);
        for (int i = 0; finite != null && i < finite.length; ++i) {
            requireFinite(who, finite[i], i % n, i / n);
        }
    }

    /** A finite number for each row of finite numbers, {@code null} if all are. */
    private static double[] finiteRows(NDArray elements, int axis) {
        // One pass; a sum of finite numbers may overflow, which is told apart below.
        if (Double.isFinite(elements.sum().toArray()[0].doubleValue())) {
            return null;
        }
        NDArray detached = elements.stopGradient();
        return detached.sub(detached)
                .sum(new int[] {axis})
                .toType(DataType.FLOAT64, false)
                .toDoubleArray();
    }

    private static void requireFinite(String who, double finite, int element, int set) {
        if (!Double.isFinite(finite)) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s: the elements must be finite, but element %d of set %d has NaN or"
                                    + " infinity",
                            who, element, set));
        }
    }
}
