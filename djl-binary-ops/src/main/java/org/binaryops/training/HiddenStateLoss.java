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
import ai.djl.training.loss.Loss;
import org.binaryops.gradient.Temporaries;

/**
 * The distance of a student's hidden states from a teacher's, as in BiT (Liu et al., NeurIPS 2022)
 * and TBT (Liu et al., ACL 2023): the sum over the hidden states of mean((h<sub>student</sub> −
 * h<sub>teacher</sub>)²).
 *
 * <p>Both networks give their logits first and then the hidden states, which must agree in number
 * and shapes; the labels end with the teacher's outputs ({@link DistillationDataset}).
 */
public final class HiddenStateLoss extends Loss {

    /** Creates a loss. */
    public HiddenStateLoss() {
        super("HiddenStateLoss");
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
        if (predictions.size() < 2) {
            throw new IllegalArgumentException(
                    "The network must give hidden states after its logits, but gave one array.");
        }
        return Temporaries.freed(
                predictions.head().getManager(),
                () -> {
                    NDArray sum = null;
                    for (int i = 1; i < predictions.size(); ++i) {
                        NDArray teacher = Distillation.teacher(labels, predictions, i);
                        NDArray error =
                                predictions.get(i).sub(teacher.stopGradient()).square().mean();
                        sum = sum == null ? error : sum.add(error);
                    }
                    return sum;
                });
    }
}
