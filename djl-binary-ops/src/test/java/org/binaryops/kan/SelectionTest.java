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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.Trainer;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.binaryops.testing.Blocks;
import org.binaryops.training.MeanSquaredError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** S-KAN: mixtures over a pool of bases, and the three phases. */
class SelectionTest {

    private static final int IN = 2;
    private static final int UNITS = 2;

    private NDManager manager;

    @BeforeEach
    void open() {
        manager = NDManager.newBaseManager(Device.cpu());
        Engine.getInstance().setRandomSeed(1);
    }

    @AfterEach
    void close() {
        manager.close();
    }

    private static KanLinear layer() {
        return KanLinear.builder()
                .setUnits(UNITS)
                .optPool(
                        new FourierBasis(1),
                        new FixedBasis(BaseBranch.LINEAR),
                        new ChebyshevBasis(2))
                .build();
    }

    /** cos x, sin x | x | 1, tanh x, 2 tanh² x − 1. */
    private static double function(int m, double x) {
        double t = Math.tanh(x);
        return new double[] {Math.cos(x), Math.sin(x), x, 1, t, 2 * t * t - 1}[m];
    }

    private static final int[] SPACE = {0, 0, 1, 2, 2, 2};

    private static double[] mixture(double[] x, Map<String, double[]> p, double temperature) {
        double[] y = new double[x.length / IN * UNITS];
        for (int o = 0; o < y.length; ++o) {
            for (int i = 0; i < IN; ++i) {
                int edge = o % UNITS * IN + i;
                double at = x[o / UNITS * IN + i];
                double[] logits = Arrays.copyOfRange(p.get("logits"), edge * 3, edge * 3 + 3);
                double most = Arrays.stream(logits).max().orElseThrow();
                double[] w = new double[3];
                double total = 0;
                for (int k = 0; k < 3; ++k) {
                    w[k] = Math.exp((logits[k] - most) / temperature);
                    total += w[k];
                }
                double sum = 0;
                for (int m = 0; m < 6; ++m) {
                    sum +=
                            w[SPACE[m]]
                                    / total
                                    * p.get("coefficients")[edge * 6 + m]
                                    * function(m, at);
                }
                y[o] += p.get("scale")[edge] * sum + p.get("base")[edge] * at / (1 + Math.exp(-at));
            }
        }
        return y;
    }

    @Test
    void mixesByTheFormula() {
        for (double temperature : new double[] {1, .4}) {
            KanLinear layer = layer();
            Shape shape = new Shape(4, IN);
            Blocks.initialize64(manager, layer, shape);
            Formulas.perturb(layer, new Random(2), 1);
            if (temperature < 1) {
                layer.getSelection().orElseThrow().setTemperature(temperature);
            }
            Formulas.check(
                    manager,
                    layer,
                    new Random(3).doubles(shape.size(), -2, 2).toArray(),
                    shape,
                    (x, p) -> mixture(x, p, temperature));
        }
    }

    @Test
    void pruningKeepsTheGreatest() {
        KanLinear layer = layer();
        Shape shape = new Shape(4, IN);
        Blocks.initialize64(manager, layer, shape);
        Formulas.perturb(layer, new Random(2), 1);
        SpaceSelection selection = layer.getSelection().orElseThrow();
        assertEquals(SpaceSelection.Phase.FULL, selection.getPhase());
        // The third space wins nowhere: it must no longer be evaluated.
        double[] logits = {3, 1, 0, 1, 2, 0, 0, 9, -1, 5, 4, 3};
        KanLayer.overwrite(layer.getParameters().get("logits").getArray(), logits);
        selection.prune();
        assertEquals(SpaceSelection.Phase.PRUNED, selection.getPhase());
        assertEquals(
                Map.of("FourierBasis", 2, "FixedBasis", 2, "ChebyshevBasis", 0),
                selection.report());
        assertEquals(0, selection.choices()[0][0]);
        assertEquals(1, selection.choices()[0][1]);
        double[] at = new Random(3).doubles(shape.size(), -2, 2).toArray();
        NDArray x = manager.create(at, shape);
        Formulas.check(
                manager,
                layer,
                at,
                shape,
                (v, p) -> {
                    Map<String, double[]> cold = new HashMap<>(p);
                    cold.put("logits", logits);
                    return mixture(v, cold, 1e-3);
                });
        KanLinear fresh = layer();
        Blocks.assertRoundTrip(manager, layer, fresh, x);
        assertEquals(SpaceSelection.Phase.PRUNED, fresh.getSelection().orElseThrow().getPhase());
        assertThrows(IllegalStateException.class, () -> selection.setTemperature(.5));
        double[] edge = layer.edge(1, 0, at);
        double[] c = layer.getParameters().get("coefficients").getArray().toDoubleArray();
        double s = layer.getParameters().get("scale").getArray().toDoubleArray()[2];
        double w = layer.getParameters().get("base").getArray().toDoubleArray()[2];
        for (int i = 0; i < at.length; ++i) {
            double silu = at[i] / (1 + Math.exp(-at[i]));
            assertEquals(s * c[2 * 6 + 2] * at[i] + w * silu, edge[i], 1e-10);
        }
    }

