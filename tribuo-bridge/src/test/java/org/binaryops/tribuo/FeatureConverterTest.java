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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.tribuo.Example;
import org.tribuo.Feature;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.impl.ArrayExample;

/** Which column a feature feeds, and with which value. */
class FeatureConverterTest {

    private static Example<Label> example(String[] names, double... values) {
        return new ArrayExample<>(new Label("a"), names, values);
    }

    private static MutableDataset<Label> data(List<Example<Label>> examples) {
        MutableDataset<Label> data = TestData.empty();
        examples.forEach(data::add);
        return data;
    }

    private static float[] row(FeatureEncoder encoder, Example<Label> example) {
        float[] row = new float[encoder.width()];
        encoder.new Writer()
                .encode(example, 0)
                .copyTo(FloatBuffer.wrap(row), 0, encoder.emptyRow());
        return row;
    }

    /** b is absent once, c is constant, a large with a small spread. */
    private static MutableDataset<Label> sparse() {
        String[] all = {"a", "b", "c"};
        return data(
                List.of(
                        example(all, 2020, 4, 3),
                        example(new String[] {"a", "c"}, 2024, 3),
                        example(all, 2021, -2, 3)));
    }

    private static FeatureEncoder dense(DenseFeatureConverter.Scaling scaling) {
        MutableDataset<Label> data = sparse();
        return new DenseFeatureConverter(scaling).fit(data, data.getFeatureIDMap());
    }

    @Test
    void unscaledColumnsAreFeatureIds() {
        FeatureEncoder encoder = dense(DenseFeatureConverter.Scaling.NONE);
        assertEquals(List.of("a", "b", "c"), encoder.featureOrder());
        Example<Label> example = example(new String[] {"c", "a", "unknown"}, 7, -1.5, 9);
        assertArrayEquals(new float[] {-1.5f, 0, 7}, row(encoder, example));
    }

    @Test
    void rangeMapsTheTrainingDataToTheUnitInterval() {
        FeatureEncoder encoder = dense(DenseFeatureConverter.Scaling.RANGE);
        // a: 2020 to 2024; b: −2 to 4 with an absent 0 between; c: constant, only shifted.
        Example<Label> example = example(new String[] {"a", "c"}, 2021, 3);
        assertArrayEquals(new float[] {0.25f, (float) (2 / 6.0), 0}, row(encoder, example));
        Example<Label> outside = example(new String[] {"a", "b", "c"}, 2028, -8, 5);
        assertArrayEquals(new float[] {2, -1, 2}, row(encoder, outside));
    }

    @Test
    void standardiseUsesMeanAndDeviationWithAbsentValuesAsZero() {
        FeatureEncoder encoder = dense(DenseFeatureConverter.Scaling.STANDARDISE);
        double meanA = (2020 + 2024 + 2021) / 3.0;
        double varianceA = 0;
        for (double a : new double[] {2020, 2024, 2021}) {
            varianceA += (a - meanA) * (a - meanA) / 3;
        }
        double meanB = (4 + 0 - 2) / 3.0;
        double varianceB = 0;
        for (double b : new double[] {4, 0, -2}) {
            varianceB += (b - meanB) * (b - meanB) / 3;
        }
        float[] expected = {
            (float) ((2022 - meanA) / Math.sqrt(varianceA)),
            (float) ((0 - meanB) / Math.sqrt(varianceB)),
            1
        };
        Example<Label> example = example(new String[] {"a", "c"}, 2022, 4);
        assertArrayEquals(expected, row(encoder, example), 1e-6f);
    }

    @Test
    void absentSmallestAndLargestValuesCount() {
        MutableDataset<Label> data =
                data(
                        List.of(
                                example(new String[] {"a", "b"}, 5, -5),
                                example(new String[] {"c"}, 1)));
        FeatureEncoder encoder = new DenseFeatureConverter().fit(data, data.getFeatureIDMap());
        assertArrayEquals(new float[] {0, 1, 1}, row(encoder, data.getExample(1)));
        assertArrayEquals(new float[] {1, 0, 0}, row(encoder, data.getExample(0)));
    }

