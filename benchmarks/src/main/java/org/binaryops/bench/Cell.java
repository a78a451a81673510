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
package org.binaryops.bench;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * One cell of the grid: what decides about a result, bit for bit.
 *
 * @param method the name of the method
 * @param network the name of the network
 * @param data the name of the data set
 * @param seed the seed of the initial weights and of the order of the images
 * @param settings a digest of the recipe and of the data's content
 */
record Cell(String method, String network, String data, int seed, String settings) {

    private static final int DIGITS = 12;

    /** The digest of a recipe and the content of a data set. */
    static String settings(TrainingOptions options, String fingerprint) {
        byte[] text = (options.recipe() + ' ' + fingerprint).getBytes(StandardCharsets.UTF_8);
        return HexFormat.of().formatHex(ImageSet.sha256().digest(text)).substring(0, DIGITS);
    }

    /** A name for people. */
    String title() {
        return method + ' ' + network + ' ' + data + " seed " + seed;
    }

    /** A name for files. */
    String fileName() {
        return String.join("_", method, network, data, String.valueOf(seed), settings);
    }
}
