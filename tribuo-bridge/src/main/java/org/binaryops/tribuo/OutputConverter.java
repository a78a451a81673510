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
import com.oracle.labs.mlrg.olcut.config.Configurable;
import com.oracle.labs.mlrg.olcut.provenance.ConfiguredObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenancable;
import com.oracle.labs.mlrg.olcut.provenance.impl.ConfiguredObjectProvenanceImpl;
import java.util.List;
import org.tribuo.Example;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Output;
import org.tribuo.Prediction;

/**
 * Knows one type of output: its targets, its loss, and what a network's raw scores mean.
 *
 * <p>The network computes raw scores; the loss works on them, and only {@link #decode} turns them
 * into probabilities or other values a user sees.
 *
 * @param <T> the type of output
 */
public interface OutputConverter<T extends Output<T>>
        extends Configurable, Provenancable<ConfiguredObjectProvenance> {

    /**
     * Returns the number of columns that the network shall have for a domain.
     *
     * @param outputs the output domain
     * @return the number of raw scores for each example
     */
    int width(ImmutableOutputInfo<T> outputs);

    /**
     * Converts outputs to the target array of a batch.
     *
     * @param manager the manager of the array
     * @param batch the outputs, in the order of the batch
     * @param outputs the output domain
     * @return the targets, with the batch as first dimension
     * @throws IllegalArgumentException if an output is not in the domain
     */
    NDArray encode(NDManager manager, List<T> batch, ImmutableOutputInfo<T> outputs);

    /**
     * Computes the loss of each example.
     *
     * @param scores the raw scores, [batch, width]
     * @param targets the targets of {@link #encode}
     * @return the losses, [batch], with their gradient
     */
    NDArray loss(NDArray scores, NDArray targets);

    /**
     * Computes for each example how good its prediction is, for the training history.
     *
     * @param scores the raw scores, [batch, width]
     * @param targets the targets of {@link #encode}
     * @return one number for each example, [batch], of which the mean is reported
     */
    NDArray score(NDArray scores, NDArray targets);

    /**
     * Names what {@link #score} reports.
     *
     * @return a word such as "accuracy"
     */
    String scoreName();

    /**
     * Makes the prediction for one example.
     *
     * @param scores the raw scores of the example, {@code width} of them
     * @param outputs the output domain
     * @param used the number of features that the network saw
     * @param example the example
     * @return the prediction
     */
    Prediction<T> decode(
            float[] scores, ImmutableOutputInfo<T> outputs, int used, Example<T> example);

    /**
     * Tells whether predictions carry probabilities.
     *
     * @return true if the scores of a prediction are a probability distribution
     */
    boolean generatesProbabilities();

    /**
     * Returns the class of the outputs.
     *
     * @return the class
     */
    Class<T> getTypeWitness();

    /** {@inheritDoc} */
    @Override
    default ConfiguredObjectProvenance getProvenance() {
        return new ConfiguredObjectProvenanceImpl(this, "OutputConverter");
    }
}
