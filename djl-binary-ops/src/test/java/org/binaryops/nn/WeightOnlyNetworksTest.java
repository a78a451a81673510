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
package org.binaryops.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.basicmodelzoo.cv.classification.ResNetV1;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.transformer.BertBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.Calibration;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.FashionMnist;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;

/** DJL's own ResNet and BERT with quantized weights. */
class WeightOnlyNetworksTest {

    private static WeightOnlyQuantization wrap(
            Block block, Supplier<? extends Quantizer> quantizer) {
        return WeightOnlyQuantization.builder().setBlock(block).setQuantizer(quantizer).build();
    }

    private static AffineQuantizer affine(int bits) {
        return AffineQuantizer.builder().setBits(bits).optAxis(0).build();
    }

    /** For 32 × 32 colour images; DJL's form with 18 layers has 0.9 million weights. */
    private static Block resNet() {
        return ResNetV1.builder()
                .setNumLayers(18)
                .setOutSize(10)
                .setImageShape(new Shape(3, 32, 32))
                .build();
    }

    private static Block bert() {
        return BertBlock.builder()
                .micro()
                .optTransformerBlockCount(4)
                .optMaxSequenceLength(16)
                .setTokenDictionarySize(500)
                .build();
    }

    private static NDArray[] text(NDManager manager) {
        NDArray mask = manager.ones(new Shape(2, 16), DataType.INT64);
        mask.set(new NDIndex("1, 9:"), 0);
        return new NDArray[] {
            manager.randomInteger(0, 500, new Shape(2, 16), DataType.INT64),
            manager.zeros(new Shape(2, 16), DataType.INT64),
            mask
        };
    }

    private static double relativeError(NDArray actual, NDArray expected) {
        return Math.sqrt(
                actual.sub(expected).square().sum().getFloat()
                        / expected.square().sum().getFloat());
    }

    /** Wraps a block that has its weights already, and compares its output with the block's own. */
    private static double error(
            String name,
            NDManager parent,
            Block block,
            Supplier<? extends Quantizer> quantizer,
            int bits,
            NDArray... inputs) {
        try (NDManager manager = parent.newSubManager()) {
            WeightOnlyQuantization net = wrap(block, quantizer);
            net.initialize(manager, DataType.FLOAT32, new NDList(inputs).getShapes());
            if (bits > 1) {
                net.calibrate(Calibration.minMax());
            }
            double error =
                    relativeError(
                            Blocks.infer(manager, net, inputs).head(),
                            Blocks.infer(manager, block, inputs).head());
            long all = 0;
            long size = 0;
            for (Parameter p : block.getParameters().values()) {
                boolean quantized = net.getQuantizedParameters().containsValue(p);
                all += 4 * p.getShape().size();
                size +=
                        quantized
                                ? p.getShape().size() * bits / 8 + 4 * p.getShape().get(0)
                                : 4 * p.getShape().size();
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s, weights of %d bits: relative error %.4f, %.2f of %.2f MB%n",
                    name,
                    bits,
                    error,
                    size / 1e6,
                    all / 1e6);
            assertTrue(size < all * (bits + 1) / 32.0, "size " + size + " of " + all);
            return error;
        }
    }

