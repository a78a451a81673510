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
package org.binaryops.kan.training;

import ai.djl.ndarray.NDArray;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import org.binaryops.kan.Kan;

/**
 * Adapts the grids of a network while one of DJL's trainers trains it: after each n-th batch, up to
 * a last one, to fixed samples.
 *
 * <p>Optimizers with a memory, such as Adam, keep their memory of the old coefficients; the updates
 * should come early.
 */
public final class GridUpdateListener extends TrainingListenerAdapter {

    private final Kan kan;
    private final NDArray samples;
    private final int every;
    private final int lastBatch;
    private int batches;

    /**
     * Creates a listener.
     *
     * @param kan the network
     * @param samples what the grids adapt to, [samples, features]; must stay open
     * @param every the distance between updates, in batches, positive
     * @param lastBatch no update comes after this batch
     * @throws IllegalArgumentException if the distance is not positive
     */
    public GridUpdateListener(Kan kan, NDArray samples, int every, int lastBatch) {
        if (every <= 0) {
            throw new IllegalArgumentException("every must be positive, but was " + every + ".");
        }
        this.kan = kan;
        this.samples = samples;
        this.every = every;
        this.lastBatch = lastBatch;
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        ++batches;
        if (batches <= lastBatch && batches % every == 0) {
            kan.updateGrids(samples);
        }
    }
}
