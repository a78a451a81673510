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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Application;
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.util.Hex;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The repository on made-up models, in a folder and in a jar. */
class ClasspathRepositoryTest {

    private static final String MODEL = "models/model/cv/image_classification/com/acme/net/";
    private static final String FILE = "net-0000.params";

    @TempDir Path folder;
    private final List<URLClassLoader> loaders = new ArrayList<>();
    private EmptyCache cache;

    @BeforeEach
    void emptyCache() {
        cache = new EmptyCache(folder.resolve("cache"));
    }

    @AfterEach
    void restoreCache() throws IOException {
        cache.close();
        for (URLClassLoader loader : loaders) {
            loader.close();
        }
    }

    private static String sha1(byte[] bytes) throws Exception {
        return Hex.toHexString(MessageDigest.getInstance("SHA-1").digest(bytes));
    }

    private static String artifact(String version, String kind, byte[] weights) throws Exception {
        return String.format(
                "{\"version\":\"%s\",\"name\":\"net\",\"properties\":{\"kind\":\"%s\"},"
                        + "\"files\":{\"parameters\":{\"uri\":\"%s/%s\",\"name\":\"%s\","
                        + "\"sha1Hash\":\"%s\",\"size\":%d}}}",
                version, kind, version, FILE, FILE, sha1(weights), weights.length);
    }

    private static byte[] metadata(String... artifacts) {
        String json =
                "{\"metadataVersion\":\"0.2\",\"application\":\"cv/image_classification\","
                        + "\"groupId\":\"com.acme\",\"artifactId\":\"net\",\"artifacts\":["
                        + String.join(",", artifacts)
                        + "]}";
        return json.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, byte[]> oneModel(byte[] weights) throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(MODEL + "metadata.json", metadata(artifact("1.0", "a", weights)));
        files.put(MODEL + "1.0/" + FILE, weights);
        return files;
    }

