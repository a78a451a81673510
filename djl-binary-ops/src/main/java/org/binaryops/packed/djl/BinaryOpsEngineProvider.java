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

import ai.djl.engine.Engine;
import ai.djl.engine.EngineProvider;

/** Tells the Deep Java Library that there is the engine {@value BinaryOpsEngine#ENGINE_NAME}. */
public final class BinaryOpsEngineProvider implements EngineProvider {

    /** Creates a provider; DJL does that by the service loader. */
    public BinaryOpsEngineProvider() {}

    /** {@inheritDoc} */
    @Override
    public String getEngineName() {
        return BinaryOpsEngine.ENGINE_NAME;
    }

    /** {@inheritDoc} */
    @Override
    public int getEngineRank() {
        return BinaryOpsEngine.RANK;
    }

    /** {@inheritDoc} */
    @Override
    public Engine getEngine() {
        return Holder.ENGINE;
    }

    /** Nothing happens before the engine is asked for. */
    private static final class Holder {
        static final BinaryOpsEngine ENGINE = new BinaryOpsEngine(true);
    }
}