    @Test
    void imageColumnsArePixelsWhateverTheIds() {
        MutableDataset<Label> data =
                data(
                        List.of(
                                example(new String[] {"003", "5"}, 255, 51),
                                example(new String[] {"01"}, 102)));
        FeatureEncoder encoder = new ImageFeatureConverter(3, 2).fit(data, data.getFeatureIDMap());
        assertEquals(6, encoder.width());
        assertEquals(List.of("0", "01", "2", "003", "4", "5"), encoder.featureOrder());
        assertArrayEquals(new float[] {0, 0, 0, 1, 0, 51 / 255f}, row(encoder, data.getExample(0)));
        // A pixel that was 0 in all training images is a pixel all the same; other names are not.
        Example<Label> unseen = example(new String[] {"4", "6", "x", "-1", ""}, 17, 1, 1, 1, 1);
        assertArrayEquals(new float[] {0, 0, 0, 0, 17 / 255f, 0}, row(encoder, unseen));
    }

    @Test
    void everyGreyLevelIsTheFloatQuotient() {
        MutableDataset<Label> data = data(List.of(example(new String[] {"0"}, 255)));
        FeatureEncoder encoder = new ImageFeatureConverter(1, 1).fit(data, data.getFeatureIDMap());
        for (int level = 1; level < 256; ++level) {
            assertEquals(level / 255f, row(encoder, example(new String[] {"0"}, level))[0]);
        }
    }

    @Test
    void namesOfTheSameColumnAreAdded() {
        MutableDataset<Label> data = data(List.of(example(new String[] {"0"}, 1)));
        FeatureEncoder encoder =
                new ImageFeatureConverter(2, 1, 10).fit(data, data.getFeatureIDMap());
        Example<Label> twice = example(new String[] {"1", "01", "0"}, 2, 3, 4);
        assertArrayEquals(new float[] {0.4f, 0.5f}, row(encoder, twice));
    }

    @Test
    void imagesNeedNumericNames() {
        for (String name : new String[] {"pixel1", "6", "99999999999", "-1", "1.0"}) {
            MutableDataset<Label> data = data(List.of(example(new String[] {"0", name}, 1, 1)));
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () ->
                                    new ImageFeatureConverter(3, 2)
                                            .fit(data, data.getFeatureIDMap()));
            assertTrue(
                    e.getMessage().contains("pixel numbers from 0 to 5")
                            && e.getMessage().contains("'" + name + "'"),
                    e.getMessage());
        }
    }

    @Test
    void survivesItsSavedForm() {
        MutableDataset<Label> data = sparse();
        for (DenseFeatureConverter.Scaling scaling : DenseFeatureConverter.Scaling.values()) {
            FeatureEncoder encoder = dense(scaling);
            FeatureEncoder read =
                    FeatureEncoder.deserialize(encoder.serialize(), data.getFeatureIDMap());
            for (Example<Label> example : data) {
                assertArrayEquals(row(encoder, example), row(read, example));
            }
        }
    }

    @Test
    void refusesBadScales() {
        MutableDataset<Label> data = sparse();
        var features = data.getFeatureIDMap();
        double[] one = {1};
        for (double[] bad : new double[][] {{}, {1, 2}, {Double.NaN}, {1, Double.NaN, 1}}) {
            assertThrows(
                    IllegalArgumentException.class, () -> FeatureEncoder.byId(features, bad, one));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> FeatureEncoder.byNumber(features, 3, one, bad));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> FeatureEncoder.byId(features, one, new double[] {1, 0, 1}));
        assertThrows(
                IllegalArgumentException.class,
                () -> FeatureEncoder.byNumber(features, 0, one, one));
    }

    @Test
    void theEncodedExampleIsWhatTheNetworkSees() {
        MutableDataset<Label> data = TestData.blobs(10, 1);
        try (DjlModel<Label> model = TestData.mlp(1, 10, 1e-2, 4).train(data)) {
            FeatureEncoder encoder = new DenseFeatureConverter().fit(data, data.getFeatureIDMap());
            for (Example<Label> example : data) {
                assertArrayEquals(row(encoder, example), model.encode(example));
            }
            assertEquals(List.of("f0", "f1", "f2", "f3"), model.featureOrder());
        }
        assertEquals(4, data.getExample(0).size());
        for (Feature feature : data.getExample(0)) {
            assertTrue(feature.getName().startsWith("f"));
        }
    }
}
