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
package org.binaryops.kan;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.binaryops.kan.drawing.KanDrawing;
import org.binaryops.kan.reading.Attribution;
import org.binaryops.kan.reading.Pruning;
import org.binaryops.kan.reading.Symbolic;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.kan.training.KanFit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Data that no network can be fitted to or read with. */
class FiniteSamplesTest {

    private static void refused(String hint, Executable executable) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, executable);
        assertTrue(e.getMessage().contains(hint), e.getMessage());
        assertTrue(e.getMessage().endsWith("."), e.getMessage());
    }

    @Test
    void notANumberIsRefusedWhereverDataGoIn() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Kan kan = Kan.builder().setWidths(2, 1).optSeed(0).build();
            kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
            double[] numbers = {.1, .2, Double.NaN, .4, .5, .6};
            NDArray bad = manager.create(numbers, new Shape(3, 2));
            NDArray good = manager.zeros(new Shape(3, 2), DataType.FLOAT64);
            NDArray y = manager.zeros(new Shape(3, 1), DataType.FLOAT64);
            NDArray none = manager.zeros(new Shape(0, 2), DataType.FLOAT64);
            KanFit fit = KanFit.builder().optSteps(1).build();
            refused("x must be finite", () -> fit.fit(kan, bad, y));
            refused("y must be finite", () -> fit.fit(kan, good, bad.get(":, 0:1")));
            NDArray single = good.toType(DataType.FLOAT32, true);
            refused("x must have the type of the network", () -> fit.fit(kan, single, y));
            refused("x must not be null", () -> fit.fit(kan, null, y));
            refused("at least one sample", () -> fit.fit(kan, none, y));
            refused("x must be finite", () -> Attribution.of(kan, bad));
            refused("must be finite", () -> Pruning.prune(kan, manager, bad));
            SymbolicLibrary library = SymbolicLibrary.standard();
            refused("samples must be finite", () -> Symbolic.auto(kan, bad, library));
            refused("must be finite", () -> KanDrawing.of(kan, bad).draw());
            assertEquals(2, kan.getEdges().size(), "nothing was pruned");
        }
    }

    @Test
    void infinitiesThatCancelAreSeenAndLargeNumbersAreNone() {
        try (NDManager manager = NDManager.newBaseManager()) {
            double infinity = Double.POSITIVE_INFINITY;
            NDArray both = manager.create(new double[] {infinity, -infinity}, new Shape(2, 1));
            refused("must be finite", () -> FiniteSamples.require("data", both));
            NDArray large = manager.create(new double[] {1e308, 1e308}, new Shape(2, 1));
            assertDoesNotThrow(() -> FiniteSamples.require("data", large));
        }
    }

    @Test
    void settingsOfAFitGetOneSentence() {
        for (KanFit.Builder builder :
                List.of(KanFit.builder().optSteps(0), KanFit.builder().optMaxIterations(0))) {
            refused("must be positive, but was", builder::build);
        }
    }

    @Test
    void aNetworkWithoutGridsIsFittedWithTheDefaults() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Kan kan =
                    Kan.builder()
                            .setWidths(1, 1)
                            .optBasis(() -> RadialBasis.builder().optNormalized(false).build())
                            .optSeed(0)
                            .build();
            kan.initialize(manager, DataType.FLOAT64, new Shape(1, 1));
            NDArray x = manager.create(new double[] {-1, -.5, 0, .5, 1}, new Shape(5, 1));
            double first = KanFit.builder().optSteps(1).build().fit(kan, x, x).get(0).train();
            double last = KanFit.builder().optSteps(3).build().fit(kan, x, x).get(2).train();
            assertTrue(last < first, first + " to " + last);
        }
    }
}
