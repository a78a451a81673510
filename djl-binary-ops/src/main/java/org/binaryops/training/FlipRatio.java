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
package org.binaryops.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.Trainer;
import java.util.HashMap;
import java.util.Map;

/**
 * Records which share of the binary weights has changed its sign since it was recorded before, the
 * flip ratio of Larq (Geiger &amp; Team, JOSS 2020): near 0 for a network that has settled, large
 * for a learning rate that is too high.
 *
 * <p>The sign is that of the weight as its quantizer sees it: after centring, or of sin(ωw). All
 * one-bit weights of the model count together; layers whose weights are not binary are left out.
 * The first value compares with the weights before the first step. The metric is called {@link
 * #NAME}; the trainer must have metrics ({@code trainer.setMetrics(new Metrics())}).
 *
 * <p>A copy of the signs is kept, one byte for each weight.
 */
public final class FlipRatio extends PeriodicMetric {

    /** The name of the metric. */
    public static final String NAME = "flip_ratio";

    private final Map<String, NDArray> before = new HashMap<>();

    /** Creates a listener that records the flips of each epoch. */
    public FlipRatio() {
        super(NAME);
    }

    /**
     * Creates a listener that records every few batches the flips since the last time. DJL reports
     * a batch before its step, so that the value of batch b covers the steps up to batch b − 1.
     *
     * @param batches the number of batches, positive
     * @throws IllegalArgumentException if the number is not positive
     */
    public FlipRatio(int batches) {
        super(NAME, batches);
    }

    @Override
    void begin(Trainer trainer) {
        forget();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            for (QuantizedWeight weight : QuantizedWeight.binary(trainer.getModel().getBlock())) {
                keep(trainer, weight.parameter().getId(), signs(weight));
            }
        }
    }

    @Override
    NDArray measure(Trainer trainer) {
        NDArray flips = null;
        long total = 0;
        for (QuantizedWeight weight : QuantizedWeight.binary(trainer.getModel().getBlock())) {
            String id = weight.parameter().getId();
            NDArray now = signs(weight);
            NDArray last = before.get(id);
            if (last != null) {
                NDArray changed = now.neq(last).countNonzero();
                flips = flips == null ? changed : flips.add(changed);
                total += now.size();
                last.close();
            }
            keep(trainer, id, now);
        }
        return flips == null ? null : flips.toType(DataType.FLOAT64, false).div(total);
    }

    private static NDArray signs(QuantizedWeight weight) {
        return weight.value().sign().toType(DataType.INT8, true);
    }

    private void keep(Trainer trainer, String id, NDArray signs) {
        NDScope.unregister(signs);
        signs.attach(trainer.getManager());
        before.put(id, signs);
    }

    private void forget() {
        before.values().forEach(NDArray::close);
        before.clear();
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingEnd(Trainer trainer) {
        forget();
    }
}
