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

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Carries the gradient on over every {@link GradientCut} of a model, between the backward pass of
 * the loss and the step.
 *
 * <pre>{@code
 * new DefaultTrainingConfig(loss).addTrainingListeners(new GradientCuts());
 * }</pre>
 *
 * <p>It works with {@code EasyTrain} and with every loop that calls {@code
 * EasyTrain.trainBatch(trainer, batch)} before {@code trainer.step()}; a loop with a gradient
 * collector of its own calls {@link #replay} after closing it. Add it before listeners that look at
 * gradients. The cost is one more backward call for each cut; the whole graph is walked once.
 *
 * <p>One object serves one trainer at a time.
 */
public final class GradientCuts extends TrainingListenerAdapter {

    private final Deque<Cut> open = new ArrayDeque<>();

    /**
     * The two ends of the graph at a cut.
     *
     * @param block the block that made it
     * @param end x, where the graph before the cut ends
     * @param leaf y, where the graph after the cut begins
     */
    private record Cut(GradientCut block, NDArray end, NDArray leaf) {

        void close() {
            end.close();
            leaf.close();
        }
    }

    /** Creates a listener. */
    public GradientCuts() {}

    synchronized void add(GradientCut block, NDArray end, NDArray leaf) {
        Cut last = open.peekLast();
        if (last != null && last.end.isReleased()) {
            open.clear();
            throw new IllegalStateException(
                    "The gradients of a batch were lost: it was closed before GradientCuts carried"
                            + " them on. Call EasyTrain.trainBatch, or replay(trainer) after the"
                            + " backward pass.");
        }
        open.addLast(new Cut(block, end, leaf));
    }

    /**
     * Completes the gradients of the parameters before the cuts, from the last cut to the first.
     *
     * @param trainer the trainer, with no gradient collector open
     * @throws IllegalStateException if a value before a cut reaches the loss also beside the cut,
     *     so that its graph has been used up
     */
    public synchronized void replay(Trainer trainer) {
        if (open.isEmpty()) {
            return;
        }
        try (GradientCollector collector = trainer.newGradientCollector()) {
            while (!open.isEmpty()) {
                Cut cut = open.removeLast();
                try {
                    goOn(collector, cut);
                } finally {
                    cut.close();
                }
            }
        } finally {
            clear();
        }
    }

    private static void goOn(GradientCollector collector, Cut cut) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray gradient = cut.block.transform(cut.leaf.getGradient()).stopGradient();
            // A cut before which nothing learns has no graph; with this leaf the sum has one.
            NDArray leaf = cut.end.getManager().zeros(new Shape(1), cut.end.getDataType());
            leaf.setRequiresGradient(true);
            NDArray target = cut.end.mul(gradient).sum().add(leaf.sum());
            collector.backward(target);
        } catch (EngineException e) {
            if (e.getMessage() == null || !e.getMessage().contains("second time")) {
                throw e;
            }
            throw new IllegalStateException(
                    "The graph before a "
                            + cut.block.getClass().getSimpleName()
                            + " was used up: a value reaches the loss both through the cut and"
                            + " beside it. Put a GradientCut.identity() where the paths part.",
                    e);
        }
    }

    private void clear() {
        open.forEach(Cut::close);
        open.clear();
    }

    private void attach(Block block, GradientCuts cuts) {
        if (block instanceof GradientCut cut) {
            cut.setCuts(cuts);
        }
        for (Block child : block.getChildren().values()) {
            attach(child, cuts);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBegin(Trainer trainer) {
        open.clear();
        attach(trainer.getModel().getBlock(), this);
    }

    /** {@inheritDoc} */
    @Override
    public void onTrainingBatch(Trainer trainer, BatchData batchData) {
        replay(trainer);
    }

    /** {@inheritDoc} */
    @Override
    public synchronized void onTrainingEnd(Trainer trainer) {
        clear();
        attach(trainer.getModel().getBlock(), null);
    }
}
