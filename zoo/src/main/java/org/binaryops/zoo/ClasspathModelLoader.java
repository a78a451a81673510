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

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.VersionRange;
import ai.djl.repository.zoo.BaseModelLoader;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.ClassLoaderUtils;
import ai.djl.util.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * DJL's loader with clearer answers.
 *
 * <p>DJL says "No matching filter found", logs the failures of block and translator factories at
 * trace level only, and looks for them through the context class loader of the thread. This loader
 * names the filter and what exists, lets factories fail with their own exception, and looks for
 * them where the models come from first. A model name in the criteria chooses the artifact of that
 * name; DJL would look for a parameter file of that name beside the first artifact.
 */
final class ClasspathModelLoader extends BaseModelLoader {

    private static final String BLOCK_FACTORY = "blockFactory";
    private static final String TRANSLATOR_FACTORY = "translatorFactory";

    private final ClasspathRepository repository;

    ClasspathModelLoader(MRL mrl, ClasspathRepository repository) {
        super(mrl);
        this.repository = repository;
    }

    /** {@inheritDoc} */
    @Override
    public <I, O> ZooModel<I, O> loadModel(Criteria<I, O> criteria)
            throws IOException, ModelNotFoundException, MalformedModelException {
        Artifact artifact = match(criteria);
        checkTypes(criteria, artifact);
        MRL exact =
                repository.model(
                        mrl.getApplication(),
                        mrl.getGroupId(),
                        mrl.getArtifactId(),
                        artifact.getVersion(),
                        artifact.getName());
        return new ClasspathModelLoader(exact, repository).loadExact(criteria);
    }

    private <I, O> ZooModel<I, O> loadExact(Criteria<I, O> criteria)
            throws IOException, ModelNotFoundException, MalformedModelException {
        return super.loadModel(criteria);
    }

    /** {@inheritDoc} */
    @Override
    public <I, O> boolean isDownloaded(Criteria<I, O> criteria)
            throws IOException, ModelNotFoundException {
        return mrl.isPrepared(match(criteria));
    }

    /** {@inheritDoc} */
    @Override
    public <I, O> void downloadModel(Criteria<I, O> criteria, Progress progress)
            throws IOException, ModelNotFoundException {
        mrl.prepare(match(criteria), progress);
    }

    private Artifact match(Criteria<?, ?> criteria) throws IOException, ModelNotFoundException {
        ClasspathMetadata metadata = repository.read(mrl);
        VersionRange versions = VersionRange.parse(mrl.getVersion());
        String name = criteria.getModelName();
        for (Artifact artifact : metadata.search(versions, criteria.getFilters())) {
            if (name == null || name.equals(artifact.getName())) {
                return artifact;
            }
        }
        throw new ModelNotFoundException(
                metadata.explainMiss(mrl.getVersion(), name, criteria.getFilters()));
    }

    private void checkTypes(Criteria<?, ?> criteria, Artifact artifact)
            throws ModelNotFoundException {
        Class<?> input = criteria.getInputClass();
        Class<?> output = criteria.getOutputClass();
        TranslatorFactory factory =
                getTranslatorFactory(criteria, artifact.getArguments(criteria.getArguments()));
        if (factory == null
                || factory.isSupported(input, output)
                || defaultFactory.isSupported(input, output)) {
            return;
        }
        String types =
                factory.getSupportedTypes().stream()
                        .map(p -> p.getKey().getTypeName() + " to " + p.getValue().getTypeName())
                        .sorted()
                        .collect(Collectors.joining(", "));
        throw new ModelNotFoundException(
                artifact.getName()
                        + " does not translate "
                        + input.getTypeName()
                        + " to "
                        + output.getTypeName()
                        + "; it translates "
                        + types
                        + '.');
    }

    /** {@inheritDoc} */
    @Override
    protected TranslatorFactory getTranslatorFactory(
            Criteria<?, ?> criteria, Map<String, Object> arguments) {
        if (criteria.getTranslatorFactory() != null) {
            return criteria.getTranslatorFactory();
        }
        Object name = arguments.get(TRANSLATOR_FACTORY);
        return name == null ? null : create(TranslatorFactory.class, name.toString());
    }

    /** {@inheritDoc} */
    @Override
    protected Model createModel(
            Path modelPath,
            String name,
            Device device,
            Block block,
            Map<String, Object> arguments,
            String engine)
            throws IOException {
        Object factory = arguments.get(BLOCK_FACTORY);
        if (block != null || !(factory instanceof String)) {
            return super.createModel(modelPath, name, device, block, arguments, engine);
        }
        String className = (String) factory;
        arguments.put(BLOCK_FACTORY, create(BlockFactory.class, className));
        Model model = super.createModel(modelPath, name, device, null, arguments, engine);
        model.setProperty(BLOCK_FACTORY, className);
        arguments.put(BLOCK_FACTORY, className);
        return model;
    }

    private <T> T create(Class<T> type, String className) {
        try {
            return find(className).asSubclass(type).getConstructor().newInstance();
        } catch (ReflectiveOperationException | ClassCastException e) {
            throw new IllegalArgumentException(
                    "Expected the class name of a "
                            + type.getSimpleName()
                            + " with a public constructor without parameters, got "
                            + className
                            + '.',
                    e);
        }
    }

    private Class<?> find(String className) throws ClassNotFoundException {
        try {
            return Class.forName(className, true, repository.getClassLoader());
        } catch (ClassNotFoundException e) {
            return Class.forName(className, true, ClassLoaderUtils.getContextClassLoader());
        }
    }
}
