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
package org.binaryops.quantizer.codebook;

import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;

/**
 * Replaces, every n batches, the codes that no batch used since the last time by inputs of the
 * following training pass, in every {@link Codebook} of a model.
 *
 * <pre>{@code
 * new DefaultTrainingConfig(loss).addTrainingListeners(new DeadCodeReplacement(100, 0.01));
 * }</pre>
 */
public final class DeadCodeReplacement extends TrainingListenerAdapter {

    private final int batches;
    private final double noise;
    private long seen;

    /**
     * Creates a listener.
     *
     * @param batches n, positive
     * @param noise the noise on the inputs, ρ of {@link Codebook#replaceDeadCodes}
     * @throws IllegalArgumentException if {@code batches} is not positive or {@code noise} is
     *     negative or not finite
     */
    public DeadCodeReplacement(int batches, double noise) {
        if (batches <= 0) {
            throw new IllegalArgumentException(
                    "batches must be positive, but was " + batches + ".");
        }
        if (!(noise >= 0 && noise < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "noise must be finite and not negative, but was " + noise + ".");
        }
        this.batches = batches;
        this.noise = noise;
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        if (++seen % batches == 0) {
            request(trainer.getModel().getBlock());
        }
    }

    private void request(Block block) {
        if (block instanceof Codebook codebook) {
            codebook.requestReplacement(noise);
        }
        for (Block child : block.getChildren().values()) {
            request(child);
        }
    }
}
