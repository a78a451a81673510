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
package org.binaryops.tribuo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.Output;
import org.tribuo.OutputFactory;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.provenance.SimpleDataSourceProvenance;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;
import org.tribuo.regression.evaluation.RegressionEvaluator;
import org.tribuo.test.Helpers;

import java.time.OffsetDateTime;
import java.util.Random;

/** Sets in Tribuo: a classifier and a regressor, trained, saved and reproduced. */
class SetModelsTest {

    private static final int SLOTS = 8;
    private static final SetFeatureConverter SETS = new SetFeatureConverter(SLOTS, 2);

    private static <T extends Output<T>> MutableDataset<T> empty(OutputFactory<T> factory) {
        return new MutableDataset<>(
                new SimpleDataSourceProvenance("sets", OffsetDateTime.MIN, factory), factory);
    }

    /** Points of the unit square; an example needs at least two. */
    private static double[][] points(Random random) {
        double[][] points = new double[2 + random.nextInt(SLOTS - 1)][];
        for (int i = 0; i < points.length; ++i) {
            points[i] = random.doubles(2).toArray();
        }
        return points;
    }

    private static double farthest(double[][] points) {
        double best = 0;
        for (double[] p : points) {
            for (double[] q : points) {
                best = Math.max(best, Math.hypot(p[0] - q[0], p[1] - q[1]));
            }
        }
        return best;
    }

    /** Whether any two points of a set are close to each other. */
    private static MutableDataset<Label> labels(int count, long seed) {
        Random random = new Random(seed);
        MutableDataset<Label> data = empty(new LabelFactory());
        for (int i = 0; i < count; ++i) {
            double[][] points = points(random);
            data.add(SETS.example(new Label(farthest(points) > 0.75 ? "wide" : "narrow"), points));
        }
        return data;
    }

    private static MutableDataset<Regressor> diameters(int count, long seed) {
        Random random = new Random(seed);
        MutableDataset<Regressor> data = empty(new RegressionFactory());
        for (int i = 0; i < count; ++i) {
            double[][] points = points(random);
            Regressor output =
                    new Regressor(
                            new String[] {"diameter", "size"},
                            new double[] {100 + 10 * farthest(points), points.length});
            data.add(SETS.example(output, points));
        }
        return data;
    }

    private static <T extends Output<T>> DjlTrainer<T> trainer(
            SetArchitecture.Aggregation aggregation, OutputConverter<T> output) {
        return new DjlTrainer<>(
                new SetArchitecture(2, 16, aggregation), SETS, output, 12, 32, 5e-3, 1);
    }

    @Test
    void aSetClassifierLearnsAndIsSaved() {
        MutableDataset<Label> train = labels(800, 1);
        MutableDataset<Label> test = labels(300, 2);
        for (SetArchitecture.Aggregation aggregation :
                new SetArchitecture.Aggregation[] {
                    SetArchitecture.Aggregation.LCM, SetArchitecture.Aggregation.MAX
                }) {
            try (DjlModel<Label> model = trainer(aggregation, new LabelConverter()).train(train)) {
                double accuracy = new LabelEvaluator().evaluate(model, test).accuracy();
                System.out.printf("sets in Tribuo: %s accuracy %.3f%n", aggregation, accuracy);
                assertTrue(accuracy > 0.8, aggregation + ": " + accuracy);
                if (aggregation == SetArchitecture.Aggregation.LCM) {
                    Model<?> again = Helpers.testModelProtoSerialization(model, Label.class, test);
                    ((DjlModel<?>) again).close();
                }
            }
        }
    }

    @Test
    void aSetRegressorLearnsOnItsOwnScaleAndReproduces() {
        MutableDataset<Regressor> train = diameters(800, 3);
        MutableDataset<Regressor> test = diameters(300, 4);
        DjlTrainer<Regressor> trainer =
                trainer(SetArchitecture.Aggregation.LCM, new RegressorConverter());
        try (DjlModel<Regressor> model = trainer.train(train);
                DjlModel<Regressor> twin =
                        trainer(SetArchitecture.Aggregation.LCM, new RegressorConverter())
                                .train(train)) {
            var evaluation = new RegressionEvaluator().evaluate(model, test);
            evaluation
                    .r2()
                    .forEach(
                            (name, r2) -> {
                                System.out.println(
                                        "sets in Tribuo: R² of " + name.getNames()[0] + " " + r2);
                                assertTrue(r2 > 0.7, name + " " + r2);
                            });
            Regressor first = model.predict(test.getExample(0)).getOutput();
            assertEquals(100, first.getDimension("diameter").orElseThrow().getValue(), 30);
            assertTrue(first.fullEquals(twin.predict(test.getExample(0)).getOutput(), 0));
            Model<?> again = Helpers.testModelProtoSerialization(model, Regressor.class, test);
            ((DjlModel<?>) again).close();
        }
        Helpers.testConfigurableRoundtrip(new RegressorConverter());
        Helpers.testConfigurableRoundtrip(SETS);
        Helpers.testConfigurableRoundtrip(
                new SetArchitecture(2, 16, SetArchitecture.Aggregation.GRU));
    }

    @Test
    void badSetsGetOneSentence() {
        assertEquals(
                "A set must have between 1 and 8 elements, but has 0.",
                assertThrows(IllegalArgumentException.class, () -> SETS.features()).getMessage());
        assertEquals(
                "An element must have 2 features, but element 1 has 1.",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> SETS.features(new double[] {1, 2}, new double[] {1}))
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class, () -> SETS.features(new double[] {1, Double.NaN}));
        assertThrows(
                IllegalArgumentException.class,
                () -> new SetArchitecture(2, 16, SetArchitecture.Aggregation.LCM).build(10, 2));
    }
}
