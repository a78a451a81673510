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
import ai.djl.repository.Artifact;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import ai.djl.repository.RepositoryFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Opens models of this zoo by URL, for {@code Criteria.optModelUrls} and for the system property
 * {@code ai.djl.repository.zoo.location}.
 *
 * <p>The form is that of DJL's {@code djl://} URLs, which always go to DJL's own server:
 *
 * <pre>
 * binaryops://GROUP/ARTIFACT[/VERSION[/NAME]][?ARGUMENT=VALUE&amp;...]
 * binaryops://org.binaryops.zoo/fashion_mlp
 * binaryops://org.binaryops.zoo/fashion_mlp/0.1.0/fashion_mlp_float?topK=1
 * </pre>
 *
 * <p>Without a version the newest is taken, without a name the first artifact that matches the
 * filters of the criteria. The query overrides arguments of the model. {@code binaryops:///GROUP/…}
 * is understood as well.
 */
public final class BinaryOpsRepositoryFactory implements RepositoryFactory {

    /** The scheme of the URLs, {@code binaryops}. */
    public static final String SCHEME = "binaryops";

    private static final Pattern PATH =
            Pattern.compile("/*([^/]+)/([^/]+?)(?:/([\\d.]+)(?:/([^/]+))?)?/?");
    private static final String FORM = SCHEME + "://GROUP/ARTIFACT[/VERSION[/NAME]]";

    /** Creates a factory. */
    public BinaryOpsRepositoryFactory() {}

    /** {@inheritDoc} */
    @Override
    public Set<String> getSupportedScheme() {
        return Set.of(SCHEME);
    }

    /**
     * Opens the repository that holds the one model of a URL.
     *
     * @param name the name of the repository
     * @param uri the URL
     * @return the repository
     * @throws IllegalArgumentException if the URL is malformed, or names a group, an artifact, a
     *     version or a name that does not exist
     */
    @Override
    public Repository newInstance(String name, URI uri) {
        // Not through ModelZoo.getModelZoo: DJL may call this while it still registers the zoos.
        ClasspathRepository all = BinaryOpsModelZoo.repository(name, uri);
        String authority = uri.getAuthority() == null ? "" : uri.getAuthority();
        String path = uri.getPath() == null ? "" : uri.getPath();
        Matcher matcher = PATH.matcher(authority + path);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("Expected a URL " + FORM + ", got " + uri + '.');
        }
        if (!BinaryOpsModelZoo.GROUP_ID.equals(matcher.group(1))) {
            throw new IllegalArgumentException(
                    "No group "
                            + matcher.group(1)
                            + " for the URL "
                            + uri
                            + "; expected "
                            + BinaryOpsModelZoo.GROUP_ID
                            + '.');
        }
        Application application = applicationOf(all.getResources(), matcher.group(2), uri);
        ClasspathRepository one =
                new ClasspathRepository(name, uri, all.getClassLoader(), BinaryOpsModelZoo.ROOT);
        MRL model =
                one.model(
                        application,
                        matcher.group(1),
                        matcher.group(2),
                        matcher.group(3),
                        matcher.group(4));
        checkExists(one, model, matcher.group(4));
        one.addResource(model);
        return one;
    }

    private static Application applicationOf(List<MRL> models, String artifactId, URI uri) {
        for (MRL model : models) {
            if (model.getArtifactId().equals(artifactId)) {
                return model.getApplication();
            }
        }
        String known = models.stream().map(MRL::getArtifactId).collect(Collectors.joining(", "));
        throw new IllegalArgumentException(
                "No artifact " + artifactId + " for the URL " + uri + "; there are " + known + '.');
    }

    private static void checkExists(ClasspathRepository repository, MRL model, String name) {
        try {
            Artifact artifact = model.match(null);
            if (artifact == null) {
                throw new IllegalArgumentException(
                        repository.read(model).explainMiss(model.getVersion(), name, null));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
