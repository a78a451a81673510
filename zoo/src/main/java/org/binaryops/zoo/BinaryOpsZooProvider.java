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

import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooProvider;

/**
 * Offers {@link BinaryOpsModelZoo} to DJL through {@link java.util.ServiceLoader}.
 *
 * <p>DJL asks every provider while it initializes {@link ModelZoo}, and a provider that throws
 * there disables all zoos of the JVM. So nothing is read here: the metadata of a model is read when
 * it is looked for.
 */
public final class BinaryOpsZooProvider implements ZooProvider {

    /** Creates a provider. */
    public BinaryOpsZooProvider() {}

    /** {@inheritDoc} */
    @Override
    public ModelZoo getModelZoo() {
        return new BinaryOpsModelZoo();
    }
}
