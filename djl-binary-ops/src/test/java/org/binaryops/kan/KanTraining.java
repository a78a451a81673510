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
package org.binaryops.kan;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.SequentialBlock;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import org.binaryops.testing.Gradients;

/** A network of B-spline layers, and single steps of its training. */
final class KanTraining {

    private KanTraining() {}

    static Model network(int grid, double range, int... units) {
        SequentialBlock block = new SequentialBlock();
        for (int u : units) {
            block.add(
                    KanLinear.builder().setUnits(u).optGrid(grid).optRange(-range, range).build());
        }
        Model model = Model.newInstance("kan", Device.cpu());
        model.setBlock(block);
        return model;
    }

    static Trainer trainer(Model model, Loss loss, Optimizer optimizer, NDArray x) {
        Trainer trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(loss)
                                .optDevices(new Device[] {Device.cpu()})
                                .optOptimizer(optimizer));
        trainer.initialize(x.getShape());
        return trainer;
    }

    static void step(Trainer trainer, NDArray x, NDArray y) {
        try (NDManager scratch = x.getManager().newSubManager()) {
            // The results of the network and of the loss go to the managers of these.
            NDArray input = x.duplicate();
            input.attach(scratch);
            NDArray label = y.duplicate();
            label.attach(scratch);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                NDList output = trainer.forward(new NDList(input));
                Gradients.backward(
                        collector, trainer.getLoss().evaluate(new NDList(label), output));
            }
            trainer.step();
        }
    }

    static NDArray predict(Trainer trainer, NDArray x) {
        try (NDManager scratch = x.getManager().newSubManager()) {
            NDArray input = x.duplicate();
            input.attach(scratch);
            NDArray output = trainer.evaluate(new NDList(input)).singletonOrThrow();
            output.attach(x.getManager());
            return output;
        }
    }
}
