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
package org.binaryops.packed.djl;

import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.transform.Resize;
import ai.djl.modality.cv.transform.ToTensor;
import ai.djl.modality.cv.translator.ImageClassificationTranslator;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/** What the JVM of {@link NoPyTorchTest} executes. */
final class WithoutPyTorch {

    private WithoutPyTorch() {}

    /** Takes a packed file and an image. */
    public static void main(String[] args) throws Exception {
        System.out.println(
                "engines: "
                        + new TreeSet<>(Engine.getAllEngines())
                        + ", default "
                        + Engine.getInstance().getEngineName());
        Criteria<Image, Classifications> criteria =
                Criteria.builder()
                        .setTypes(Image.class, Classifications.class)
                        .optEngine("BinaryOps")
                        .optModelPath(Path.of(args[0]))
                        .optTranslator(
                                ImageClassificationTranslator.builder()
                                        .optFlag(Image.Flag.GRAYSCALE)
                                        .setImageSize(8, 8)
                                        .addTransform(new Resize(8, 8))
                                        .addTransform(new ToTensor())
                                        .optSynset(List.of("a", "b", "c"))
                                        .optApplySoftmax(true)
                                        .build())
                        .build();
        try (ZooModel<Image, Classifications> model = criteria.loadModel();
                Predictor<Image, Classifications> predictor = model.newPredictor();
                NDManager manager = NDManager.newBaseManager()) {
            Image image = ImageFactory.getInstance().fromFile(Path.of(args[1]));
            System.out.println("class: " + predictor.predict(image).best().getClassName());
            NDArray x = manager.ones(new Shape(2, 2));
            try {
                x.matMul(x);
            } catch (UnsupportedOperationException e) {
                System.out.println("matMul: " + e.getMessage());
            }
        }
    }
}
