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
package org.binaryops.training.optimizer;

/** A function of many variables with its gradient. */
@FunctionalInterface
interface Objective {

    /**
     * Evaluates the function.
     *
     * @param point where
     * @param gradient receives the gradient
     * @return the value, which may be infinite or NaN where the function is not defined
     */
    double evaluate(double[] point, double[] gradient);
}
