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

import ai.djl.ndarray.NDManager;

/** The engine as it is where there is no other one. */
final class PureEngine {

    private static final BinaryOpsEngine ENGINE = new BinaryOpsEngine(false);

    private PureEngine() {}

    static NDManager manager() {
        return ENGINE.newBaseManager();
    }
}
