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

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Random;
import org.binaryops.kan.Affine;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanWidth;
import org.binaryops.kan.symbolic.Canonical;
import org.binaryops.kan.symbolic.Expression;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.kan.symbolic.SymjaSimplifier;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;
import org.matheclipse.core.eval.ExprEvaluator;

/** The printed formula, read by a parser that is not ours, has the value of the network. */
class FormulasTest {

    @Test
    void theParsedFormulaIsTheNetwork() {
        try (NDManager manager = NDManager.newBaseManager()) {
            Kan kan =
                    Kan.builder()
                            .setWidths(
                                    KanWidth.of(2), KanWidth.of(2).withProducts(1), KanWidth.of(2))
                            .optAffine(true)
                            .optBias(true)
                            .optSeed(0)
                            .build();
            kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
            String[] names = {"sin", "x^2", "tanh", "exp", "x^3", "cos", "x", "gaussian", "abs"};
            Random random = new Random(4);
            int next = 0;
            for (Edge edge : kan.getEdges()) {
                kan.fix(
                        edge,
                        SymbolicLibrary.standard().get(names[next++ % names.length]),
                        new Affine(
                                random.nextGaussian(),
                                random.nextGaussian(),
                                random.nextGaussian(),
                                random.nextGaussian()));
            }
            List<Expression> formulas = Formulas.of(kan);
            ExprEvaluator symja = new ExprEvaluator(true, (short) 0);
            for (int p = 0; p < 5; ++p) {
                double[] x = {2 * random.nextDouble() - 1, 2 * random.nextDouble() - 1};
                double[] network =
                        Blocks.infer(manager, kan, manager.create(x, new Shape(1, 2)))
                                .head()
                                .toDoubleArray();
                for (int o = 0; o < 2; ++o) {
                    Expression raw = formulas.get(o);
                    double tolerance = 1e-9 * Math.max(1, Math.abs(network[o]));
                    assertEquals(network[o], raw.value(x), tolerance);
                    assertEquals(network[o], parsed(symja, raw.toText(), x), tolerance);
                    Expression canonical = new Canonical().simplify(raw);
                    assertEquals(network[o], parsed(symja, canonical.toText(), x), tolerance);
                    if (p == 0) {
                        Expression simple = new SymjaSimplifier().simplify(raw);
                        assertEquals(network[o], parsed(symja, simple.toText(), x), tolerance);
                    }
                }
            }
        }
    }

    /** In Symja's syntax functions have capitals and brackets, and exponents are products. */
    private static double parsed(ExprEvaluator symja, String text, double[] x) {
        String formula =
                text.replaceAll("(?<=[0-9])e(-?[0-9]+)", "*10^($1)")
                        .replace("sin(", "Sin(")
                        .replace("cos(", "Cos(")
                        .replace("exp(", "Exp(")
                        .replace("tanh(", "Tanh(")
                        .replace("abs(", "Abs(")
                        .replace(
                                "x1",
                                "(" + java.math.BigDecimal.valueOf(x[0]).toPlainString() + ")")
                        .replace(
                                "x2",
                                "(" + java.math.BigDecimal.valueOf(x[1]).toPlainString() + ")");
        return symja.eval(formula).evalf();
    }
}
