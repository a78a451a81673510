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

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.nio.file.Path;
import org.binaryops.attention.QuantAttention;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.kan.KanLinear;
import org.binaryops.monoid.LcmAggregator;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.ResNet;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.WeightOnlyQuantization;
import org.binaryops.nn.WeightScale;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.PackedSession;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.Calibration;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.XnorWeight;
import org.binaryops.training.AnnealingListener;
import org.binaryops.training.MeanSquaredError;
import org.binaryops.tribuo.BinaryMlpArchitecture;
import org.binaryops.tribuo.DjlModel;
import org.binaryops.tribuo.DjlTrainer;
import org.binaryops.tribuo.ImageFeatureConverter;
import org.binaryops.tribuo.LabelConverter;
import org.binaryops.zoo.BinaryOpsModelZoo;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.evaluation.LabelEvaluator;
import org.tribuo.datasource.IDXDataSource;

/** The snippets of the README; {@link ReadmeTest} runs them and compares their text. */
final class ReadmeSnippets {

    private ReadmeSnippets() {}

    static Block layers() {
        Block net =
                new SequentialBlock()
                        .add(
                                QuantConv2d.builder()
                                        .setFilters(64)
                                        .setKernelShape(new Shape(3, 3))
                                        .optPadding(new Shape(1, 1))
                                        .optInputQuantizer(new ApproxSign())
                                        .optWeightQuantizer(new ReSte())
                                        .optScale(WeightScale.CHANNEL_MEAN)
                                        .build())
                        .add(ai.djl.nn.Blocks.batchFlattenBlock())
                        .add(
                                QuantLinear.builder()
                                        .setUnits(10)
                                        .optInputQuantizer(new ApproxSign())
                                        .optWeightQuantizer(new BiPer())
                                        .optScale(WeightScale.LEARNED)
                                        .build());
        return net;
    }

    static Block network() {
        Block net = ResNet.cifar20(BinaryMethod.named("reste"), 10);
        return net;
    }

    static Block xnor() {
        QuantConv2d xnor =
                QuantConv2d.builder()
                        .setFilters(64)
                        .setKernelShape(new Shape(3, 3))
                        .optInputQuantizer(new StraightThroughSign())
                        .optWeightQuantizer(new XnorWeight(XnorWeight.Derivative.PAPER))
                        .optInputScale(InputScale.SPATIAL_MAP) // the paper's K
                        .build();
        return xnor;
    }

    static Block weightOnly(NDManager manager, Block trained, Shape inputShape) {
        WeightOnlyQuantization net =
                WeightOnlyQuantization.builder()
                        .setBlock(trained)
                        .setQuantizer(() -> AffineQuantizer.builder().setBits(8).optAxis(0).build())
                        .build();
        net.initialize(manager, DataType.FLOAT32, inputShape);
        net.calibrate(Calibration.minMax());
        return net;
    }

    static Trainer listener(Model model, int epochs) {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .addTrainingListeners(new AnnealingListener(epochs));
        return model.newTrainer(config);
    }

    static NDArray gradient(NDArray x) {
        DifferentiableFunction staircase =
                new DifferentiableFunction() {
                    @Override
                    public NDArray value(NDArray x) {
                        return x.round();
                    }

                    @Override
                    public NDArray derivative(NDArray x) {
                        return x.mul(2 * Math.PI).cos().muli(-1).addi(1);
                    }
                };
        NDArray y = CustomGradient.apply(x, staircase);
        return y;
    }

