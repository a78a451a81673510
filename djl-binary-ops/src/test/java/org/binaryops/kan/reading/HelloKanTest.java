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
package org.binaryops.kan.reading;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanWidth;
import org.binaryops.kan.symbolic.Canonical;
import org.binaryops.kan.symbolic.Expression;
import org.binaryops.kan.symbolic.Rounding;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.kan.training.FitState;
import org.binaryops.kan.training.KanFit;
import org.binaryops.kan.training.KanRegularizer;
import org.junit.jupiter.api.Test;

/** pykan's first example, exp(sin(πx₁) + x₂²), from noise to its formula. */
class HelloKanTest {

    @Test
    void fromSamplesToTheFormula() {
        try (NDManager manager = NDManager.newBaseManager()) {
            int n = 400;
            Random random = new Random(0);
            double[] in = new double[2 * n];
            double[] out = new double[n];
            for (int s = 0; s < n; ++s) {
                in[2 * s] = 2 * random.nextDouble() - 1;
                in[2 * s + 1] = 2 * random.nextDouble() - 1;
                out[s] = Math.exp(Math.sin(Math.PI * in[2 * s]) + in[2 * s + 1] * in[2 * s + 1]);
            }
            NDArray x = manager.create(in, new Shape(n, 2));
            NDArray y = manager.create(out, new Shape(n, 1));
            Kan kan = Kan.builder().setWidths(2, 5, 1).optSeed(42).build();
            kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
            KanRegularizer sparse = KanRegularizer.builder().setLambda(1e-3).build();
            long t = System.nanoTime();
            List<FitState> states =
                    KanFit.builder().optSteps(50).optRegularizer(sparse).build().fit(kan, x, y);
            System.out.println(states.get(49) + " " + (System.nanoTime() - t) / 1e9);
            Kan pruned = Pruning.prune(kan, manager, x);
            System.out.println(pruned.getWidths() + " " + pruned.getEdges());
            states = KanFit.builder().optSteps(30).build().fit(pruned, x, y);
            System.out.println(states.get(29) + " " + (System.nanoTime() - t) / 1e9);
            Kan fine = pruned.refined(manager, 10);
            states = KanFit.builder().optSteps(30).build().fit(fine, x, y);
            System.out.println(states.get(29) + " " + (System.nanoTime() - t) / 1e9);
            SymbolicLibrary library =
                    SymbolicLibrary.standard()
                            .only(
                                    "x", "x^2", "x^3", "x^4", "exp", "log", "sqrt", "tanh", "sin",
                                    "abs");
            System.out.println(
                    Symbolic.auto(fine, x, library) + " " + (System.nanoTime() - t) / 1e9);
            states = KanFit.builder().optSteps(50).optGridUpdates(0, 0).build().fit(fine, x, y);
            System.out.println(states.get(49) + " " + (System.nanoTime() - t) / 1e9);
            Expression f = Formulas.of(fine).get(0);
            System.out.println(f.toText());
            System.out.println(new Canonical().simplify(f));
            System.out.println(
                    new Canonical()
                            .simplify(new Rounding(4).simplify(new Canonical().simplify(f))));
            assertEquals(
                    List.of(KanWidth.of(2), KanWidth.of(1), KanWidth.of(1)), pruned.getWidths());
            assertTrue(states.get(49).train() < 1e-9);
        }
    }
}
