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

/** Where the teacher's outputs are among the labels: at the end, one for each prediction. */
final class Distillation {

    private Distillation() {}

    /** The teacher's output for a prediction. */
    static NDArray teacher(NDList labels, NDList predictions, int index) {
        int first = labels.size() - predictions.size();
        if (first < 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "The labels must end with the teacher's outputs, one for each of the %d"
                                    + " predictions, but there are %d labels.",
                            predictions.size(), labels.size()));
        }
        NDArray teacher = labels.get(first + index);
        NDArray student = predictions.get(index);
        if (!teacher.getShape().equals(student.getShape())) {
            throw new IllegalArgumentException(
                    String.format(
                            "The teacher's output must have the shape %s of the student's, but has"
                                    + " %s.",
                            student.getShape(), teacher.getShape()));
        }
        return teacher;
    }

    /** The labels without the teacher's outputs. */
    static NDList task(NDList labels, NDList predictions) {
        int count = labels.size() - predictions.size();
        if (count < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "The labels must be those of the task and then the teacher's outputs,"
                                    + " one for each of the %d predictions, but there are %d"
                                    + " labels. Wrap the data set in a DistillationDataset.",
                            predictions.size(), labels.size()));
        }
        return new NDList(labels.subList(0, count));
    }
}
