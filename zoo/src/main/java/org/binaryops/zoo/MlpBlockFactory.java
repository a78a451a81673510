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
package org.binaryops.zoo;

import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.FloatMlp;

/**
 * Makes the multilayer perceptrons of this zoo from the arguments in their metadata.
 *
 * <p>The arguments are
 *
 * <ul>
 *   <li>{@code weights}: {@code binary} for a {@link BinaryMlp} or {@code float} for a {@link
 *       FloatMlp}; required
 *   <li>{@code hidden}: the widths of the hidden layers, a list of numbers or a string such as
 *       {@code "256,256"}; required
 *   <li>{@code outputs}: the number of classes; required
 *   <li>{@code levels}: the number of thresholds for each feature of a binary network, uniform
 *       inside [0, 1]; default 4
 * </ul>
 *
 * <p>The block takes [batch, features] with features in [0, 1] and gives the logits [batch,
 * outputs].
 */
public final class MlpBlockFactory implements BlockFactory {

    /** The value of the argument {@code weights} for ±1 weights and activations. */
    public static final String BINARY = "binary";

    /** The value of the argument {@code weights} for float weights and ReLU activations. */
    public static final String FLOAT = "float";

    private static final long serialVersionUID = 1L;

    private static final int DEFAULT_LEVELS = 4;

    /** Creates a factory. */
    public MlpBlockFactory() {}

    /**
     * Makes a network.
     *
     * @param model the model, unused
     * @param modelPath the folder of the model, unused
     * @param arguments the arguments above
     * @return a new block, not initialized
     * @throws IllegalArgumentException if an argument is missing or out of range
     */
    @Override
    public Block newBlock(Model model, Path modelPath, Map<String, ?> arguments) {
        String weights = required(arguments, "weights").toString();
        List<Integer> hidden = widths(required(arguments, "hidden"));
        int outputs = integer("outputs", required(arguments, "outputs"));
        switch (weights) {
            case BINARY:
                Object given = arguments.get("levels");
                int levels = given == null ? DEFAULT_LEVELS : integer("levels", given);
                BinaryMlp.Builder binary = BinaryMlp.builder().setOutputs(outputs);
                hidden.forEach(binary::addHidden);
                return binary.optInput(levels, 0, 1).build();
            case FLOAT:
                FloatMlp.Builder real = FloatMlp.builder().setOutputs(outputs);
                hidden.forEach(real::addHidden);
                return real.build();
            default:
                throw new IllegalArgumentException(
                        "Expected the argument weights to be "
                                + BINARY
                                + " or "
                                + FLOAT
                                + ", got "
                                + weights
                                + '.');
        }
    }

    private static Object required(Map<String, ?> arguments, String key) {
        Object value = arguments.get(key);
        if (value == null) {
            throw new IllegalArgumentException(
                    "The argument " + key + " of a multilayer perceptron is missing.");
        }
        return value;
    }

    private static List<Integer> widths(Object value) {
        Collection<?> numbers =
                value instanceof Collection<?> list
                        ? list
                        : List.of(value.toString().trim().split("\\s*,\\s*"));
        List<Integer> widths = new ArrayList<>();
        for (Object number : numbers) {
            widths.add(integer("hidden", number));
        }
        return widths;
    }

    /** Numbers of a JSON file arrive as Double, those of a URL as String. */
    private static int integer(String key, Object value) {
        try {
            double number = Double.parseDouble(value.toString());
            if (number == Math.rint(number) && Math.abs(number) <= Integer.MAX_VALUE) {
                return (int) number;
            }
        } catch (NumberFormatException e) {
            // Told below, as a fraction is.
        }
        throw new IllegalArgumentException(
                "Expected whole numbers for the argument " + key + ", got " + value + '.');
    }
}
