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
package org.binaryops.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.EasyTrain;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.binaryops.nn.QuantLinear;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.testing.Garbage;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** Gradients that are quantized on their way back, against the formula in plain Java. */
class GradientCutsTest {

    private static final Shape INPUT = new Shape(3, 5);

    private static NDArray data(NDManager manager) {
        double[] values = new Random(1).doubles(15, -1, 1).toArray();
        return manager.create(values).reshape(INPUT);
    }

    private static NDArray floats(NDArray array) {
        return array.toType(DataType.FLOAT32, false);
    }

    private static NDArray target(NDManager manager) {
        double[] values = new Random(2).doubles(6, -1, 1).toArray();
        return manager.create(values).reshape(3, 2);
    }

    /** The gradients of all parameters after one batch in DJL's loop. */
    private static List<double[]> gradients(Block net, boolean cuts) {
        List<double[]> gradients = new ArrayList<>();
        Runs.train(
                net,
                cuts
                        ? Runs.config(new MeanSquaredError(), 0.05)
                                .addTrainingListeners(new GradientCuts())
                        : Runs.config(new MeanSquaredError(), 0.05),
                INPUT,
                trainer -> {
                    NDManager manager = trainer.getManager();
                    try (Batch batch = Runs.batch(manager, data(manager), target(manager))) {
                        EasyTrain.trainBatch(trainer, batch);
                        for (Parameter p : net.getParameters().values()) {
                            gradients.add(p.getArray().getGradient().toDoubleArray());
                        }
                    }
                });
        return gradients;
    }

    private static SequentialBlock net(GradientCut... cuts) {
        SequentialBlock net = new SequentialBlock();
        net.add(
                QuantLinear.builder()
                        .setUnits(4)
                        .optInputQuantizer(new ApproxSign())
                        .optBias(true)
                        .build());
        addCut(net, cuts, 0);
        net.add(new Wrapped()).add(Linear.builder().setUnits(4).build());
        addCut(net, cuts, 1);
        return net.add(new Wrapped()).add(Linear.builder().setUnits(2).build());
    }

    /** An activation with a curvature, so that the forward values matter. */
    private static final class Wrapped extends ai.djl.nn.LambdaBlock {

        Wrapped() {
            super(x -> new NDList(x.singletonOrThrow().tanh()), "tanh");
        }
    }

    private static void addCut(SequentialBlock net, GradientCut[] cuts, int index) {
        if (cuts.length > index) {
            net.add(cuts[index]);
        }
    }

