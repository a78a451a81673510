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
package org.binaryops.quantizer;

/**
 * A part of a network that changes with the progress of training, such as an estimator that starts
 * as the identity and ends close to the sign.
 *
 * <p>{@code org.binaryops.training.AnnealingListener} drives every annealed block of a model.
 */
public interface Annealed {

    /**
     * Sets how much of the training is done.
     *
     * @param progress the share that is done, from 0 (start) to 1 (end)
     * @throws IllegalArgumentException if {@code progress} is not in [0, 1]
     */
    void setProgress(double progress);
}
