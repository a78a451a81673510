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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tribuo.Example;
import org.tribuo.Output;

/**
 * Examples with their features looked up and scaled once, ready to be gathered into batches.
 *
 * <p>Rows with absent features are kept sparse, so memory grows with the features that are present.
 */
final class EncodedExamples<T extends Output<T>> {

    private final FeatureEncoder encoder;
    private final float[] emptyRow;
    private final List<FeatureEncoder.Row> rows;
    private final List<T> outputs;
    private final float[] weights;

    /**
     * Encodes examples.
     *
     * @param examples the examples
     * @param encoder the conversion
     * @param firstIndex the position of the first example in the user's data, for messages
     */
    EncodedExamples(List<Example<T>> examples, FeatureEncoder encoder, int firstIndex) {
        this.encoder = encoder;
        emptyRow = encoder.emptyRow();
        rows = new ArrayList<>(examples.size());
        outputs = new ArrayList<>(examples.size());
        weights = new float[examples.size()];
        FeatureEncoder.Writer writer = encoder.new Writer();
        for (int i = 0; i < weights.length; ++i) {
            Example<T> example = examples.get(i);
            rows.add(writer.encode(example, firstIndex + i));
            outputs.add(example.getOutput());
            weights[i] = example.getWeight();
        }
    }

    /** The number of features that the network sees of an example. */
    int used(int index) {
        return rows.get(index).size();
    }

    /** The rows of the examples at some positions, [positions, width]. */
    NDArray features(NDManager manager, int[] positions) {
        int width = encoder.width();
        // The engine uses a direct buffer as it is, so the numbers are written once.
        int bytes = Math.multiplyExact(Math.multiplyExact(positions.length, width), Float.BYTES);
        ByteBuffer buffer = manager.allocateDirect(bytes);
        FloatBuffer matrix = buffer.asFloatBuffer();
        for (int i = 0; i < positions.length; ++i) {
            rows.get(positions[i]).copyTo(matrix, i * width, emptyRow);
        }
        return manager.create(buffer, new Shape(positions.length, width), DataType.FLOAT32);
    }

    /** All rows. */
    NDArray features(NDManager manager) {
        int[] all = new int[rows.size()];
        Arrays.setAll(all, i -> i);
        return features(manager, all);
    }

    /** The outputs of the examples at some positions. */
    List<T> outputs(int[] positions) {
        List<T> batch = new ArrayList<>(positions.length);
        for (int position : positions) {
            batch.add(outputs.get(position));
        }
        return batch;
    }

    /** The weights of the examples at some positions, divided by a constant. */
    NDArray weights(NDManager manager, int[] positions, double divisor) {
        float[] batch = new float[positions.length];
        for (int i = 0; i < batch.length; ++i) {
            batch[i] = (float) (weights[positions[i]] / divisor);
        }
        return manager.create(batch);
    }

    /** The mean weight of the examples at some positions. */
    double meanWeight(int[] positions) {
        double sum = 0;
        for (int position : positions) {
            sum += weights[position];
        }
        return sum / positions.length;
    }
}
