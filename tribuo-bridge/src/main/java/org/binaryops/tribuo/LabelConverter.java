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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tribuo.Example;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;

/**
 * Single labels: a softmax cross-entropy loss, accuracy, and a probability for every label.
 *
 * <p>For raw scores s and the label y the loss is −log softmax(s)_y. The probabilities of a
 * prediction are softmax(s), computed in double precision; of equally probable labels the one with
 * the smaller id is predicted.
 */
public final class LabelConverter implements OutputConverter<Label> {

    /** Creates a converter. */
    public LabelConverter() {}

    /** {@inheritDoc} */
    @Override
    public int width(ImmutableOutputInfo<Label> outputs) {
        return outputs.size();
    }

    /** {@inheritDoc} */
    @Override
    public NDArray encode(
            NDManager manager, List<Label> batch, ImmutableOutputInfo<Label> outputs) {
        long[] ids = new long[batch.size()];
        for (int i = 0; i < ids.length; ++i) {
            ids[i] = outputs.getID(batch.get(i));
            if (ids[i] < 0) {
                throw new IllegalArgumentException(
                        "The label '"
                                + batch.get(i).getLabel()
                                + "' is not among the labels of the data set, "
                                + outputs.toReadableString()
                                + ".");
            }
        }
        return manager.create(ids);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray loss(NDArray scores, NDArray targets) {
        return scores.logSoftmax(-1).gather(targets.expandDims(1), 1).squeeze(1).neg();
    }

    /** {@inheritDoc} */
    @Override
    public NDArray score(NDArray scores, NDArray targets) {
        return scores.argMax(1).eq(targets).toType(DataType.FLOAT32, false);
    }

    /** {@inheritDoc} */
    @Override
    public String scoreName() {
        return "accuracy";
    }

    /** {@inheritDoc} */
    @Override
    public Prediction<Label> decode(
            float[] scores, ImmutableOutputInfo<Label> outputs, int used, Example<Label> example) {
        double[] probabilities = softmax(scores);
        Map<String, Label> all = new HashMap<>();
        Label best = null;
        for (int i = 0; i < scores.length; ++i) {
            Label label = new Label(outputs.getOutput(i).getLabel(), probabilities[i]);
            all.put(label.getLabel(), label);
            if (best == null || label.getScore() > best.getScore()) {
                best = label;
            }
        }
        return new Prediction<>(best, all, used, example, true);
    }

    private static double[] softmax(float[] scores) {
        double max = Double.NEGATIVE_INFINITY;
        for (float score : scores) {
            max = Math.max(max, score);
        }
        double[] result = new double[scores.length];
        double sum = 0;
        for (int i = 0; i < scores.length; ++i) {
            result[i] = Math.exp(scores[i] - max);
            sum += result[i];
        }
        for (int i = 0; i < result.length; ++i) {
            result[i] /= sum;
        }
        return result;
    }

    /** {@inheritDoc} */
    @Override
    public boolean generatesProbabilities() {
        return true;
    }

    /** {@inheritDoc} */
    @Override
    public Class<Label> getTypeWitness() {
        return Label.class;
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "LabelConverter()";
    }
}
