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

import ai.djl.nn.Block;
import com.oracle.labs.mlrg.olcut.config.Config;
import java.util.Arrays;
import org.binaryops.nn.FloatMlp;

/**
 * A multi-layer perceptron in float: for each hidden layer a linear layer, a batch norm and a ReLU,
 * then a linear layer. Without hidden layers it is logistic regression.
 */
public final class MlpArchitecture implements Architecture {

    @Config(description = "The numbers of units of the hidden layers, from input to output.")
    private int[] hiddenSizes = {128};

    /** For OLCUT. */
    private MlpArchitecture() {}

    /**
     * Creates an architecture.
     *
     * @param hiddenSizes the numbers of units of the hidden layers, from input to output, each
     *     positive; may be empty
     * @throws IllegalArgumentException if a size is not positive
     */
    public MlpArchitecture(int... hiddenSizes) {
        this.hiddenSizes = hiddenSizes.clone();
        check();
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public void postConfig() {
        Setting.configured(this::check);
    }

    private void check() {
        checkSizes(hiddenSizes);
    }

    static void checkSizes(int[] hiddenSizes) {
        Setting.require(
                Arrays.stream(hiddenSizes).allMatch(units -> units > 0),
                "hiddenSizes",
                "positive numbers",
                Arrays.toString(hiddenSizes));
    }

    /** {@inheritDoc} */
    @Override
    public Block build(int features, int outputs) {
        FloatMlp.Builder builder = FloatMlp.builder().setOutputs(outputs);
        for (int units : hiddenSizes) {
            builder.addHidden(units);
        }
        return builder.build();
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "MlpArchitecture(hiddenSizes=" + Arrays.toString(hiddenSizes) + ")";
    }
}