    static double kan() throws Exception {
        try (Model model = Model.newInstance("kan")) {
            NDManager manager = model.getNDManager();
            NDArray x = manager.randomUniform(-1, 1, new Shape(1000, 2));
            NDArray y = x.get(":, 0:1").mul(Math.PI).sin().add(x.get(":, 1:2").square()).exp();
            model.setBlock(
                    new SequentialBlock()
                            .add(KanLinear.builder().setUnits(5).optGrid(3).optOrder(3).build())
                            .add(KanLinear.builder().setUnits(1).optGrid(3).build()));
            DefaultTrainingConfig config =
                    new DefaultTrainingConfig(new MeanSquaredError())
                            .optOptimizer(
                                    Optimizer.adam()
                                            .optLearningRateTracker(Tracker.fixed(.05f))
                                            .build());
            ArrayDataset data =
                    new ArrayDataset.Builder()
                            .setData(x)
                            .optLabels(y)
                            .setSampling(250, true)
                            .build();
            try (Trainer trainer = model.newTrainer(config)) {
                trainer.initialize(new Shape(1, 2));
                EasyTrain.fit(trainer, 150, data, null);
                KanLinear first = (KanLinear) model.getBlock().getChildren().get(0).getValue();
                NDArray curves = first.splines(x); // [1000, 5, 2]: a curve for each edge
                if (!curves.getShape().equals(new Shape(1000, 5, 2))) {
                    throw new AssertionError(curves.getShape());
                }
                NDArray fitted = trainer.evaluate(new NDList(x)).singletonOrThrow();
                return fitted.sub(y).square().mean().sqrt().getFloat();
            }
        }
    }

    static Shape monoid(NDManager manager) {
        LcmAggregator sets = LcmAggregator.builder().optAssociativityWeight(0.1).build();
        sets.initialize(manager, DataType.FLOAT32, new Shape(32, 20, 64), new Shape(32));
        NDArray elements = manager.randomNormal(new Shape(32, 20, 64)); // 32 sets, up to 20 vectors
        NDArray lengths = manager.randomInteger(1, 21, new Shape(32), DataType.INT32);
        ParameterStore store = new ParameterStore(manager, false);
        NDArray folded = sets.forward(store, new NDList(elements, lengths), false).get(0);
        return folded.getShape();
    }

    static Shape attention(NDManager manager) {
        QuantAttention attention =
                QuantAttention.builder()
                        .setUnits(128)
                        .setHeads(4)
                        .optWeightBits(1)
                        .optActivationBits(1)
                        .optCausal(true)
                        .build();
        attention.initialize(manager, DataType.FLOAT32, new Shape(8, 50, 128));
        NDArray tokens = manager.randomNormal(new Shape(8, 50, 128));
        NDArray y =
                attention
                        .forward(new ParameterStore(manager, false), new NDList(tokens), true)
                        .get(0);
        return y.getShape();
    }

    static double tribuo(Path images, Path labels, Path file) throws Exception {
        var data = new MutableDataset<>(new IDXDataSource<>(images, labels, new LabelFactory()));
        var trainer =
                new DjlTrainer<>(
                        new BinaryMlpArchitecture(256, 256),
                        new ImageFeatureConverter(28, 28),
                        new LabelConverter(),
                        5, // epochs
                        128, // examples in a batch
                        5e-3, // learning rate of Adam
                        42L); // seed
        try (DjlModel<Label> model = trainer.train(data)) {
            var evaluation = new LabelEvaluator().evaluate(model, data);
            model.serializeToFile(file);
            return evaluation.accuracy();
        }
    }

    static int packed(NDManager manager, float[] pixels, Path file) throws Exception {
        Block net = BinaryMlp.builder().setOutputs(10).addHidden(256).addHidden(256).build();
        net.initialize(manager, DataType.FLOAT32, new Shape(1, 784)); // ... and train it
        PackedCompiler.compile(net, new Shape(1, 784)).save(file);

        PackedModel model = PackedModel.load(file); // from here on nothing but this jar
        float[] logits = model.predict(pixels);
        int best = model.classify(pixels);
        PackedSession session = model.newSession(); // for one thread; allocates nothing per call
        session.predict(pixels, logits);
        System.out.println(model.summary());
        return best;
    }

    static String zoo(Path photo) throws Exception {
        Criteria<Image, Classifications> criteria =
                Criteria.builder()
                        .setTypes(Image.class, Classifications.class)
                        .optGroupId(BinaryOpsModelZoo.GROUP_ID)
                        .optArtifactId(BinaryOpsModelZoo.FASHION_MLP)
                        .optFilter("weights", "binary") // or "float"
                        .build();
        try (ZooModel<Image, Classifications> model = criteria.loadModel();
                Predictor<Image, Classifications> predictor = model.newPredictor()) {
            Image image = ImageFactory.getInstance().fromFile(photo);
            return predictor.predict(image).best().getClassName();
        }
    }
}
