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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tribuo.Example;
import org.tribuo.Feature;
import org.tribuo.Model;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;

/** Tribuo's command-line tools run these trainers from a configuration file. */
class CommandLineToolsTest {

    @TempDir Path folder;

    private Path config;
    private Path data;

    @BeforeEach
    void write() throws IOException {
        config = folder.resolve("config.xml");
        Files.writeString(
                config,
                """
                <?xml version="1.0" encoding="UTF-8"?>
                <config>
                  <component name="djl" type="org.binaryops.tribuo.DjlTrainer">
                    <property name="architecture" value="network"/>
                    <property name="featureConverter" value="features"/>
                    <property name="outputConverter" value="labels"/>
                    <property name="epochs" value="5"/>
                    <property name="batchSize" value="10"/>
                  </component>
                  <component name="network" type="org.binaryops.tribuo.BinaryMlpArchitecture">
                    <propertylist name="hiddenSizes">
                      <item>32</item>
                      <item>16</item>
                    </propertylist>
                    <property name="activationEstimator" value="APPROX_SIGN"/>
                  </component>
                  <component name="features" type="org.binaryops.tribuo.DenseFeatureConverter">
                    <property name="scaling" value="RANGE"/>
                  </component>
                  <component name="factory" type="org.tribuo.classification.LabelFactory"/>
                  <component name="labels" type="org.binaryops.tribuo.LabelConverter"/>
                </config>
                """);
        data = folder.resolve("data.libsvm");
        MutableDataset<Label> blobs = TestData.blobs(60, 9);
        StringBuilder lines = new StringBuilder();
        for (Example<Label> example : blobs) {
            lines.append(example.getOutput().getLabel().equals("plus") ? 1 : 0);
            int i = 1;
            for (Feature feature : example) {
                lines.append(String.format(Locale.ROOT, " %d:%.4f", i++, feature.getValue()));
            }
            lines.append('\n');
        }
        Files.writeString(data, lines);
    }

    private String[] arguments(String... more) {
        List<String> arguments =
                new java.util.ArrayList<>(
                        List.of(
                                "-c", config.toString(),
                                "-t", "djl",
                                "-u", data.toString(),
                                "-v", data.toString(),
                                "-s", "LIBSVM"));
        arguments.addAll(List.of(more));
        return arguments.toArray(new String[0]);
    }

    @Test
    void classificationExperiment() throws IOException {
        Path model = folder.resolve("model.tribuo");
        Path predictions = folder.resolve("predictions.csv");
        org.tribuo.classification.experiments.ConfigurableTrainTest.main(
                arguments(
                        "-f",
                        model.toString(),
                        "--model-output-protobuf",
                        "true",
                        "-w",
                        "0:1.5,1:0.5",
                        "-o",
                        predictions.toString()));
        List<String> lines = Files.readAllLines(predictions);
        assertEquals("Label,0,1", lines.get(0));
        assertEquals(61, lines.size());
        for (String line : lines.subList(1, 61)) {
            String[] cells = line.split(",");
            double sum = Double.parseDouble(cells[1]) + Double.parseDouble(cells[2]);
            assertEquals(1, sum, 1e-12);
        }
        try (DjlModel<?> read = (DjlModel<?>) Model.deserializeFromFile(model)) {
            assertEquals(5, read.getHistory().size());
            assertTrue(read.getArchitecture().toString().contains("[32, 16]"));
        }
    }

    @Test
    void anyOutputExperiment() throws IOException {
        Path model = folder.resolve("model.ser");
        org.tribuo.data.ConfigurableTrainTest.main(
                arguments("-f", model.toString(), "-a", "factory"));
        assertTrue(Files.size(model) > 1000);
    }
}