    private static void assertSame(List<double[]> expected, List<double[]> actual, double delta) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); ++i) {
            assertArrayEquals(expected.get(i), actual.get(i), delta, "parameter " + i);
        }
        assertTrue(Arrays.stream(expected.get(0)).anyMatch(g -> Math.abs(g) > 1e-4));
    }

    @Test
    void manyBitsGiveTheGradientsOfTheUncutNetwork() {
        List<double[]> plain = gradients(net(), false);
        assertSame(
                plain, gradients(net(GradientCut.identity(), GradientCut.identity()), true), 1e-15);
        // The largest |g| is below 1, and a level is 2 max|g| / (2³⁰ − 1) wide.
        assertSame(
                plain,
                gradients(net(new DoReFaGradient(30, false), new DoReFaGradient(30, false)), true),
                2e-8);
        List<double[]> coarse =
                gradients(net(new DoReFaGradient(2, false), new DoReFaGradient(2, false)), true);
        assertFalse(Arrays.equals(plain.get(0), coarse.get(0)));
    }

    /**
     * Two nested cuts in a chain of linear layers without biases, y = x A, z = y B: every gradient
     * is written out.
     */
    @Test
    void nestedCutsQuantizeWhatComesFromAbove() {
        int bits = 2;
        DoReFaGradient first = new DoReFaGradient(bits);
        DoReFaGradient second = new DoReFaGradient(bits);
        Block a = Linear.builder().setUnits(4).optBias(false).build();
        Block b = Linear.builder().setUnits(2).optBias(false).build();
        Block net = new SequentialBlock().add(a).add(first).add(b).add(second);
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.05).addTrainingListeners(new GradientCuts()),
                INPUT,
                trainer -> {
                    NDManager manager = trainer.getManager();
                    NDArray x = data(manager);
                    NDArray t = target(manager);
                    double[] wa = weight(a).toDoubleArray();
                    double[] wb = weight(b).toDoubleArray();
                    double[] xs = x.toDoubleArray();
                    double[] ts = t.toDoubleArray();
                    try (Batch batch = Runs.batch(manager, x, t)) {
                        Engine.getInstance().setRandomSeed(21);
                        EasyTrain.trainBatch(trainer, batch);
                    }
                    Engine.getInstance().setRandomSeed(21);
                    double[] sigma2 = uniform(manager, 3, 2);
                    double[] sigma1 = uniform(manager, 3, 4);
                    double[] y = product(xs, 3, 5, wa, 4);
                    double[] z = product(y, 3, 4, wb, 2);
                    double[] dz = new double[6];
                    for (int i = 0; i < 6; ++i) {
                        dz[i] = 2 * (z[i] - ts[i]) / 6;
                    }
                    double[] qz = DoReFaGradientTest.formula(dz, 3, bits, sigma2);
                    assertArrayEquals(outer(qz, 2, y, 4), gradient(b), 1e-12);
                    double[] dy = new double[12];
                    for (int s = 0; s < 3; ++s) {
                        for (int i = 0; i < 4; ++i) {
                            for (int o = 0; o < 2; ++o) {
                                dy[s * 4 + i] += qz[s * 2 + o] * wb[o * 4 + i];
                            }
                        }
                    }
                    double[] qy = DoReFaGradientTest.formula(dy, 3, bits, sigma1);
                    assertArrayEquals(outer(qy, 4, xs, 5), gradient(a), 1e-12);
                });
    }

    private static NDArray weight(Block linear) {
        return linear.getDirectParameters().get("weight").getArray();
    }

    private static double[] gradient(Block linear) {
        return weight(linear).getGradient().toDoubleArray();
    }

    private static double[] uniform(NDManager manager, long rows, long columns) {
        return manager.randomUniform(-0.5f, 0.5f, new Shape(rows, columns), DataType.FLOAT64)
                .toDoubleArray();
    }

    private static double[] product(double[] x, int rows, int in, double[] w, int out) {
        double[] y = new double[rows * out];
        for (int s = 0; s < rows; ++s) {
            for (int o = 0; o < out; ++o) {
                for (int i = 0; i < in; ++i) {
                    y[s * out + o] += x[s * in + i] * w[o * in + i];
                }
            }
        }
        return y;
    }

    /** Σ over the samples of g xᵀ, the gradient of a weight. */
    private static double[] outer(double[] g, int out, double[] x, int in) {
        double[] result = new double[out * in];
        for (int s = 0; s < g.length / out; ++s) {
            for (int o = 0; o < out; ++o) {
                for (int i = 0; i < in; ++i) {
                    result[o * in + i] += g[s * out + o] * x[s * in + i];
                }
            }
        }
        return result;
    }

    private static Block residual(GradientCut inside) {
        SequentialBlock branch = new SequentialBlock();
        branch.add(Linear.builder().setUnits(4).build()).add(new Wrapped());
        if (inside != null) {
            branch.add(inside);
        }
        branch.add(Linear.builder().setUnits(4).build());
        return new ParallelBlock(
                        list ->
                                new NDList(
                                        list.get(0)
                                                .singletonOrThrow()
                                                .add(list.get(1).singletonOrThrow())))
                .add(branch)
                .add(Blocks.identityBlock());
    }

    private static Block residualNet(GradientCut before, GradientCut inside) {
        SequentialBlock net = new SequentialBlock();
        net.add(Linear.builder().setUnits(4).build()).add(new Wrapped());
        if (before != null) {
            net.add(before);
        }
        return net.add(residual(inside)).add(Linear.builder().setUnits(2).build());
    }

    @Test
    void aCutInsideAResidualBranchNeedsOneWhereThePathsPart() {
        assertSame(
                gradients(residualNet(null, null), false),
                gradients(residualNet(GradientCut.identity(), GradientCut.identity()), true),
                1e-15);
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () -> gradients(residualNet(null, new DoReFaGradient(4)), true));
        assertEquals(
                "The graph before a DoReFaGradient was used up: a value reaches the loss both"
                        + " through the cut and beside it. Put a GradientCut.identity() where the"
                        + " paths part.",
                e.getMessage());
        // The failure leaves nothing behind that would disturb another training.
        assertEquals(8, gradients(residualNet(null, null), false).size());
    }

    @Test
    void aCutWithNothingToLearnBeforeItDoesNoHarm() {
        Block plain = Linear.builder().setUnits(2).build();
        Block cut =
                new SequentialBlock()
                        .add(new DoReFaGradient(3))
                        .add(Linear.builder().setUnits(2).build());
        assertSame(gradients(plain, false), gradients(cut, true), 1e-15);
    }

    @Test
    void aTrainingWithoutTheListenerIsRefused() {
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () -> gradients(net(new DoReFaGradient(4)), false));
        assertEquals(
                "DoReFaGradient stops the gradient unless a GradientCuts listener carries it on:"
                        + " add one with addTrainingListeners(new GradientCuts()).",
                e.getMessage());
    }

    @Test
    void aLoopThatForgetsToReplayIsToldSo() {
        Block net = net(new DoReFaGradient(4));
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.05).addTrainingListeners(new GradientCuts()),
                INPUT,
                trainer -> {
                    forwardAndBackward(trainer);
                    IllegalStateException e =
                            assertThrows(
                                    IllegalStateException.class, () -> forwardAndBackward(trainer));
                    assertTrue(e.getMessage().startsWith("The gradients of a batch were lost"));
                });
    }

    private static void forwardAndBackward(Trainer trainer) {
        NDManager manager = trainer.getManager();
        try (Batch batch = Runs.batch(manager, data(manager), target(manager));
                GradientCollector collector = trainer.newGradientCollector()) {
            NDList predictions = trainer.forward(batch.getData());
            Gradients.backward(
                    collector, trainer.getLoss().evaluate(batch.getLabels(), predictions));
        }
    }

    @Test
    void aLoopOfOnesOwnMayReplay() {
        GradientCuts cuts = new GradientCuts();
        Block net = net(GradientCut.identity());
        List<double[]> expected = gradients(net(), false);
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.05).addTrainingListeners(cuts),
                INPUT,
                trainer -> {
                    NDManager manager = trainer.getManager();
                    try (Batch batch = Runs.batch(manager, data(manager), target(manager))) {
                        try (GradientCollector collector = trainer.newGradientCollector()) {
                            NDList predictions = trainer.forward(batch.getData());
                            NDArray loss =
                                    trainer.getLoss().evaluate(batch.getLabels(), predictions);
                            Gradients.backward(collector, loss);
                        }
                        Garbage.collectAndOverwrite();
                        cuts.replay(trainer);
                    }
                    List<double[]> actual = new ArrayList<>();
                    net.getParameters()
                            .values()
                            .forEach(p -> actual.add(p.getArray().getGradient().toDoubleArray()));
                    assertSame(expected, actual, 1e-15);
                });
    }

    @Test
    void hundredsOfStepsLeaveNothingAndTheCutIsTransparentAtInference() {
        Block net = net(new DoReFaGradient(4), new DoReFaGradient(2));
        Runs.train(
                net,
                Runs.config(new MeanSquaredError(), 0.05).addTrainingListeners(new GradientCuts()),
                DataType.FLOAT32,
                INPUT,
                trainer -> {
                    NDManager lasting = trainer.getModel().getNDManager();
                    Leaks.assertNothingLeft(
                            lasting,
                            200,
                            m -> Runs.step(trainer, m, floats(data(m)), floats(target(m))));
                    Leaks.assertNothingLeft(
                            trainer.getManager(),
                            200,
                            m -> Runs.step(trainer, m, floats(data(m)), floats(target(m))));
                    NDArray x = floats(data(lasting));
                    NDList cut = trainer.evaluate(new NDList(x));
                    assertEquals(new Shape(3, 2), cut.singletonOrThrow().getShape());
                });
    }
}
