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

import ai.djl.repository.AbstractRepository;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Metadata;
import ai.djl.repository.Repository;
import ai.djl.repository.VersionRange;
import ai.djl.util.Hex;
import ai.djl.util.JsonUtils;
import ai.djl.util.Progress;
import ai.djl.util.Utils;
import com.google.gson.JsonParseException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A DJL {@link Repository} that lies on the class path, in a jar or in a folder of classes.
 *
 * <p>The resources have the layout of any DJL repository: {@code
 * ROOT/model/APPLICATION/GROUP/ARTIFACT/metadata.json} (dots of the group id are folders), and the
 * files of an artifact at their {@code uri} relative to it. Files are taken as they are, archives
 * are not unpacked. Everything works offline.
 *
 * <p>DJL loads models from files, so {@link #prepare} copies the files of an artifact into {@code
 * cache/repo} of DJL's cache directory. The copy's folder is named by the SHA-1 sums of its files:
 * a rebuilt jar with other weights never meets old copies. Every copy is checked against its size
 * and SHA-1 sum, and so is an existing copy before it is used again; a damaged copy is replaced,
 * while a damaged file in the jar is an {@link IOException}.
 *
 * <p>Another library can ship models of its own in the same way: add its models with {@link
 * #addResource} and hand each to {@code ModelZoo.addModel}.
 */
public final class ClasspathRepository extends AbstractRepository {

    private static final Logger logger = LoggerFactory.getLogger(ClasspathRepository.class);

    private static final String METADATA = "metadata.json";

    private final ClassLoader loader;
    private final String root;
    private final List<MRL> resources = new ArrayList<>();

    /**
     * Creates a repository, without reading anything.
     *
     * @param name the name of the repository
     * @param uri its address; the pairs of its query are added to the arguments of every artifact
     * @param loader the class loader that sees the resources
     * @param root the resource folder of the repository, such as {@code com/example/models}
     */
    public ClasspathRepository(String name, URI uri, ClassLoader loader, String root) {
        super(name, uri);
        this.loader = loader;
        this.root = root.endsWith("/") ? root : root + '/';
    }

    /**
     * Returns that the files are not read in place.
     *
     * @return {@code true}: DJL then looks for them where {@link #prepare} put them
     */
    @Override
    public boolean isRemote() {
        return true;
    }

    /**
     * Reads the metadata of a model.
     *
     * @param mrl the model
     * @return the metadata
     * @throws IOException if there is no such resource, or it is no valid metadata
     */
    @Override
    public Metadata locate(MRL mrl) throws IOException {
        return read(mrl).logMisses();
    }

    ClasspathMetadata read(MRL mrl) throws IOException {
        URI folder = mrl.toURI();
        String resource = root + folder.getPath() + METADATA;
        try (Reader reader = new InputStreamReader(open(resource), StandardCharsets.UTF_8)) {
            ClasspathMetadata metadata = JsonUtils.GSON.fromJson(reader, ClasspathMetadata.class);
            if (metadata == null) {
                throw new IOException("Model metadata " + resource + " is empty.");
            }
            metadata.validate(resource);
            metadata.init(arguments);
            metadata.setRepositoryUri(folder);
            return metadata;
        } catch (JsonParseException e) {
            throw new IOException("Model metadata " + resource + " is not valid JSON.", e);
        }
    }

    /**
     * Finds the newest artifact of a model that has the given properties.
     *
     * @param mrl the model
     * @param filter the wanted properties, or {@code null}
     * @return the artifact, or {@code null} if there is none
     * @throws IOException if the metadata cannot be read
     */
    @Override
    public Artifact resolve(MRL mrl, Map<String, String> filter) throws IOException {
        List<Artifact> found = read(mrl).search(VersionRange.parse(mrl.getVersion()), filter);
        return found.isEmpty() ? null : found.get(0);
    }

    /**
     * Returns the models that were added.
     *
     * @return the models, in the order of their addition
     */
    @Override
    public List<MRL> getResources() {
        return Collections.unmodifiableList(resources);
    }

    /**
     * Adds a model; its metadata is read when it is needed.
     *
     * @param mrl the model, made by {@link #model}
     */
    @Override
    public void addResource(MRL mrl) {
        resources.add(mrl);
    }

    /**
     * Returns where the files of an artifact are, or will be, copied to.
     *
     * @param artifact the artifact
     * @return a folder of DJL's cache that is named by the content of the files
     * @throws IOException if the cache directory cannot be made
     */
    @Override
    public Path getResourceDirectory(Artifact artifact) throws IOException {
        return getCacheDirectory()
                .resolve(artifact.getResourceUri().getPath())
                .resolve(contentAddress(artifact));
    }

    /** {@inheritDoc} */
    @Override
    protected URI resolvePath(Artifact.Item item, String path) throws IOException {
        return getResourceDirectory(item.getArtifact()).resolve(item.getName()).toUri();
    }

    /**
     * Copies the files of an artifact into the cache, unless intact copies are there.
     *
     * @param artifact the artifact
     * @param progress the progress tracker, or {@code null}
     * @throws IOException if a resource is missing, differs from its size or SHA-1 sum, or cannot
     *     be written
     */
    @Override
    public void prepare(Artifact artifact, Progress progress) throws IOException {
        Path directory = getResourceDirectory(artifact);
        if (Files.exists(directory)) {
            String damage = findDamage(directory, artifact.getFiles().values());
            if (damage == null) {
                logger.debug("Files are cached already: {}", directory);
                return;
            }
            logger.warn("Replacing the damaged cached model {}: {}", directory, damage);
            Utils.deleteQuietly(directory);
            if (Files.exists(directory)) {
                throw new IOException(
                        "Cannot replace the damaged cached model "
                                + directory
                                + ": "
                                + damage
                                + '.');
            }
        }
        super.prepare(artifact, progress);
    }

    /** {@inheritDoc} */
    @Override
    protected void download(Path tmp, URI baseUri, Artifact.Item item, Progress progress)
            throws IOException {
        String resource = root + baseUri.resolve(item.getUri()).getPath();
        Path file = tmp.resolve(item.getName());
        MessageDigest digest = sha1();
        try (InputStream in = new DigestInputStream(open(resource), digest);
                OutputStream out = Files.newOutputStream(file)) {
            in.transferTo(out);
        }
        String damage = describeDamage(item, Files.size(file), digest);
        if (damage != null) {
            throw new IOException("Model file " + resource + " is damaged: " + damage + '.');
        }
        if (progress != null) {
            progress.increment(item.getSize());
        }
    }

    /** The class loader that sees the resources, and the classes that go with them. */
    ClassLoader getClassLoader() {
        return loader;
    }

    private InputStream open(String resource) throws IOException {
        URL url = loader.getResource(resource);
        if (url == null) {
            throw new IOException("Resource " + resource + " is not on the class path.");
        }
        URLConnection connection = url.openConnection();
        // The JVM's cache of open jars would keep an older jar that was replaced at the same path.
        connection.setUseCaches(false);
        return connection.getInputStream();
    }

    private static String contentAddress(Artifact artifact) {
        MessageDigest digest = sha1();
        Map<String, String> sums = new TreeMap<>();
        for (Artifact.Item item : artifact.getFiles().values()) {
            sums.put(item.getName(), item.getSha1Hash());
        }
        digest.update(sums.toString().getBytes(StandardCharsets.UTF_8));
        return Hex.toHexString(digest.digest());
    }

    private static String findDamage(Path directory, Collection<Artifact.Item> items)
            throws IOException {
        for (Artifact.Item item : items) {
            Path file = directory.resolve(item.getName());
            if (!Files.isRegularFile(file)) {
                return item.getName() + " is missing";
            }
            MessageDigest digest = sha1();
            try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
                in.transferTo(OutputStream.nullOutputStream());
            }
            String damage = describeDamage(item, Files.size(file), digest);
            if (damage != null) {
                return damage;
            }
        }
        return null;
    }

    private static String describeDamage(Artifact.Item item, long size, MessageDigest digest) {
        String expected = item.getSha1Hash();
        String found = Hex.toHexString(digest.digest());
        if (expected.equalsIgnoreCase(found) && item.getSize() == size) {
            return null;
        }
        return item.getName()
                + ", expected "
                + item.getSize()
                + " bytes with SHA-1 "
                + expected
                + ", found "
                + size
                + " bytes with SHA-1 "
                + found;
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java platform has SHA-1", e);
        }
    }
}
