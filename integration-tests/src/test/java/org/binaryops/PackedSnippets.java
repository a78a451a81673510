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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.nio.file.Path;
import java.util.List;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.SmallConvNet;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.compiler.PackedCompiler;

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
