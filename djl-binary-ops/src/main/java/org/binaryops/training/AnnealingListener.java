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

import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.listener.TrainingListenerAdapter;
import org.binaryops.quantizer.Annealed;

/**
 * Drives every {@link Annealed} block of a model by the progress of training.
 *
 * <p>By epochs, as the papers do: in epoch e of E (counted from 0) the progress is e / E. By
 * batches the progress also grows inside the epoch, in equal steps.
 *
 * <pre>{@code
 * new DefaultTrainingConfig(loss).addTrainingListeners(new AnnealingListener(epochs));
 * }</pre>
 */
public final class AnnealingListener extends TrainingListenerAdapter {

    private final int epochs;
    private final boolean byBatch;
    private int completed;

    /**
     * Creates a listener that moves on with each epoch.
     *
     * @param epochs E, the number of epochs of the whole training, positive
     * @throws IllegalArgumentException if the number is not positive
     */
    public AnnealingListener(int epochs) {
        this(epochs, false);
    }

    /**
     * Creates a listener.
     *
     * @param epochs E, the number of epochs of the whole training, positive
     * @param byBatch whether the progress grows with each batch, or with each epoch only
     * @throws IllegalArgumentException if the number is not positive
     */
    public AnnealingListener(int epochs, boolean byBatch) {
        if (epochs <= 0) {
            throw new IllegalArgumentException("epochs must be positive, but was " + epochs + ".");
        }
        this.epochs = epochs;
        this.byBatch = byBatch;
    }

    /**
     * Sets the progress of every annealed block below a block.
     *
     * @param root the block, searched with all its descendants
     * @param progress the share of training that is done, in [0, 1]
     */
    public static void anneal(Block root, double progress) {
        if (root instanceof Annealed annealed) {
            annealed.setProgress(progress);
        }
        for (Block child : root.getChildren().values()) {
            anneal(child, progress);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBegin(Trainer trainer) {
        completed = 0;
        anneal(trainer.getModel().getBlock(), 0);
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        Batch batch = batchData.getBatch();
        if (byBatch && batch.getProgressTotal() > 0) {
            // DJL counts the samples that have been read, this batch included.
            double inEpoch = (double) batch.getProgress() / batch.getProgressTotal();
            set(trainer, completed + Math.min(1, inEpoch));
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onEpoch(Trainer trainer) {
        set(trainer, ++completed);
    }

    private void set(Trainer trainer, double epochsDone) {
        anneal(trainer.getModel().getBlock(), Math.min(1, epochsDone / epochs));
    }
}
