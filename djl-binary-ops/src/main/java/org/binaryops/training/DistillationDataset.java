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
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.Dataset;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.ExecutorService;

/**
 * A data set whose labels are followed by a teacher's outputs for the same batch, after whatever
 * augmentation the batch has gone through.
 *
 * <p>The teacher runs at inference, without a gradient; it should be on the device of the training,
 * else its parameters are copied there for each batch. Evaluators such as {@code Accuracy}, which
 * look at the first label, work as before.
 *
 * <pre>{@code
 * EasyTrain.fit(trainer, epochs, new DistillationDataset(images, teacher.getBlock()), null);
 * }</pre>
 */
public final class DistillationDataset implements Dataset {

    private final Dataset dataset;
    private final Block teacher;

    /**
     * Creates a data set.
     *
     * @param dataset the data and the labels of the task
     * @param teacher the teacher, initialized; it takes the data of a batch
     */
    public DistillationDataset(Dataset dataset, Block teacher) {
        this.dataset = dataset;
        this.teacher = teacher;
    }

    /** {@inheritDoc} */
    @Override
    public Iterable<Batch> getData(NDManager manager) throws IOException, TranslateException {
        return taught(dataset.getData(manager));
    }

    /** {@inheritDoc} */
    @Override
    public Iterable<Batch> getData(NDManager manager, ExecutorService executorService)
            throws IOException, TranslateException {
        return taught(dataset.getData(manager, executorService));
    }

    /** {@inheritDoc} */
    @Override
    public void prepare(Progress progress) throws IOException, TranslateException {
        dataset.prepare(progress);
    }

    private Iterable<Batch> taught(Iterable<Batch> batches) {
        return () -> {
            Iterator<Batch> iterator = batches.iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return iterator.hasNext();
                }

                @Override
                public Batch next() {
                    Batch batch = iterator.next();
                    teach(batch);
                    return batch;
                }
            };
        };
    }

    private void teach(Batch batch) {
        NDManager manager = batch.getManager();
        NDList lessons = new NDList();
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDList outputs =
                    teacher.forward(new ParameterStore(manager, false), batch.getData(), false);
            for (NDArray output : outputs) {
                NDArray lesson = output.stopGradient();
                lesson.attach(manager);
                NDScope.unregister(lesson);
                lessons.add(lesson);
            }
        }
        batch.getLabels().addAll(lessons);
    }
}
