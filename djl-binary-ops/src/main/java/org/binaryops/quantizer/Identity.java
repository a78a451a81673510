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

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;

/**
 * No quantization: passes values and gradients through.
 *
 * <p>It stands where a layer takes a quantizer but an operand shall keep its float values, or has
 * been quantized before.
 */
public final class Identity extends Quantizer {

    private static final byte VERSION = 1;

    /** Creates the identity. */
    public Identity() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return x;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }
}
