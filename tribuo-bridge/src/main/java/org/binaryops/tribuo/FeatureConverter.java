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

import com.oracle.labs.mlrg.olcut.config.Configurable;
import com.oracle.labs.mlrg.olcut.provenance.ConfiguredObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenancable;
import com.oracle.labs.mlrg.olcut.provenance.impl.ConfiguredObjectProvenanceImpl;
import org.tribuo.Example;
import org.tribuo.ImmutableFeatureMap;

/**
 * Decides which feature feeds which column of the network's input, and how values are scaled.
 *
 * <p>The converter is configuration only. What it learns from the training data, the range of each
 * feature, say, is in the {@link FeatureEncoder} that it returns, which the model keeps.
 */
public interface FeatureConverter extends Configurable, Provenancable<ConfiguredObjectProvenance> {

    /**
     * Prepares the conversion of examples.
     *
     * @param training the examples to train on, without those held out for validation; iterated
     *     more than once; all values are finite
     * @param features the feature domain of the data set
     * @return the conversion
     * @throws IllegalArgumentException if a feature does not suit this converter
     */
    FeatureEncoder fit(Iterable<? extends Example<?>> training, ImmutableFeatureMap features);

    /** {@inheritDoc} */
    @Override
    default ConfiguredObjectProvenance getProvenance() {
        return new ConfiguredObjectProvenanceImpl(this, "FeatureConverter");
    }
}
