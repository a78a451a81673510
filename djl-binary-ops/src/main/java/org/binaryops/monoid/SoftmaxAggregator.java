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
package org.binaryops.monoid;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * Softmax attention of every feature to itself (Li et al., "DeeperGCN", 2020): Σ softmax(t ⊙ x) ⊙ x
 * over the set, with a learned inverse temperature t for each feature.
 *
 * <p>At t = 0 it is the mean, for t → ∞ the maximum; t starts at 1. The parameter is {@code
 * inverse_temperature} of shape [F]. An empty set gives 0.
 */
public final class SoftmaxAggregator extends SetAggregator {

    private static final byte VERSION = 1;

    private final Parameter inverseTemperature =
            addParameter(
                    Parameter.builder()
                            .setName("inverse_temperature")
                            .setType(Parameter.Type.OTHER)
                            .optInitializer((m, shape, type) -> m.ones(shape, type))
                            .build());

    /** Creates the aggregator; the number of features comes from the input at initialization. */
    public SoftmaxAggregator() {
        super(VERSION);
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray fold(
            ParameterStore store, NDArray elements, Segments segments, boolean training) {
        NDArray t = Temporaries.parameter(store, inverseTemperature, elements, training);
        return SegmentMath.sum(
                elements.mul(SegmentMath.softmax(elements.mul(t), segments)), segments);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        inverseTemperature.setShape(new Shape(inputShapes[0].get(2)));
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        Metadata.checkShape(this, inverseTemperature, new Shape(inputShapes[0].get(2)));
    }
}
