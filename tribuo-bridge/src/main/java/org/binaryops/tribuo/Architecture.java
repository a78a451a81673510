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
package org.binaryops.tribuo;

import ai.djl.nn.Block;
import com.oracle.labs.mlrg.olcut.config.Configurable;
import com.oracle.labs.mlrg.olcut.provenance.ConfiguredObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenancable;
import com.oracle.labs.mlrg.olcut.provenance.impl.ConfiguredObjectProvenanceImpl;

/**
 * A recipe for a network, written down as configuration.
 *
 * <p>Tribuo rebuilds a trainer from its provenance, so a trainer cannot hold a network itself; it
 * holds the recipe. A saved model holds it too, beside the trained parameters. An implementation is
 * a class with a no-argument constructor (of any visibility) whose settings are fields annotated
 * with {@link com.oracle.labs.mlrg.olcut.config.Config}; the first and the last size of the network
 * come from the data.
 */
public interface Architecture extends Configurable, Provenancable<ConfiguredObjectProvenance> {

    /**
     * Builds the network, not initialized.
     *
     * <p>Called again whenever a model is trained, copied or loaded; each call must return a new
     * block of the same structure.
     *
     * @param features the number of columns of the input, [batch, features]
     * @param outputs the number of columns of the output, [batch, outputs]; its values are raw
     *     scores (for labels: logits), since the loss applies softmax or the like
     * @return a new block
     */
    Block build(int features, int outputs);

    /** {@inheritDoc} */
    @Override
    default ConfiguredObjectProvenance getProvenance() {
        return new ConfiguredObjectProvenanceImpl(this, "Architecture");
    }
}
