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

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;

/** What layers ask of the shapes of their inputs. */
final class Inputs {

    private Inputs() {}

    /**
     * Reads the number of features.
     *
     * @param name the name of the block
     * @param input the shape of an input
     * @param weight a parameter [units, features] of the block, perhaps not initialized yet
     * @return the size of the last axis
     * @throws IllegalArgumentException if there is none, or another number was initialized
     */
    static long features(String name, Shape input, Parameter weight) {
        if (input.dimension() < 1 || input.get(input.dimension() - 1) < 1) {
            throw new IllegalArgumentException(
                    name + " takes an input of shape [..., features], but got " + input + ".");
        }
        long features = input.get(input.dimension() - 1);
        if (weight.isInitialized() && weight.getShape().get(1) != features) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s was initialized for %d features, but got an input of shape %s.",
                            name, weight.getShape().get(1), input));
        }
        return features;
    }
}
