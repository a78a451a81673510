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

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.binaryops.tribuo.protos.FeatureEncoderProto;
import org.tribuo.Example;
import org.tribuo.Feature;
import org.tribuo.ImmutableFeatureMap;

/**
 * How an example becomes a row of the network's input: column = (value − offset) / divisor, where
 * an absent feature has the value 0.
 *
 * <p>Made by {@link FeatureConverter#fit}, kept by the model. Features that the encoder does not
 * know are ignored, as everywhere in Tribuo. Immutable.
 */
public final class FeatureEncoder {

    private final ImmutableFeatureMap features;
    private final int width;
    private final boolean numericNames;
    private final double[] offset;
    private final double[] divisor;

    private FeatureEncoder(
            ImmutableFeatureMap features,
            int width,
            boolean numericNames,
            double[] offset,
            double[] divisor) {
        this.features = features;
        this.width = width;
        this.numericNames = numericNames;
        this.offset = offset;
        this.divisor = divisor;
    }

    /**
     * Creates an encoder with a column for each feature of a domain, in the order of their ids.
     *
     * @param features the feature domain
     * @param offset what is subtracted, one number for each column or one for all
     * @param divisor what the difference is divided by, one number for each column or one for all
     * @return a new encoder
     * @throws IllegalArgumentException if the arrays have another length or a number is not finite
     *     or a divisor is 0
     */
    public static FeatureEncoder byId(
            ImmutableFeatureMap features, double[] offset, double[] divisor) {
        return checked(
                new FeatureEncoder(
                        features, features.size(), false, offset.clone(), divisor.clone()));
    }

    /**
     * Creates an encoder for features whose names are the numbers of their columns, such as "7" or
     * "007".
     *
     * @param features the feature domain
     * @param width the number of columns
     * @param offset what is subtracted, one number for each column or one for all
     * @param divisor what the difference is divided by, one number for each column or one for all
     * @return a new encoder
     * @throws IllegalArgumentException if the arrays have another length or a number is not finite
     *     or a divisor is 0
     */
    public static FeatureEncoder byNumber(
            ImmutableFeatureMap features, int width, double[] offset, double[] divisor) {
        return checked(new FeatureEncoder(features, width, true, offset.clone(), divisor.clone()));
    }

    private static FeatureEncoder checked(FeatureEncoder encoder) {
        if (encoder.width <= 0) {
            throw new IllegalArgumentException(
                    "There must be at least one feature, but there are " + encoder.width + ".");
        }
        check("offset", encoder.offset, encoder.width);
        check("divisor", encoder.divisor, encoder.width);
        if (Arrays.stream(encoder.divisor).anyMatch(d -> d == 0)) {
            throw new IllegalArgumentException("The divisor must not be 0.");
        }
        return encoder;
    }

    private static void check(String name, double[] values, int width) {
        if (values.length != 1 && values.length != width) {
            throw new IllegalArgumentException(
                    "The "
                            + name
                            + " must have 1 or "
                            + width
                            + " elements, but has "
                            + values.length
                            + ".");
        }
        for (double value : values) {
            if (!Double.isFinite(value)) {
                throw new IllegalArgumentException(
                        "The " + name + " must be finite, but contains " + value + ".");
            }
        }
    }

    /**
     * Returns the number of columns.
     *
     * @return the width of the network's input
     */
    public int width() {
        return width;
    }