    @Test
    void resNetKeepsItsOutputWithEightBits() {
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = resNet();
            NDArray x = manager.randomNormal(new Shape(4, 3, 32, 32));
            block.initialize(manager, DataType.FLOAT32, x.getShape());
            double eight = error("ResNet-18", manager, block, () -> affine(8), 8, x);
            double four = error("ResNet-18", manager, block, () -> affine(4), 4, x);
            double one =
                    error(
                            "ResNet-18",
                            manager,
                            block,
                            () -> new StatisticsWeightQuantizer(1),
                            1,
                            x);
            assertTrue(eight < .02, "8 bits " + eight);
            assertTrue(four > 3 * eight && four < .4, "4 bits " + four);
            assertTrue(one > 2 * four, "1 bit " + one);
        }
    }

    @Test
    void bertKeepsItsOutputWithEightBits() {
        Engine.getInstance().setRandomSeed(1);
        try (NDManager manager = NDManager.newBaseManager()) {
            Block block = bert();
            NDArray[] x = text(manager);
            block.initialize(manager, DataType.FLOAT32, new NDList(x).getShapes());
            double eight = error("BERT", manager, block, () -> affine(8), 8, x);
            double four = error("BERT", manager, block, () -> affine(4), 4, x);
            double one =
                    error("BERT", manager, block, () -> new StatisticsWeightQuantizer(1), 1, x);
            assertTrue(eight < .05, "8 bits " + eight);
            assertTrue(four > 3 * eight && four < .6, "4 bits " + four);
            assertTrue(one > 1.5 * four, "1 bit " + one);
        }
    }

    @Test
    void networksSaveLoadMaterializeAndLeakNothing() {
        Map<Supplier<Block>, Function<NDManager, NDArray[]>> networks =
                Map.of(
                        WeightOnlyNetworksTest::resNet,
                        manager -> new NDArray[] {manager.randomNormal(new Shape(2, 3, 32, 32))},
                        WeightOnlyNetworksTest::bert,
                        WeightOnlyNetworksTest::text);
        networks.forEach(
                (block, data) -> {
                    try (NDManager manager = NDManager.newBaseManager()) {
                        WeightOnlyQuantization net = wrap(block.get(), () -> affine(8));
                        NDArray[] x = data.apply(manager);
                        net.initialize(manager, DataType.FLOAT32, new NDList(x).getShapes());
                        net.calibrate(Calibration.minMax());
                        Blocks.assertRoundTrip(manager, net, wrap(block.get(), () -> affine(8)), x);
                        Leaks.assertNothingLeft(
                                manager, 2, step -> Blocks.infer(step, net, data.apply(step)));
                        NDArray before = Blocks.infer(manager, net, x).head();
                        net.materialize();
                        // An ordinary block of DJL now, in a file of its own.
                        Blocks.assertRoundTrip(manager, net.getBlock(), block.get(), x);
                        assertEquals(before, Blocks.infer(manager, net.getBlock(), x).head());
                    }
                });
    }

    /** Gradients reach every weight of a BERT, also those of its embeddings. */
    @Test
    void bertTrainsWithQuantizedWeights() {
        try (NDManager manager = NDManager.newBaseManager()) {
            WeightOnlyQuantization net =
                    wrap(
                            BertBlock.builder()
                                    .nano()
                                    .optTransformerBlockCount(1)
                                    .optMaxSequenceLength(16)
                                    .setTokenDictionarySize(500)
                                    .build(),
                            () -> ElasticQuantizer.signed(4));
            NDArray[] x = text(manager);
            net.initialize(manager, DataType.FLOAT32, new NDList(x).getShapes());
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDList y = Blocks.train(manager, net, x);
                Gradients.backward(collector, y.get(0).square().sum().add(y.get(1).sum()));
            }
            assertEquals(10, net.getQuantizers().size());
            net.getQuantizedParameters()
                    .forEach(
                            (name, p) -> {
                                double g = p.getArray().getGradient().abs().sum().getFloat();
                                assertTrue(g > 0 && Double.isFinite(g), name + " " + g);
                            });
            net.getQuantizers()
                    .forEach(
                            (name, q) ->
                                    assertTrue(((ElasticQuantizer) q).isStepInitialized(), name));
        }
    }

    /** Fine-tuning a ResNet with ternary weights, through DJL's trainer, lowers its loss. */
    @Test
    void fineTuningLowersTheLoss() throws Exception {
        Engine.getInstance().setRandomSeed(3);
        int batch = 32;
        FashionMnist images = FashionMnist.train(batch);
        Block block =
                ResNetV1.builder()
                        .setNumLayers(8)
                        .setOutSize(10)
                        .setImageShape(new Shape(1, 28, 28))
                        .build();
        try (Model model = Model.newInstance("resnet")) {
            WeightOnlyQuantization net = wrap(block, () -> new StatisticsWeightQuantizer(2));
            model.setBlock(net);
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(3e-3f))
                                            .build());
            try (Trainer trainer = model.newTrainer(config)) {
                Shape shape = new Shape(batch, 1, 28, 28);
                trainer.initialize(shape);
                double first = 0;
                double last = 0;
                for (int step = 0; step < 15; ++step) {
                    try (NDManager manager = trainer.getManager().newSubManager();
                            GradientCollector collector = trainer.newGradientCollector()) {
                        NDArray x = manager.create(images.pixels(), shape);
                        NDArray label = manager.create(images.labels());
                        NDArray y = trainer.forward(new NDList(x)).singletonOrThrow();
                        NDArray loss = trainer.getLoss().evaluate(new NDList(label), new NDList(y));
                        Gradients.backward(collector, loss);
                        last = loss.getFloat();
                        first = step == 0 ? last : first;
                    }
                    trainer.step();
                }
                assertTrue(last < .5 * first, "loss " + first + " to " + last);
            }
        }
    }
}
