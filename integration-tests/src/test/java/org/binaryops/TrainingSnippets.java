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
package org.binaryops;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import org.binaryops.network.BinaryMethod;
import org.binaryops.network.ResNet;
import org.binaryops.quantizer.codebook.Codebook;
import org.binaryops.training.AnnealingListener;
import org.binaryops.training.EstimatingError;
import org.binaryops.training.FlipRatio;
import org.binaryops.training.Summary;
import org.binaryops.training.WeightClipping;

/** The README's snippets about training; {@link ReadmeTest} runs them and compares their text. */
final class TrainingSnippets {

    private TrainingSnippets() {}

    static DefaultTrainingConfig aids(Block net, int epochs) {
        DefaultTrainingConfig config =
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                        .optOptimizer(WeightClipping.of(Optimizer.adam().build(), net))
                        .addTrainingListeners(
                                new AnnealingListener(epochs),
                                new FlipRatio(), // metrics of the trainer, beside the loss
                                new EstimatingError());
        return config;
    }

    static String summary() {
        Block net = ResNet.cifar20(BinaryMethod.named("reste"), 10);
        System.out.println(Summary.of(net, new Shape(1, 3, 32, 32)));
        return Summary.of(net, new Shape(1, 3, 32, 32)).toString();
    }

    static Block codebook() {
        Block net =
                new SequentialBlock()
                        .add(Linear.builder().setUnits(64).build())
                        .add(Codebook.builder().setCodes(1000).optTopK(8).build())
                        .add(Linear.builder().setUnits(10).build());
        return net;
    }
}
