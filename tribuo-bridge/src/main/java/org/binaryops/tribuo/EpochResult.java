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
package org.binaryops.tribuo;

import org.binaryops.tribuo.protos.EpochProto;

/**
 * What one pass over the training data came to.
 *
 * @param epoch the number of the pass, counted from 1
 * @param learningRate the learning rate at its last step
 * @param loss the mean loss of the training examples, weighted, in the course of the pass
 * @param score the mean score of the training examples in the course of the pass, see {@link
 *     OutputConverter#score}; for labels the accuracy
 * @param validationLoss the mean loss of the held-out examples, weighted, after the pass; NaN if
 *     none are held out
 * @param validationScore the mean score of the held-out examples after the pass; NaN if none are
 *     held out
 */
public record EpochResult(
        int epoch,
        double learningRate,
        double loss,
        double score,
        double validationLoss,
        double validationScore) {

    EpochProto serialize() {
        return EpochProto.newBuilder()
                .setEpoch(epoch)
                .setLearningRate(learningRate)
                .setLoss(loss)
                .setScore(score)
                .setValidationLoss(validationLoss)
                .setValidationScore(validationScore)
                .build();
    }

    static EpochResult deserialize(EpochProto proto) {
        return new EpochResult(
                proto.getEpoch(),
                proto.getLearningRate(),
                proto.getLoss(),
                proto.getScore(),
                proto.getValidationLoss(),
                proto.getValidationScore());
    }
}
