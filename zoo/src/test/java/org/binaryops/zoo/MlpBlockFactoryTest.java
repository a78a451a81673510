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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.BlockFactory;
import ai.djl.nn.Parameter;
import ai.djl.util.ClassLoaderUtils;
import ai.djl.util.JsonUtils;
import com.google.gson.reflect.TypeToken;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.ThermometerEncoding;
import org.binaryops.testing.Blocks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MlpBlockFactoryTest {

    private static Map<String, Object> json(String text) {
        Type type = new TypeToken<Map<String, Object>>() {}.getType();
        return JsonUtils.GSON.fromJson(text.replace('\'', '"'), type);
    }

    private static Block block(String text) {
        return new MlpBlockFactory().newBlock(null, null, json(text));
    }

    /** The sizes of the weight matrices, in order. */
    private static List<Shape> weights(Block block, int inputs) {
        try (NDManager manager = NDManager.newBaseManager()) {
            block.initialize(manager, DataType.FLOAT32, new Shape(2, inputs));
            List<Shape> shapes = new ArrayList<>();
            block.getParameters()
                    .values()
                    .forEach(
                            p -> {
                                if (p.getType() == Parameter.Type.WEIGHT) {
                                    shapes.add(p.getArray().getShape());
                                }
                            });
            return shapes;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"'5,7'", "[5, 7]", "['5', 7.0]", "' 5 , 7 '"})
    void readsWidthsInEveryForm(String hidden) {
        Block block = block("{'weights':'float','outputs':3,'hidden':" + hidden + "}");
        assertEquals(List.of(new Shape(5, 4), new Shape(7, 5), new Shape(3, 7)), weights(block, 4));
    }

    @Test
    void binaryNetworkHasBinaryLayers() {
        Block block = block("{'weights':'binary','outputs':3,'hidden':'5','levels':2}");
        assertEquals(List.of(new Shape(5, 8), new Shape(3, 5)), weights(block, 4));
        ThermometerEncoding encoding = (ThermometerEncoding) block.getChildren().values().get(0);
        assertEquals(1 / 3.0, encoding.getThresholds()[0], 1e-12);
        assertEquals(2 / 3.0, encoding.getThresholds()[1], 1e-12);
        QuantLinear first = (QuantLinear) block.getChildren().values().get(1);
        assertEquals(5, first.getUnits());
        Block other = block("{'weights':'binary','outputs':3,'hidden':'5'}");
        assertEquals(List.of(new Shape(5, 16), new Shape(3, 5)), weights(other, 4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"binary", "float"})
    void networkSurvivesAFile(String weights) {
        String text = "{'weights':'" + weights + "','outputs':3,'hidden':[5, 7]}";
        try (NDManager manager = NDManager.newBaseManager()) {
            Block trained = block(text);
            trained.initialize(manager, DataType.FLOAT32, new Shape(2, 4));
            Blocks.assertRoundTrip(
                    manager, trained, block(text), manager.randomUniform(0, 1, new Shape(6, 4)));
        }
    }

    /** DJL finds the factory by its name and hides every failure. */
    @Test
    void djlFindsTheFactory(@TempDir Path folder) throws Exception {
        BlockFactory found =
                ClassLoaderUtils.findImplementation(
                        folder, BlockFactory.class, MlpBlockFactory.class.getName());
        assertTrue(found instanceof MlpBlockFactory);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'outputs':3,'hidden':'5'} | The argument weights of a multilayer perceptron is"
                        + " missing.",
                "{'weights':'float','hidden':'5'} | The argument outputs of a multilayer"
                        + " perceptron is missing.",
                "{'weights':'float','outputs':3} | The argument hidden of a multilayer perceptron"
                        + " is missing.",
                "{'weights':'ternary','outputs':3,'hidden':'5'} | Expected the argument weights to"
                        + " be binary or float, got ternary.",
                "{'weights':'float','outputs':3,'hidden':'5,x'} | Expected whole numbers for the"
                        + " argument hidden, got x.",
                "{'weights':'float','outputs':2.5,'hidden':'5'} | Expected whole numbers for the"
                        + " argument outputs, got 2.5.",
                "{'weights':'binary','outputs':2,'hidden':'5','levels':'x'} | Expected whole"
                        + " numbers for the argument levels, got x."
            })
    void badArgumentsAreExplained(String text, String message) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> block(text));
        assertEquals(message, e.getMessage());
    }
}
