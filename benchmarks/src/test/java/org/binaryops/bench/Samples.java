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

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.bench.CellResult.EpochFigures;

/** What the tests of the bench share. */
final class Samples {

    static final NetworkCost COST = new NetworkCost(1000, 900, 5000, 4000);

    private Samples() {}

    static Path data() {
        return Path.of(System.getProperty("data"));
    }

    static CellResult result(String method, String data, int seed, double... accuracies) {
        List<EpochFigures> epochs = new ArrayList<>();
        for (double accuracy : accuracies) {
            epochs.add(new EpochFigures(accuracy, 1 - accuracy, 2.5, 0.25, Double.NaN, 1e-5));
        }
        return new CellResult(
                new Cell(method, "small-conv", data, seed, "0123456789ab"), 100, 50, epochs, COST);
    }
}
