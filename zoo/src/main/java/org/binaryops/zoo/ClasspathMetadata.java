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

import ai.djl.repository.Artifact;
import ai.djl.repository.Metadata;
import ai.djl.repository.VersionRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The metadata of an artifact id: DJL's, with the newest version found first. */
final class ClasspathMetadata extends Metadata {

    private static final Logger logger = LoggerFactory.getLogger(ClasspathMetadata.class);

    private static final Comparator<Artifact> NEWEST_FIRST =
            new Artifact.VersionComparator().reversed();

    private transient boolean missesLogged;

    /**
     * Lets a search that finds nothing log the reason: for a model that is looked up by URL, DJL's
     * own loader only tells its user that it found nothing.
     */
    ClasspathMetadata logMisses() {
        missesLogged = true;
        return this;
    }

    /** DJL takes the first artifact found; within a version the order of the file decides. */
    @Override
    public List<Artifact> search(VersionRange versionRange, Map<String, String> filter) {
        List<Artifact> found = new ArrayList<>(super.search(versionRange, filter));
        if (found.isEmpty() && missesLogged) {
            logger.warn("{}", explainMiss(versionRange.toString(), null, filter));
        }
        found.sort(NEWEST_FIRST);
        return found;
    }

    /** Checks all that the repository relies on later. */
    void validate(String resource) throws IOException {
        if (artifacts == null || artifacts.isEmpty()) {
            throw new IOException("Model metadata " + resource + " lists no artifacts.");
        }
        for (Artifact artifact : artifacts) {
            String name = artifact.getName();
            if (name == null || name.isEmpty() || artifact.getVersion() == null) {
                throw new IOException(
                        "Model metadata " + resource + ": an artifact lacks its name or version.");
            }
            for (Artifact.Item item : artifact.getFiles().values()) {
                if (item.getUri() == null || item.getName().isEmpty()) {
                    throw new IOException(
                            "Model metadata "
                                    + resource
                                    + ": a file of "
                                    + name
                                    + " lacks its uri.");
                }
                if (item.getSha1Hash() == null) {
                    throw new IOException(
                            "Model metadata "
                                    + resource
                                    + ": file "
                                    + item.getName()
                                    + " of "
                                    + name
                                    + " lacks its sha1Hash.");
                }
            }
        }
    }

    /** Says why a search found nothing: what was looked for and what there is. */
    String explainMiss(String version, String name, Map<String, String> filter) {
        StringBuilder sb = new StringBuilder(200);
        sb.append("No model of ").append(getGroupId()).append('/').append(getArtifactId());
        if (version != null && !version.isEmpty()) {
            sb.append(" of version ").append(version);
        }
        if (name != null) {
            sb.append(" with the name ").append(name);
        }
        if (filter != null && !filter.isEmpty()) {
            sb.append(" has the properties ").append(new TreeMap<>(filter));
        } else {
            sb.append(" exists");
        }
        return sb.append("; there are ").append(describeArtifacts()).append('.').toString();
    }

    private String describeArtifacts() {
        return artifacts.stream()
                .map(
                        a ->
                                a.getName()
                                        + ' '
                                        + a.getVersion()
                                        + ' '
                                        + new TreeMap<>(a.getProperties()))
                .collect(Collectors.joining(", "));
    }
}