    /** sin x + y: each edge finds the space that the function comes from. */
    @Test
    void threePhasesFindTheSpaces() {
        Engine.getInstance();
        int threads = JniUtils.getNumThreads();
        JniUtils.setNumThreads(1);
        int steps = 600;
        Random random = new Random(1);
        float[] at = new float[2 * 256];
        float[] wanted = new float[256];
        for (int s = 0; s < wanted.length; ++s) {
            at[2 * s] = (float) (6 * random.nextDouble() - 3);
            at[2 * s + 1] = (float) (6 * random.nextDouble() - 3);
            wanted[s] = (float) (Math.sin(3 * at[2 * s]) + .5 * at[2 * s + 1]);
        }
        NDArray x = manager.create(at, new Shape(256, 2));
        NDArray y = manager.create(wanted, new Shape(256, 1));
        KanLinear layer =
                KanLinear.builder()
                        .setUnits(1)
                        .optBase(BaseBranch.NONE)
                        .optPool(new FourierBasis(4), new FixedBasis(BaseBranch.LINEAR))
                        .build();
        Optimizer adam = Optimizer.adam().optLearningRateTracker(Tracker.fixed(.03f)).build();
        try (Model model = Model.newInstance("s-kan", Device.cpu())) {
            model.setBlock(layer);
            try (Trainer trainer = KanTraining.trainer(model, new MeanSquaredError(), adam, x)) {
                SelectiveTraining phases = new SelectiveTraining(2, 2);
                for (int i = 0; i < steps; ++i) {
                    KanTraining.step(trainer, x, y);
                    if (i % 100 == 99) {
                        phases.onEpoch(trainer);
                    }
                }
                SpaceSelection selection = layer.getSelection().orElseThrow();
                assertEquals(SpaceSelection.Phase.PRUNED, selection.getPhase());
                assertEquals(.1, selection.getTemperature(), 1e-12);
                assertEquals(Map.of("FourierBasis", 1, "FixedBasis", 1), selection.report());
                assertEquals(0, selection.choices()[0][0]);
                assertEquals(1, selection.choices()[0][1]);
                double loss = KanTraining.predict(trainer, x).sub(y).square().mean().getFloat();
                assertTrue(loss < 1e-4, "loss " + loss);
            }
        } finally {
            JniUtils.setNumThreads(threads);
        }
    }

    /** Logits and idle spaces take no part, and yet a trainer must find their gradients. */
    @Test
    void aLoadedPrunedLayerCanBeFineTuned() throws IOException, MalformedModelException {
        KanLinear.Builder builder = KanLinear.builder().setUnits(1);
        KanLinear pruned = builder.optPool(new FourierBasis(2), new CauchyBasis(1)).build();
        pruned.initialize(manager, DataType.FLOAT32, new Shape(1, IN));
        pruned.getSelection().orElseThrow().prune();
        byte[] bytes = Blocks.save(pruned);
        KanLinear fresh = builder.optPool(new FourierBasis(2), new CauchyBasis(1)).build();
        NDArray x = manager.randomUniform(-1, 1, new Shape(8, IN));
        NDArray y = manager.ones(new Shape(8, 1));
        Optimizer adam = Optimizer.adam().optLearningRateTracker(Tracker.fixed(.03f)).build();
        try (Model model = Model.newInstance("s-kan", Device.cpu())) {
            fresh.loadParameters(
                    model.getNDManager(), new DataInputStream(new ByteArrayInputStream(bytes)));
            model.setBlock(fresh);
            try (Trainer trainer = KanTraining.trainer(model, new MeanSquaredError(), adam, x)) {
                for (int i = 0; i < 3; ++i) {
                    KanTraining.step(trainer, x, y);
                }
            }
            assertEquals(
                    Map.of("FourierBasis", IN, "CauchyBasis", 0),
                    fresh.getSelection().orElseThrow().report());
            assertFalse(Arrays.equals(bytes, Blocks.save(fresh)));
        }
    }

    @Test
    void badArgumentsGetOneSentence() {
        BasesTest.refused("fullEpochs", () -> new SelectiveTraining(-1, 2));
        BasesTest.refused("lastTemperature", () -> new SelectiveTraining(1, 2, 0));
        SpaceSelection selection = layer().getSelection().orElseThrow();
        BasesTest.refused("temperature", () -> selection.setTemperature(0));
        BasesTest.refused("temperature", () -> selection.setTemperature(Double.NaN));
    }
}
