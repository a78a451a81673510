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

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Points DJL's cache to an empty folder for the length of a test. */
public final class EmptyCache {

    private static final String KEY = "DJL_CACHE_DIR";

    private final Path folder;
    private final String before;

    /** Starts to use a folder as the cache. */
    public EmptyCache(Path folder) {
        // The engine's native library stays where it is.
        Engine.getInstance();
        this.folder = folder;
        before = System.setProperty(KEY, folder.toString());
    }

    /** Does something that fills the cache. */
    public static <T> T with(Path folder, Callable<T> action) throws Exception {
        EmptyCache cache = new EmptyCache(folder);
        try {
            return action.call();
        } finally {
            cache.close();
        }
    }

    /** The files that the cache holds. */
    public List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
        }
    }

    /** Restores the cache of before. */
    public void close() {
        if (before == null) {
            System.clearProperty(KEY);
        } else {
            System.setProperty(KEY, before);
        }
    }
}
