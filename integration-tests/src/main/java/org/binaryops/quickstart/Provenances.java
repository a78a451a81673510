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
package org.binaryops.quickstart;

import com.oracle.labs.mlrg.olcut.provenance.PrimitiveProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenance;
import java.util.Map;
import org.tribuo.provenance.ModelProvenance;
import org.tribuo.provenance.TrainerProvenance;

/** What a model remembers of its making, in a few lines. */
final class Provenances {

    private Provenances() {}

    /** The trainer, its plain settings, the number of the training, the data and the date. */
    static String shortText(ModelProvenance provenance) {
        TrainerProvenance trainer = provenance.getTrainerProvenance();
        StringBuilder text = new StringBuilder("Provenance: trained by ");
        text.append(simple(trainer.getClassName())).append('(');
        String separator = "";
        for (Map.Entry<String, Provenance> entry : trainer.getConfiguredParameters().entrySet()) {
            if (entry.getValue() instanceof PrimitiveProvenance<?> value) {
                text.append(separator).append(entry.getKey()).append('=').append(value.getValue());
                separator = ", ";
            }
        }
        text.append("), training number ")
                .append(trainer.getInstanceValues().get(TrainerProvenance.TRAIN_INVOCATION_COUNT))
                .append(",\n  on ")
                .append(provenance.getDatasetProvenance().getNumExamples())
                .append(" examples of ")
                .append(
                        simple(
                                provenance
                                        .getDatasetProvenance()
                                        .getSourceProvenance()
                                        .getClassName()))
                .append(", at ")
                .append(provenance.getTrainingTime());
        return text.toString();
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }
}
