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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.util.List;
import org.binaryops.bench.CellResult.EpochFigures;
import org.junit.jupiter.api.Test;

class CellTrainingTest {

    private static CellResult run(String method, String network, int seed, int epochs)
            throws IOException {
        TrainingOptions options = new TrainingOptions();
        options.epochs = epochs;
        options.batch = 50;
        options.train = 200;
        options.test = 100;
        DataSource source = DataSource.parse(DataSource.BUNDLED);
        return new CellTraining(
                        new Cell(method, network, source.name(), seed, "test"),
                        options,
                        ImageSet.read(source, options.train, options.test))
                .run((epoch, figures) -> {});
    }

    /** All but the times. */
    private static List<List<Double>> numbers(CellResult result) {
        return result.epochs().stream()
                .map(
                        (EpochFigures e) ->
                                List.of(
                                        e.accuracy(),
                                        e.loss(),
                                        e.flipRatio(),
                                        e.estimatingError(),
                                        e.instability()))
                .toList();
    }

    @Test
    void aCellGivesTheSameNumbersWhateverRanBefore() throws IOException {
        CellResult first = run("reste", "small-conv", 1, 2);
        CellResult other = run("biper", "small-conv", 2, 1);
        Engine.getInstance().setRandomSeed(77);
        try (NDManager manager = NDManager.newBaseManager()) {
            manager.randomNormal(new Shape(5));
        }
        CellResult again = run("reste", "small-conv", 1, 2);
        assertEquals(numbers(first), numbers(again));
        assertNotEquals(first.finalLoss(), run("reste", "small-conv", 2, 2).finalLoss());
        assertEquals(1, other.epochs().size());
    }

    @Test
    void figuresAreWhatTheySayTheyAre() throws IOException {
        CellResult result = run("bnn", "mlp", 1, 8);
        assertEquals(200, result.trainImages());
        assertEquals(100, result.testImages());
        assertEquals(8, result.epochs().size());
        for (EpochFigures epoch : result.epochs()) {
            assertEquals(Math.rint(100 * epoch.accuracy()), 100 * epoch.accuracy(), 1e-9);
            assertTrue(epoch.seconds() > 0);
            assertTrue(epoch.flipRatio() > 0 && epoch.flipRatio() < 0.5);
            assertTrue(epoch.estimatingError() > 0);
            assertTrue(epoch.instability() > 0);
        }
        assertTrue(result.finalLoss() < result.epochs().get(0).loss());
        assertTrue(result.finalAccuracy() > 0.4, "accuracy " + result.finalAccuracy());
        assertTrue(result.epochs().get(7).flipRatio() < result.epochs().get(0).flipRatio());
    }

    @Test
    void aFloatNetworkHasNoSignsToFlip() throws IOException {
        EpochFigures epoch = run("float", "mlp", 1, 1).epochs().get(0);
        assertEquals(Double.NaN, epoch.flipRatio());
        assertEquals(Double.NaN, epoch.estimatingError());
    }
}
