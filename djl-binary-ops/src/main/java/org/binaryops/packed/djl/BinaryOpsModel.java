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

import ai.djl.BaseModel;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.TrainingConfig;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.binaryops.packed.PackedFormatException;
import org.binaryops.packed.PackedModel;

/** A packed file as a DJL model. */
final class BinaryOpsModel extends BaseModel {

    static final String NO_TRAINING =
            "The engine "
                    + BinaryOpsEngine.ENGINE_NAME
                    + " runs packed networks and does not train; train with another engine and"
                    + " pack the result.";

    private static final String SUFFIX = ".bops";

    BinaryOpsModel(String name, NDManager manager) {
        super(name);
        this.manager = manager;
        manager.setName("BinaryOps model");
        dataType = DataType.FLOAT32;
    }

    /** {@inheritDoc} */
    @Override
    public void load(Path path, String prefix, Map<String, ?> options)
            throws IOException, MalformedModelException {
        refuseBlock();
        Path file;
        if (Files.isRegularFile(path)) {
            file = path.toAbsolutePath();
            // Not setModelDir, which takes a folder: class names lie beside the file.
            modelDir = file.getParent();
        } else {
            setModelDir(path);
            file = find(prefix == null || prefix.isEmpty() ? modelName : prefix);
        }
        try {
            accept(PackedModel.load(file));
        } catch (PackedFormatException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void load(InputStream in, Map<String, ?> options)
            throws IOException, MalformedModelException {
        refuseBlock();
        try {
            accept(PackedModel.load(in));
        } catch (PackedFormatException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
    }

    private void accept(PackedModel model) {
        block = new PackedBlock(model);
        wasLoaded = true;
    }

    private void refuseBlock() {
        if (block != null && !wasLoaded) {
            throw new UnsupportedOperationException(
                    "The engine "
                            + BinaryOpsEngine.ENGINE_NAME
                            + " runs packed files and takes no "
                            + block.getClass().getSimpleName()
                            + "; leave the block away, or choose the engine that has trained it.");
        }
    }

    /** The file of a name, or the only packed file of the folder. */
    private Path find(String name) throws IOException {
        for (String candidate : new String[] {name + SUFFIX, name}) {
            Path file = modelDir.resolve(candidate);
            if (Files.isRegularFile(file)) {
                return file;
            }
        }
        if (!Files.isDirectory(modelDir)) {
            throw new FileNotFoundException("There is no packed file or folder " + modelDir + '.');
        }
        try (Stream<Path> files = Files.list(modelDir)) {
            List<Path> packed =
                    files.filter(f -> f.getFileName().toString().endsWith(SUFFIX))
                            .sorted()
                            .toList();
            if (packed.size() == 1) {
                return packed.get(0);
            }
            throw new FileNotFoundException(
                    "Expected "
                            + name
                            + SUFFIX
                            + " or a single packed file (*"
                            + SUFFIX
                            + ") in "
                            + modelDir
                            + ", found "
                            + (packed.isEmpty()
                                    ? "none"
                                    : packed.stream().map(Path::getFileName).toList())
                            + '.');
        }
    }

    /** {@inheritDoc} */
    @Override
    public void save(Path folder, String name) throws IOException {
        if (!(block instanceof PackedBlock packed)) {
            throw new IllegalStateException("There is nothing to save: no packed file was loaded.");
        }
        Files.createDirectories(folder);
        String file = name == null || name.isEmpty() ? modelName : name;
        packed.packedModel().save(folder.resolve(file + SUFFIX));
        modelDir = folder.toAbsolutePath();
    }

    /** {@inheritDoc} */
    @Override
    public Block getBlock() {
        if (block == null) {
            throw new IllegalStateException("No packed file was loaded into this model.");
        }
        return block;
    }

    /** {@inheritDoc} */
    @Override
    public Trainer newTrainer(TrainingConfig config) {
        throw new UnsupportedOperationException(NO_TRAINING);
    }

    /** {@inheritDoc} */
    @Override
    public String[] getArtifactNames() {
        if (modelDir == null) {
            return new String[0];
        }
        try (Stream<Path> files = Files.walk(modelDir)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> modelDir.relativize(f).toString())
                    .filter(f -> !f.endsWith(SUFFIX))
                    .sorted()
                    .toArray(String[]::new);
        } catch (IOException e) {
            throw new IllegalStateException("The folder " + modelDir + " cannot be listed.", e);
        }
    }
}
