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

import ai.djl.Application;
import ai.djl.repository.MRL;
import ai.djl.repository.zoo.ModelZoo;
import java.net.URI;
import java.util.Set;

/**
 * The trained networks of this library.
 *
 * <p>A model is chosen by its artifact id and, where an artifact id has several artifacts, by
 * filters on their properties:
 *
 * <pre>
 * Criteria&lt;Image, Classifications&gt; criteria =
 *         Criteria.builder()
 *                 .setTypes(Image.class, Classifications.class)
 *                 .optGroupId(BinaryOpsModelZoo.GROUP_ID)
 *                 .optArtifactId(BinaryOpsModelZoo.FASHION_MLP)
 *                 .optFilter("weights", "binary")
 *                 .build();
 * </pre>
 *
 * <p>The figures of a model are among its properties: {@code model.getProperty("testCorrect")} of
 * {@code testImages}, for one, is the number of images of the test set that it classifies right.
 *
 * <p>The same model by URL, see {@link BinaryOpsRepositoryFactory}: {@code
 * optModelUrls("binaryops://org.binaryops.zoo/fashion_mlp")}.
 */
public final class BinaryOpsModelZoo extends ModelZoo {

    /** The group id of this zoo, {@code org.binaryops.zoo}. */
    public static final String GROUP_ID = "org.binaryops.zoo";

    /**
     * The artifact id of the multilayer perceptrons for Fashion-MNIST: {@code fashion_mlp_binary}
     * (property {@code weights=binary}, the default) and {@code fashion_mlp_float} ({@code
     * weights=float}).
     */
    public static final String FASHION_MLP = "fashion_mlp";

    /** The folder of the class path that holds this zoo's repository. */
    static final String ROOT = "org/binaryops/zoo/repository";

    private static final Set<String> ENGINES = Set.of("PyTorch");

    /** Creates the zoo, without reading anything. */
    BinaryOpsModelZoo() {
        ClasspathRepository repository =
                repository(
                        GROUP_ID, URI.create(BinaryOpsRepositoryFactory.SCHEME + "://" + GROUP_ID));
        for (MRL model : repository.getResources()) {
            addModel(new ClasspathModelLoader(model, repository));
        }
    }

    /**
     * Opens the repository of this zoo.
     *
     * @param name the name of the repository
     * @param uri its address, whose query becomes arguments of the models
     * @return the repository with all models of the zoo
     */
    static ClasspathRepository repository(String name, URI uri) {
        ClasspathRepository repository =
                new ClasspathRepository(name, uri, BinaryOpsModelZoo.class.getClassLoader(), ROOT);
        repository.addResource(
                repository.model(Application.CV.IMAGE_CLASSIFICATION, GROUP_ID, FASHION_MLP));
        return repository;
    }

    /** {@inheritDoc} */
    @Override
    public String getGroupId() {
        return GROUP_ID;
    }

    /** {@inheritDoc} */
    @Override
    public Set<String> getSupportedEngines() {
        return ENGINES;
    }
}
