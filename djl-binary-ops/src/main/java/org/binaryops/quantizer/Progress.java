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
package org.binaryops.quantizer;

import ai.djl.MalformedModelException;
import java.io.DataInputStream;
import java.io.IOException;

/** The share of training that is done, checked. */
final class Progress {

    private Progress() {}

    static double check(double progress) {
        if (!(progress >= 0 && progress <= 1)) {
            throw new IllegalArgumentException(
                    "progress must be in [0, 1], but was " + progress + ".");
        }
        return progress;
    }

    static double read(DataInputStream is, String owner)
            throws IOException, MalformedModelException {
        double progress = is.readDouble();
        if (!(progress >= 0 && progress <= 1)) {
            throw new MalformedModelException(
                    owner + ": the progress must be in [0, 1], but the file says " + progress);
        }
        return progress;
    }
}
