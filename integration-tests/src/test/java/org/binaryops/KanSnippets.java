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
package org.binaryops;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.List;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.FixedBasis;
import org.binaryops.kan.FourierBasis;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanLinear;
import org.binaryops.kan.Refinement;
import org.binaryops.kan.SelectiveTraining;
import org.binaryops.kan.drawing.KanDrawing;
import org.binaryops.kan.reading.Attribution;
import org.binaryops.kan.reading.Formulas;
import org.binaryops.kan.reading.Pruning;
import org.binaryops.kan.reading.Symbolic;
import org.binaryops.kan.symbolic.Canonical;
import org.binaryops.kan.symbolic.Expression;
import org.binaryops.kan.symbolic.Rounding;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.binaryops.kan.training.KanFit;
import org.binaryops.kan.training.KanRegularizer;
import org.binaryops.kan.training.Starts;

/** The README's snippets about KANs; {@link ReadmeTest} runs them and compares their text. */
final class KanSnippets {

    private KanSnippets() {}

    static double[] layers(NDManager manager, NDArray samples) {
        KanLinear spline = KanLinear.builder().setUnits(5).optGrid(3).build();
        spline.initialize(manager, DataType.FLOAT32, new Shape(1, 2));
        spline.updateGrid(samples); // knots follow the data, the functions stay
        Refinement fine = spline.refined(manager, 6); // the same functions on twice the intervals
        System.out.println(fine.largestChange());
        double[] curve = fine.layer().edge(0, 1, new double[] {-1, 0, 1});
        return curve;
    }

    static KanLinear selection() {
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(1)
                        .optPool(new FourierBasis(4), new FixedBasis(BaseBranch.LINEAR))
                        .build();
        SelectiveTraining phases = new SelectiveTraining(20, 20); // a listener; epochs of each
        return phases == null ? null : layer;
    }

    static String formula(NDManager manager, NDArray x, NDArray y, Path picture) throws Exception {
        Kan kan = Kan.builder().setWidths(2, 1).optGrid(5).optSeed(1).build();
        kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
        KanRegularizer sparse = KanRegularizer.builder().setLambda(1e-3).build();
        KanFit.builder().optSteps(20).optRegularizer(sparse).build().fit(kan, x, y); // L-BFGS
        System.out.println(Attribution.of(kan, x).features(List.of("angle", "speed")));

        Kan small = Pruning.prune(kan, manager, x);
        KanDrawing.of(small, x).inputs("angle", "speed").draw().write(picture);
        Symbolic.auto(small, x, SymbolicLibrary.standard());
        KanFit.builder().optSteps(20).optGridUpdates(0, 0).build().fit(small, x, y);
        Expression raw = Formulas.of(small).get(0); // has the value of the network
        Expression formula = new Rounding(4).simplify(new Canonical().simplify(raw));
        System.out.println(formula.toText(4) + "\n" + formula.toLatex(4));
        return formula.toText(4);
    }

    static Kan starts(NDManager manager, NDArray x, NDArray y) {
        KanFit trial = KanFit.builder().optSteps(3).optGridUpdates(0, 0).build();
        Kan kan =
                new Starts(12, trial)
                        .best(
                                manager,
                                seed -> Kan.builder().setWidths(2, 1, 1).optSeed(seed).build(),
                                x,
                                y);
        KanFit.builder().optSteps(50).optGridUpdates(1, 1).build().fit(kan, x, y);
        Kan fine = kan.refined(manager, 10);
        return fine;
    }
}
