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
package org.binaryops.zoo.training;

import ai.djl.Application;
import ai.djl.Model;
import ai.djl.repository.Artifact;
import ai.djl.repository.License;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import ai.djl.util.Hex;
import ai.djl.util.JsonUtils;
import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes models of one artifact id in the layout of a DJL repository, with sizes and checksums. */
final class RepositoryWriter {

    private final Path folder;
    private final Metadata metadata = new Metadata();
    private final List<Artifact> artifacts = new ArrayList<>();

    RepositoryWriter(
            Path root, Application application, String groupId, String artifactId, String title)
            throws IOException {
        MRL model = MRL.model(null, application, groupId, artifactId, null, null);
        folder = root.resolve(model.toURI().getPath());
        Files.createDirectories(folder);
        metadata.setMetadataVersion("0.2");
        metadata.setResourceType("model");
        metadata.setApplication(application);
        metadata.setGroupId(groupId);
        metadata.setArtifactId(artifactId);
        metadata.setName(title);
        License license = new License();
        license.setId("apache");
        license.setName("The Apache License, Version 2.0");
        license.setUrl("https://www.apache.org/licenses/LICENSE-2.0");
        metadata.addLicense(license);
    }

    void describe(String description) {
        metadata.setDescription(description);
    }

    /** Saves the parameters of a model as those of a new artifact. */
    void add(
            Model model,
            String version,
            Map<String, String> properties,
            Map<String, Object> arguments)
            throws IOException {
        String name = model.getName();
        String file = name + "-0000.params";
        Path target = Files.createDirectories(folder.resolve(version).resolve(name));
        Path saved = Files.createTempDirectory(folder, "saving");
        byte[] bytes;
        try {
            model.setProperty("Epoch", "0");
            model.save(saved, name);
            bytes = Files.readAllBytes(saved.resolve(file));
            Files.move(
                    saved.resolve(file),
                    target.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Utils.deleteQuietly(saved);
        }

        Artifact.Item item = new Artifact.Item();
        item.setUri(version + '/' + name + '/' + file);
        item.setName(file);
        item.setSha1Hash(sha1(bytes));
        item.setSize(bytes.length);
        Artifact artifact = new Artifact();
        artifact.setVersion(version);
        artifact.setName(name);
        artifact.setProperties(new TreeMap<>(properties));
        artifact.setArguments(new LinkedHashMap<>(arguments));
        artifact.setFiles(new LinkedHashMap<>(Map.of("parameters", item)));
        artifacts.add(artifact);
    }

    /** Writes the metadata of all added artifacts, in the order of their addition. */
    void finish() throws IOException {
        metadata.setArtifacts(artifacts);
        Path file = folder.resolve("metadata.json");
        Path saved = folder.resolve("metadata.json.tmp");
        String json = JsonUtils.GSON_PRETTY.toJson(metadata) + '\n';
        Files.write(saved, json.getBytes(StandardCharsets.UTF_8));
        Files.move(
                saved, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String sha1(byte[] bytes) {
        try {
            return Hex.toHexString(MessageDigest.getInstance("SHA-1").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-1", e);
        }
    }
}
