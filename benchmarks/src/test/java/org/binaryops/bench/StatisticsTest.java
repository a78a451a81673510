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

import org.junit.jupiter.api.Test;

class StatisticsTest {

    @Test
    void meanAndDeviationOfASample() {
        assertEquals(5, Statistics.mean(2, 4, 4, 4, 5, 5, 7, 9), 1e-15);
        // The squares of the differences sum to 32.
        assertEquals(Math.sqrt(32.0 / 7), Statistics.deviation(2, 4, 4, 4, 5, 5, 7, 9), 1e-15);
        assertEquals(Double.NaN, Statistics.deviation(3));
    }

    @Test
    void medianOfOddAndEvenCounts() {
        assertEquals(3, Statistics.median(9, 1, 3));
        assertEquals(2, Statistics.median(9, 1, 3, 1));
    }

    @Test
    void quadraticMeanWeighsLargeValuesMore() {
        assertEquals(Math.sqrt((0.81 + 0.25) / 2), Statistics.quadraticMean(0.9, 0.5), 1e-15);
    }
}