    private URL write(Map<String, byte[]> files, boolean jar) throws IOException {
        if (!jar) {
            Path root = folder.resolve("classes");
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path path = root.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.write(path, file.getValue());
            }
            return root.toUri().toURL();
        }
        // A name that must be escaped in a URL.
        Path path = folder.resolve("my models+1.jar");
        try (OutputStream out = Files.newOutputStream(path);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
            }
        }
        return path.toUri().toURL();
    }

    private ClasspathRepository repository(URL url) {
        URLClassLoader loader = new URLClassLoader(new URL[] {url}, null);
        loaders.add(loader);
        URI uri = URI.create("acme://com.acme?color=red");
        ClasspathRepository repository = new ClasspathRepository("acme", uri, loader, "models");
        repository.addResource(
                repository.model(Application.CV.IMAGE_CLASSIFICATION, "com.acme", "net"));
        return repository;
    }

    private static byte[] load(ClasspathRepository repository) throws IOException {
        Artifact artifact = repository.resolve(repository.getResources().get(0), null);
        repository.prepare(artifact);
        return Files.readAllBytes(repository.getResourceDirectory(artifact).resolve(FILE));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void copiesFilesIntoTheCache(boolean jar) throws Exception {
        byte[] weights = {1, 2, 3};
        ClasspathRepository repository = repository(write(oneModel(weights), jar));
        MRL mrl = repository.getResources().get(0);
        Artifact artifact = mrl.getDefaultArtifact();
        assertFalse(mrl.isPrepared(artifact));
        assertArrayEquals(weights, load(repository));
        assertTrue(mrl.isPrepared(artifact));
        assertEquals("red", artifact.getArguments().get("color"), "the query became an argument");
        assertEquals(1, cache.files().size());
        assertTrue(repository.isRemote());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rebuiltJarAtTheSamePathServesTheNewWeights(boolean jar) throws Exception {
        assertArrayEquals(new byte[] {1}, load(repository(write(oneModel(new byte[] {1}), jar))));
        assertArrayEquals(new byte[] {2}, load(repository(write(oneModel(new byte[] {2}), jar))));
        assertEquals(2, cache.files().size(), "each content has its own folder");
    }

    @Test
    void equalContentIsCopiedOnce() throws Exception {
        load(repository(write(oneModel(new byte[] {1}), true)));
        Path copy = cache.files().get(0);
        var time = Files.getLastModifiedTime(copy);
        load(repository(write(oneModel(new byte[] {1}), false)));
        assertEquals(List.of(copy), cache.files());
        assertEquals(time, Files.getLastModifiedTime(copy));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void damagedResourceIsRefused(boolean jar) throws Exception {
        byte[] weights = new byte[1000];
        Map<String, byte[]> files = oneModel(weights);
        byte[] flipped = weights.clone();
        flipped[500] ^= 1;
        files.put(MODEL + "1.0/" + FILE, flipped);
        ClasspathRepository repository = repository(write(files, jar));
        IOException e = assertThrows(IOException.class, () -> load(repository));
        assertEquals(
                "Model file "
                        + MODEL
                        + "1.0/"
                        + FILE
                        + " is damaged: net-0000.params, expected 1000 bytes with SHA-1 "
                        + sha1(weights)
                        + ", found 1000 bytes with SHA-1 "
                        + sha1(flipped)
                        + ".",
                e.getMessage());
        assertEquals(List.of(), cache.files(), "nothing is left in the cache");
    }

    @Test
    void truncatedResourceIsRefused() throws Exception {
        Map<String, byte[]> files = oneModel(new byte[1000]);
        files.put(MODEL + "1.0/" + FILE, new byte[999]);
        ClasspathRepository repository = repository(write(files, true));
        IOException e = assertThrows(IOException.class, () -> load(repository));
        assertTrue(e.getMessage().contains("expected 1000 bytes with SHA-1 "), e.getMessage());
        assertTrue(e.getMessage().contains("found 999 bytes with SHA-1 "), e.getMessage());
    }

    @Test
    void damagedCacheIsReplaced() throws Exception {
        byte[] weights = {1, 2, 3};
        ClasspathRepository repository = repository(write(oneModel(weights), true));
        load(repository);
        Path copy = cache.files().get(0);
        Files.write(copy, new byte[] {1, 2, 4});
        assertArrayEquals(weights, load(repository));
        Files.delete(copy);
        assertArrayEquals(weights, load(repository));
    }

    @Test
    void newestVersionThatMatchesIsTaken() throws Exception {
        Map<String, byte[]> files = oneModel(new byte[] {1});
        files.put(
                MODEL + "metadata.json",
                metadata(
                        artifact("1.9", "a", new byte[] {1}),
                        artifact("1.10", "a", new byte[] {2}),
                        artifact("1.10", "b", new byte[] {3})));
        ClasspathRepository repository = repository(write(files, false));
        MRL any = repository.getResources().get(0);
        assertEquals("1.10", any.match(null).getVersion());
        assertEquals("a", any.match(null).getProperties().get("kind"));
        assertEquals("b", any.match(Map.of("kind", "b")).getProperties().get("kind"));
        assertNull(any.match(Map.of("kind", "c")));
        assertNull(repository.resolve(any, Map.of("kind", "c")));
        MRL old =
                repository.model(
                        Application.CV.IMAGE_CLASSIFICATION, "com.acme", "net", "[1.0,1.9]");
        assertEquals("1.9", old.match(null).getVersion());
        assertEquals("1.9", old.getDefaultArtifact().getVersion());
    }

    @Test
    void artifactsOfOtherContentHaveOtherFolders() throws Exception {
        ClasspathRepository a = repository(write(oneModel(new byte[] {1}), false));
        Path first = a.getResourceDirectory(a.getResources().get(0).getDefaultArtifact());
        ClasspathRepository b = repository(write(oneModel(new byte[] {2}), false));
        Path second = b.getResourceDirectory(b.getResources().get(0).getDefaultArtifact());
        assertNotEquals(first, second);
        assertEquals(first.getParent(), second.getParent());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ | is not valid JSON.",
                "'' | is empty.",
                "{} | lists no artifacts.",
                "{'artifacts':[{'version':'1'}]} | an artifact lacks its name or version.",
                "{'artifacts':[{'name':'n'}]} | an artifact lacks its name or version.",
                "{'artifacts':[{'version':'1','name':'n','files':{'f':{'name':'x'}}}]} |"
                        + " a file of n lacks its uri.",
                "{'artifacts':[{'version':'1','name':'n','files':{'f':{'uri':'x'}}}]} |"
                        + " file x of n lacks its sha1Hash."
            },
            quoteCharacter = '`')
    void badMetadataIsExplained(String json, String reason) throws Exception {
        String text = json.replace('\'', '"').replace("\"\"", "");
        ClasspathRepository repository =
                repository(
                        write(
                                Map.of(
                                        MODEL + "metadata.json",
                                        text.getBytes(StandardCharsets.UTF_8)),
                                true));
        MRL mrl = repository.getResources().get(0);
        IOException e = assertThrows(IOException.class, () -> repository.locate(mrl));
        assertTrue(e.getMessage().startsWith("Model metadata " + MODEL), e.getMessage());
        assertTrue(e.getMessage().endsWith(reason), e.getMessage());
    }

    @Test
    void missingResourcesAreNamed() throws Exception {
        ClasspathRepository empty = repository(write(Map.of("models/x", new byte[0]), true));
        MRL mrl = empty.getResources().get(0);
        IOException e = assertThrows(IOException.class, () -> empty.locate(mrl));
        assertEquals(
                "Resource " + MODEL + "metadata.json is not on the class path.", e.getMessage());

        Map<String, byte[]> files = oneModel(new byte[] {1});
        files.remove(MODEL + "1.0/" + FILE);
        ClasspathRepository noWeights = repository(write(files, true));
        e = assertThrows(IOException.class, () -> load(noWeights));
        assertEquals(
                "Resource " + MODEL + "1.0/" + FILE + " is not on the class path.", e.getMessage());
    }
}
