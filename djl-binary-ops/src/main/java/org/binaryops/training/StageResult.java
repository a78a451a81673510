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

import ai.djl.metric.Metrics;
import java.util.List;
import java.util.Map;

/**
 * What a stage of a {@link StagedTraining} has reached.
 *
 * @param stage the name of the stage
 * @param bestEpoch the epoch, counted from 1, whose weights were kept: the one with the best value
 *     of the monitored evaluator, the last one without a validation set
 * @param bestValue the value of the monitored evaluator on the validation set in that epoch, NaN
 *     without a validation set
 * @param evaluations for each epoch the evaluators by the names that DJL gives them, {@code
 *     "train_loss"}, {@code "validate_Accuracy"} and so on
 * @param metrics all metrics of the stage
 */
public record StageResult(
        String stage,
        int bestEpoch,
        float bestValue,
        List<Map<String, Float>> evaluations,
        Metrics metrics) {}
