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

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.tribuo.Dataset;
import org.tribuo.Example;
import org.tribuo.MutableDataset;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.datasource.IDXDataSource;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/** Data sets and short cuts of the tests. */
final class TestData {

    private TestData() {}

    static MutableDataset<Label> empty() {
        LabelFactory factory = new LabelFactory();
        return new MutableDataset<>(
                new SimpleDataSourceProvenance("test", OffsetDateTime.now(), factory), factory);
    }

    static Example<Label> example(String label, float weight, double... values) {
        String[] names = new String[values.length];
        for (int i = 0; i < names.length; ++i) {
            names[i] = "f" + i;
        }
        Example<Label> example = new ArrayExample<>(new Label(label), names, values);
        example.setWeight(weight);
        return example;
    }

    /** Two classes in four dimensions, of normal noise about two centres. */
    static MutableDataset<Label> blobs(int size, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        MutableDataset<Label> data = empty();
        for (int i = 0; i < size; ++i) {
            double centre = i % 2 == 0 ? 1 : -1;
            double[] values = new double[4];
            for (int j = 0; j < values.length; ++j) {
                values[j] = centre + random.nextGaussian();
            }
            data.add(example(i % 2 == 0 ? "plus" : "minus", 1, values));
        }
        return data;
    }

    static MutableDataset<Label> fashion(String part, int size) {
        Path folder = Path.of(System.getProperty("data"));
        try {
            MutableDataset<Label> all =
                    new MutableDataset<>(
                            new IDXDataSource<>(
                                    folder.resolve(part + "-images-idx3-ubyte.gz"),
                                    folder.resolve(part + "-labels-idx1-ubyte.gz"),
                                    new LabelFactory()));
            MutableDataset<Label> some =
                    new MutableDataset<>(all.getSourceProvenance(), new LabelFactory());
            all.getData().subList(0, Math.min(size, all.size())).forEach(some::add);
            return some;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static DjlTrainer<Label> mlp(int epochs, int batchSize, double learningRate, int... hidden) {
        return new DjlTrainer<>(
                new MlpArchitecture(hidden),
                new DenseFeatureConverter(),
                new LabelConverter(),
                epochs,
                batchSize,
                learningRate,
                42L);
    }

    /** The parameters of a model, byte for byte. */
    static byte[] parameters(DjlModel<Label> model) {
        return Networks.save(model.getBlock());
    }

    /** All probabilities, in the order of the label ids. */
    static double[][] probabilities(DjlModel<Label> model, Dataset<Label> data) {
        List<double[]> rows = new ArrayList<>();
        for (Prediction<Label> prediction : model.predict(data)) {
            double[] row = new double[model.getOutputIDInfo().size()];
            prediction
                    .getOutputScores()
                    .values()
                    .forEach(l -> row[model.getOutputIDInfo().getID(l)] = l.getScore());
            rows.add(row);
        }
        return rows.toArray(new double[0][]);
    }
}
