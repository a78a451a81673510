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

/**
 * A point on a line with what is known there.
 *
 * @param step the distance from the start, in units of the direction
 * @param value f
 * @param gradient ∇f, of which {@code slope} is the product with the direction
 * @param slope the derivative of f along the line
 */
record Evaluation(double step, double value, double[] gradient, double slope) {

    /** Whether f and its slope are numbers; beyond a pole or a domain they are not. */
    boolean isFinite() {
        return Double.isFinite(value) && Double.isFinite(slope);
    }
}
