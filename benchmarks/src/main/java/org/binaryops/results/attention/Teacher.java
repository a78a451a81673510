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
package org.binaryops.results.attention;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import org.binaryops.training.DistributionLoss;
import org.binaryops.training.HiddenStateLoss;
import org.binaryops.training.WarmStart;

/**
 * A trained control that others start from and learn from, as TBT, BiT and BiPFT are published: by
 * its logits and by the outputs of its layers.
 */
final class Teacher implements AutoCloseable {

    private final Model model;

    Teacher(Model model) {
        this.model = model;
    }

    /** Gives its weights to an initialized student. */
    void start(Block student) {
        WarmStart.copy(model.getBlock(), student);
    }

    /** What it says of a batch. */
    NDList lesson(NDManager manager, NDArray x) {
        return model.getBlock().forward(new ParameterStore(manager, false), new NDList(x), false);
    }

    /** How far the outputs of a student are from a lesson. */
    static NDArray distance(NDList lesson, NDList outputs) {
        NDArray logits = new DistributionLoss().evaluate(lesson, outputs);
        return logits.add(new HiddenStateLoss().evaluate(lesson, outputs));
    }

    @Override
    public void close() {
        model.close();
    }
}