    /**
     * Tells which feature feeds which column.
     *
     * @return the name of the feature of each column; for a column that no feature of the training
     *     data feeds, the number of the column
     */
    public List<String> featureOrder() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < width; ++i) {
            names.add(numericNames ? Integer.toString(i) : features.get(i).getName());
        }
        if (numericNames) {
            for (int id = 0; id < features.size(); ++id) {
                String name = features.get(id).getName();
                int column = number(name, width);
                if (column >= 0) {
                    names.set(column, name);
                }
            }
        }
        return Collections.unmodifiableList(names);
    }

    /** The column of a feature, or −1. */
    private int column(String name) {
        return numericNames ? number(name, width) : features.getID(name);
    }

    /** The number that a name consists of, or −1 if it is none or not below a limit. */
    static int number(String name, int limit) {
        int number = 0;
        for (int i = 0; i < name.length(); ++i) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = 10 * number + digit;
            if (number >= limit) {
                return -1;
            }
        }
        return name.isEmpty() ? -1 : number;
    }

    /** What a column holds for a feature value. */
    private float scaled(int column, double value) {
        double o = offset[offset.length == 1 ? 0 : column];
        double d = divisor[divisor.length == 1 ? 0 : column];
        return (float) ((value - o) / d);
    }

    /** The row of an example without features. */
    float[] emptyRow() {
        float[] row = new float[width];
        for (int i = 0; i < width; ++i) {
            row[i] = scaled(i, 0);
        }
        return row;
    }

    FeatureEncoderProto serialize() {
        FeatureEncoderProto.Builder builder =
                FeatureEncoderProto.newBuilder().setWidth(width).setNumericNames(numericNames);
        for (double o : offset) {
            builder.addOffset(o);
        }
        for (double d : divisor) {
            builder.addDivisor(d);
        }
        return builder.build();
    }

    static FeatureEncoder deserialize(FeatureEncoderProto proto, ImmutableFeatureMap features) {
        double[] offset = proto.getOffsetList().stream().mapToDouble(o -> o).toArray();
        double[] divisor = proto.getDivisorList().stream().mapToDouble(d -> d).toArray();
        if (proto.getNumericNames()) {
            return byNumber(features, proto.getWidth(), offset, divisor);
        }
        if (proto.getWidth() != features.size()) {
            throw new IllegalArgumentException(
                    "The model has "
                            + features.size()
                            + " features, but its network has "
                            + proto.getWidth()
                            + " columns.");
        }
        return byId(features, offset, divisor);
    }

    /** Encodes examples one by one; holds scratch space, so not for concurrent use. */
    final class Writer {

        private final double[] sums = new double[width];
        private final int[] seenIn = new int[width];
        private final int[] columns = new int[width];
        private int round;

        /**
         * Encodes an example.
         *
         * @param example the example
         * @param index its position, for messages
         * @return its row
         */
        Row encode(Example<?> example, int index) {
            ++round;
            int count = 0;
            for (Feature feature : example) {
                int column = column(feature.getName());
                if (column < 0) {
                    continue;
                }
                if (seenIn[column] != round) {
                    seenIn[column] = round;
                    sums[column] = 0;
                    columns[count++] = column;
                }
                // Names that mean the same column are combined, as in Tribuo's vectors.
                sums[column] += feature.getValue();
                if (!Float.isFinite(scaled(column, sums[column]))) {
                    throw notFinite(feature, index);
                }
            }
            if (count == 0) {
                throw new IllegalArgumentException(
                        "Example "
                                + index
                                + " has no feature that the network knows: it has "
                                + example.size()
                                + " features, the network "
                                + width
                                + " columns.");
            }
            return row(count);
        }

        private Row row(int count) {
            float[] values = new float[count];
            if (count == width) {
                for (int i = 0; i < width; ++i) {
                    values[i] = scaled(i, sums[i]);
                }
                return new Row(null, values);
            }
            int[] used = new int[count];
            for (int i = 0; i < count; ++i) {
                used[i] = columns[i];
                values[i] = scaled(used[i], sums[used[i]]);
            }
            return new Row(used, values);
        }
    }

    /**
     * Checks the values of an example.
     *
     * @param example the example
     * @param index its position, for messages
     * @throws IllegalArgumentException if a value is not a finite float
     */
    static void requireFinite(Example<?> example, int index) {
        for (Feature feature : example) {
            if (!Float.isFinite((float) feature.getValue())) {
                throw notFinite(feature, index);
            }
        }
    }

    private static IllegalArgumentException notFinite(Feature feature, int index) {
        return new IllegalArgumentException(
                "Feature '"
                        + feature.getName()
                        + "' of example "
                        + index
                        + " is "
                        + feature.getValue()
                        + "; feature values must be finite floats.");
    }

    /** The features of an example: values in given columns, or in all columns. */
    static final class Row {

        private final int[] columns;
        private final float[] values;

        Row(int[] columns, float[] values) {
            this.columns = columns;
            this.values = values;
        }

        int size() {
            return values.length;
        }

        /** Writes the row into a matrix. */
        void copyTo(FloatBuffer matrix, int start, float[] emptyRow) {
            if (columns == null) {
                matrix.put(start, values);
                return;
            }
            matrix.put(start, emptyRow);
            for (int i = 0; i < columns.length; ++i) {
                matrix.put(start + columns[i], values[i]);
            }
        }
    }
}
