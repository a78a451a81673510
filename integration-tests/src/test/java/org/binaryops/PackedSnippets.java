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

import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.transform.Resize;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.ParameterStore;
import java.nio.file.Path;
import java.util.List;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.SmallConvNet;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.AffineQuantizer;
import org.binaryops.quantizer.Calibration;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.StraightThroughSign;

/**
 * The README's snippets about packed files; {@link ReadmeTest} runs them and compares their text.
 */
final class PackedSnippets {

    private PackedSnippets() {}

    static float[] convolutions(NDManager manager, Path file) throws Exception {
        Block net = SmallConvNet.build(BinaryMethod.named("bireal"), 10);
        net.initialize(manager, DataType.FLOAT32, new Shape(1, 1, 28, 28)); // ... and train it
        PackedCompiler.compile(net, new Shape(1, 1, 28, 28)).save(file);

        PackedModel model = PackedModel.load(file); // nothing but the JDK from here on
        int[] shape = model.inputShape(); // [1, 28, 28]
        float[] logits = model.predict(new float[model.inputs()]);
        System.out.println(model.summary());
        return shape[2] == 28 ? logits : null;
    }

    static PackedModel quantized(NDManager manager, NDArray images) throws Exception {
        AffineQuantizer pixels = AffineQuantizer.builder().setBits(8).optSymmetric(false).build();
        Block net =
                new SequentialBlock()
                        .add(
                                QuantConv2d.builder() // 8 × 8 bits
                                        .setFilters(16)
                                        .setKernelShape(new Shape(3, 3))
                                        .optInputQuantizer(pixels)
                                        .optWeightQuantizer(
                                                AffineQuantizer.builder()
                                                        .setBits(8)
                                                        .optAxis(0)
                                                        .optObserver(0)
                                                        .build())
                                        .build())
                        .add(BatchNorm.builder().build())
                        .add(Activation.reluBlock())
                        .add(
                                QuantConv2d.builder() // 4 bits × ±1
                                        .setFilters(32)
                                        .setKernelShape(new Shape(3, 3))
                                        .optInputQuantizer(ElasticQuantizer.nonNegative(4))
                                        .optWeightQuantizer(new StraightThroughSign())
                                        .build());
        net.initialize(manager, DataType.FLOAT32, images.getShape());
        pixels.calibrate(images, Calibration.percentile(99.9));
        train(net, images); // like any other block
        PackedModel model =
                PackedCompiler.builder().optReuse(8).compile(net, new Shape(1, 1, 28, 28));
        System.out.println(model.summary());
        return model;
    }

    private static void train(Block net, NDArray images) {
        net.forward(new ParameterStore(images.getManager(), false), new NDList(images), true);
    }

    static Classifications engine(Path file, Image image, List<String> names) throws Exception {
        Criteria<Image, Classifications> criteria =
                Criteria.builder()
                        .setTypes(Image.class, Classifications.class)
                        .optEngine("BinaryOps")
                        .optModelPath(file)
                        .optTranslator(
                                ImageClassificationTranslator.builder()
                                        .optFlag(Image.Flag.GRAYSCALE)
                                        .setImageSize(28, 28)
                                        .addTransform(new Resize(28, 28))
                                        .addTransform(new ToTensor())
                                        .optSynset(names)
                                        .optApplySoftmax(true)
                                        .build())
                        .build();
        Classifications classes;
        try (ZooModel<Image, Classifications> model = criteria.loadModel();
                Predictor<Image, Classifications> predictor = model.newPredictor()) {
            classes = predictor.predict(image);
        }
        return classes;
    }
}
