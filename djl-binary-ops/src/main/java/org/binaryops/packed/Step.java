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
package org.binaryops.packed;

import java.util.List;

/**
 * An operation of a program and the values that it reads. Value 0 is the input of the program;
 * value i + 1 is what step i yields.
 *
 * @param operation the operation
 * @param inputs the numbers of the values it reads, each defined before
 */
public record Step(Operation operation, List<Integer> inputs) {

    /**
     * Copies the list.
     *
     * @param operation the operation
     * @param inputs the numbers of the values it reads, each defined before
     */
    public Step {
        inputs = List.copyOf(inputs);
    }

    /**
     * Creates a step of one input.
     *
     * @param operation the operation
     * @param input the number of the value it reads
     * @return the step
     */
    public static Step of(Operation operation, int input) {
        return new Step(operation, List.of(input));
    }
}
