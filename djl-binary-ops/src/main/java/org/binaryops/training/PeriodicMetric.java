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

import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

/**
 * A listener that records one number every few batches, or after each epoch, in the metrics of the
 * trainer. It computes nothing where the trainer has no metrics.
 */
abstract class PeriodicMetric extends TrainingListenerAdapter {

    private static final int EPOCH = 0;

    private final String name;
    private final int batches;
    private int seen;

    PeriodicMetric(String name) {
        this.name = name;
        batches = EPOCH;
    }

    PeriodicMetric(String name, int batches) {
        if (batches <= 0) {
            throw new IllegalArgumentException(
                    "batches must be positive, but was " + batches + ".");
        }
        this.name = name;
        this.batches = batches;
    }

    /** Computes the number as a scalar array, {@code null} if there is none to record. */
    abstract NDArray measure(Trainer trainer);

    /** Looks at the first batch, before the first step. */
    void begin(Trainer trainer) {}

    final boolean recordsEpochs() {
        return batches == EPOCH;
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBegin(Trainer trainer) {
        seen = 0;
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        if (trainer.getMetrics() == null) {
            return;
        }
        if (seen == 0) {
            begin(trainer);
        }
        ++seen;
        if (batches != EPOCH && seen % batches == 0) {
            record(trainer);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onEpoch(Trainer trainer) {
        if (batches == EPOCH && trainer.getMetrics() != null) {
            record(trainer);
        }
    }

    private void record(Trainer trainer) {
        Metrics metrics = trainer.getMetrics();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray value = measure(trainer);
            if (value != null) {
                metrics.addMetric(name, Indicators.scalar(value));
            }
        }
    }
}
