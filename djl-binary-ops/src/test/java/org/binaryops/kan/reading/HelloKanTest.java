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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.symbolic.Canonical;
import org.binaryops.kan.symbolic.Expression;
import org.binaryops.kan.symbolic.Rounding;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.kan.training.FitState;
import org.binaryops.kan.training.KanFit;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;

/** pykan's first example, exp(sin(πx₁) + x₂²), from its pruned form to its formula. */
class HelloKanTest {

    private static final int SAMPLES = 200;

    @Test
    void fromSamplesToTheFormula() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Random random = new Random(0);
            double[] in = new double[2 * SAMPLES];
            double[] out = new double[SAMPLES];
            for (int s = 0; s < SAMPLES; ++s) {
                in[2 * s] = 2 * random.nextDouble() - 1;
                in[2 * s + 1] = 2 * random.nextDouble() - 1;
                out[s] = Math.exp(Math.sin(Math.PI * in[2 * s]) + in[2 * s + 1] * in[2 * s + 1]);
            }
            NDArray x = manager.create(in, new Shape(SAMPLES, 2));
            NDArray y = manager.create(out, new Shape(SAMPLES, 1));
            Kan kan = near(manager, x);
            KanFit fit = KanFit.builder().optSteps(3).optGridUpdates(0, 0).build();
            double coarse = last(fit.fit(kan, x, y)).train();
            assertTrue(coarse > 1e-4 && coarse < .1, "grid 4: " + coarse);
            Kan fine = kan.refined(manager, 12);
            double refined = last(fit.fit(fine, x, y)).train();
            assertTrue(refined < coarse / 5, "grid 12: " + refined);
            Exception early = assertThrows(IllegalStateException.class, () -> Formulas.of(fine));
            assertTrue(early.getMessage().endsWith("(0, 0, 0), (0, 1, 0), (1, 0, 0)."));
            SymbolicLibrary library =
                    SymbolicLibrary.standard().only("x", "x^2", "exp", "tanh", "sin", "abs");
            List<FixedEdge> fixed = Symbolic.auto(fine, x, library);
            assertEquals(
                    List.of("sin", "x^2", "exp"),
                    fixed.stream().map(f -> f.choice().function().name()).toList());
            KanFit exact = KanFit.builder().optSteps(15).optGridUpdates(0, 0).build();
            double symbolic = last(exact.fit(fine, x, y)).train();
            assertTrue(symbolic < 1e-9, "symbolic: " + symbolic);

            Expression raw = Formulas.of(fine).get(0);
            Expression formula = new Canonical().simplify(raw);
            double[] network = Blocks.infer(manager, fine, x).head().toDoubleArray();
            for (int s = 0; s < SAMPLES; ++s) {
                double[] point = {in[2 * s], in[2 * s + 1]};
                assertEquals(network[s], raw.value(point), 1e-11);
                assertEquals(network[s], formula.value(point), 1e-9);
            }
            Expression read = new Canonical().simplify(new Rounding(4).simplify(formula));
            assertTrue(
                    List.of("exp(sin(3.1416*x1) + x2^2)", "exp(x2^2 + sin(3.1416*x1))")
                            .contains(read.toText()),
                    read.toText());
            // Two suggestions for the curve of the second input.
            assertEquals(
                    "x^2",
                    Symbolic.suggest(kan, new Edge(0, 1, 0), x, library).get(0).function().name());
        }
    }

    /** [2, 1, 1] near the solution: from noise it takes more time, and luck. */
    private static Kan near(NDManager manager, NDArray x) {
        Kan kan =
                Kan.builder()
                        .setWidths(2, 1, 1)
                        .optGrid(4)
                        .optRange(-1.1, 2.1)
                        .optBase(BaseBranch.NONE)
                        .optScale(false)
                        .optSeed(1)
                        .build();
        kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
        double[] in = x.toDoubleArray();
        double[] curves = new double[in.length];
        double[] hidden = new double[SAMPLES];
        double[] out = new double[SAMPLES];
        for (int s = 0; s < SAMPLES; ++s) {
            curves[2 * s] = Math.sin(Math.PI * in[2 * s]);
            curves[2 * s + 1] = in[2 * s + 1] * in[2 * s + 1];
            hidden[s] = curves[2 * s] + curves[2 * s + 1];
            out[s] = Math.exp(hidden[s]);
        }
        kan.getLayers().get(0).fitCoefficients(x, manager.create(curves, new Shape(SAMPLES, 1, 2)));
        kan.getLayers()
                .get(1)
                .fitCoefficients(
                        manager.create(hidden, new Shape(SAMPLES, 1)),
                        manager.create(out, new Shape(SAMPLES, 1, 1)));
        return kan;
    }

    private static FitState last(List<FitState> states) {
        return states.get(states.size() - 1);
    }
}
