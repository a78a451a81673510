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
package org.binaryops.packed.compiler;

import ai.djl.nn.Block;

/** Says which layer of a network cannot be packed, and why. */
public class UnpackableBlockException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String path;

    /**
     * Creates the exception.
     *
     * @param path where the layer is in the tree of blocks, for example {@code
     *     02SequentialBlock/01Linear}
     * @param block the layer
     * @param reason why it cannot be packed
     */
    public UnpackableBlockException(String path, Block block, String reason) {
        super("Cannot pack " + path + " (" + block.getClass().getName() + "): " + reason);
        this.path = path;
    }

    /**
     * Returns where the layer is.
     *
     * @return the names of the blocks from the root to the layer, separated by slashes
     */
    public String getPath() {
        return path;
    }
}
