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
package org.binaryops.zoo;

import ai.djl.MalformedModelException;
import ai.djl.modality.Classifications;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooModel;
import java.awt.image.BufferedImage;
import java.io.IOException;

/** What a user of the packaged jar does; run in a JVM of its own by {@link PackagedJarTest}. */
final class JarClient {

    private JarClient() {}

    public static void main(String[] args) throws Exception {
        String source =
                BinaryOpsModelZoo.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath();
        System.out.println("source " + source.substring(source.lastIndexOf('/') + 1));
        System.out.println("zoo " + ModelZoo.hasModelZoo(BinaryOpsModelZoo.GROUP_ID));
        if (args.length > 0) {
            lookOnly();
            return;
        }
        BufferedImage black = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        Image image = ImageFactory.getInstance().fromImage(black);
        report(
                image,
                criteria()
                        .optGroupId(BinaryOpsModelZoo.GROUP_ID)
                        .optArtifactId(BinaryOpsModelZoo.FASHION_MLP)
                        .optFilter("weights", "float")
                        .build());
        report(image, criteria().optModelUrls("binaryops://org.binaryops.zoo/fashion_mlp").build());
        // DJL's default zoo, whose models come from a system property.
        report(image, criteria().optGroupId("ai.djl.localmodelzoo").build());
    }

    /** Of a zoo without its models. */
    private static void lookOnly() throws IOException, MalformedModelException {
        System.out.println("basics " + ModelZoo.hasModelZoo("ai.djl.localmodelzoo"));
        try (var model = criteria().optGroupId(BinaryOpsModelZoo.GROUP_ID).build().loadModel()) {
            System.out.println("loaded " + model.getName());
        } catch (IOException | ModelNotFoundException e) {
            System.out.println("refused " + e.getMessage());
        }
    }

    private static Criteria.Builder<Image, Classifications> criteria() {
        return Criteria.builder().setTypes(Image.class, Classifications.class);
    }

    private static void report(Image image, Criteria<Image, Classifications> criteria)
            throws Exception {
        try (ZooModel<Image, Classifications> model = criteria.loadModel();
                var predictor = model.newPredictor()) {
            Classifications result = predictor.predict(image);
            System.out.println(
                    model.getName() + " " + result.getClassNames().size() + " " + result.best());
        }
    }
}
