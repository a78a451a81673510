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
package org.binaryops.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.SignQuantizer;
import org.binaryops.quantizer.StraightThroughSign;

/**
 * Turns each real feature into T values ±1, one for each threshold it reaches (Buckman et al.,
 * "Thermometer Encoding: One Hot Way To Resist Adversarial Examples", ICLR 2018).
 *
 * <p>$$y_{fT+t} = \mathrm{sign}(x_f - \theta_t), \quad \mathrm{sign}(0) = +1$$
 *
 * <p>Shapes: input [x1, …, xn, features], output [x1, …, xn, features · T], the T values of a
 * feature side by side. The thresholds are the same for all features and fixed; put a batch norm
 * before the encoding where features have different scales. The gradient to x is that of the sign
 * estimator, summed over the thresholds.
 *
 * <p>With the encoding as the first layer, all later layers of a network see bits only.
 */
public final class ThermometerEncoding extends AbstractBlock {

    private static final byte VERSION = 2;

    private final double[] levels;
    private final SignQuantizer estimator;
    private final Parameter thresholds;

    private ThermometerEncoding(double[] levels, SignQuantizer estimator) {
        super(VERSION);
        this.levels = levels;
        this.estimator = addChildBlock("estimator", estimator);
        // A type that trainers never unfreeze: the thresholds are constants.
        thresholds =
                addParameter(
                        Parameter.builder()
                                .setName("thresholds")
                                .setType(Parameter.Type.RUNNING_MEAN)
                                .optShape(new Shape(levels.length))
                                .optRequiresGrad(false)
                                .optInitializer((manager, shape, type) -> create(manager, type))
                                .build());
    }

    private NDArray create(NDManager manager, DataType type) {
        try (NDArray exact = manager.create(levels)) {
            // The buffer of an array made here is freed with it, and a cast to its own type shares
            // it.
            return type == DataType.FLOAT64 ? exact.duplicate() : exact.toType(type, true);
        }
    }

    /**
     * Creates an encoding with given thresholds.
     *
     * @param thresholds the thresholds, finite and ascending
     * @return a new block, with the clipped straight-through estimator
     * @throws IllegalArgumentException if there is no threshold, or they are not finite and
     *     ascending
     */
    public static ThermometerEncoding of(double... thresholds) {
        return of(new StraightThroughSign(), thresholds);
    }

    /**
     * Creates an encoding with given thresholds and a given gradient.
     *
     * @param estimator the sign estimator
     * @param thresholds the thresholds, finite and ascending
     * @return a new block
     * @throws IllegalArgumentException if there is no threshold, or they are not finite and
     *     ascending
     */
    public static ThermometerEncoding of(SignQuantizer estimator, double... thresholds) {
        if (thresholds.length == 0) {
            throw new IllegalArgumentException("There must be at least one threshold.");
        }
        for (int i = 0; i < thresholds.length; ++i) {
            boolean ascending = i == 0 || thresholds[i] > thresholds[i - 1];
            if (!Double.isFinite(thresholds[i]) || !ascending) {
                throw new IllegalArgumentException(
                        "The thresholds must be finite and ascending, but were "
                                + Arrays.toString(thresholds)
                                + ".");
            }
        }
        return new ThermometerEncoding(thresholds.clone(), estimator);
    }

    /**
     * Creates an encoding with thresholds at equal distances inside a range: low + (high − low) ·
     * (t + 1) / (T + 1).
     *
     * @param count T, the number of thresholds, positive
     * @param low the lower end of the range of the features
     * @param high the upper end
     * @return a new block, with the clipped straight-through estimator
     * @throws IllegalArgumentException if an argument is out of range
     */
    public static ThermometerEncoding uniform(int count, double low, double high) {
        if (count <= 0) {
            throw new IllegalArgumentException(
                    "The number of thresholds must be positive, but was " + count + ".");
        }
        if (!(low < high) || !Double.isFinite(low) || !Double.isFinite(high)) {
            throw new IllegalArgumentException(
                    String.format(
                            "The range must be finite and ascending, but was [%s, %s].",
                            low, high));
        }
        double[] thresholds = new double[count];
        for (int t = 0; t < count; ++t) {
            thresholds[t] = low + (high - low) * (t + 1) / (count + 1);
        }
        return of(thresholds);
    }

    /**
     * Returns the thresholds.
     *
     * @return a copy of the thresholds that this block was created with
     */
    public double[] getThresholds() {
        return levels.clone();
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        Shape output = getOutputShapes(new Shape[] {x.getShape()})[0];
        return new NDList(
                Temporaries.freed(
                        x.getManager(),
                        () -> {
                            NDArray theta =
                                    Temporaries.parameter(parameterStore, thresholds, x, training);
                            // x − θ is never rounded to 0 or across it, so its sign is exact.
                            NDArray difference = x.expandDims(-1).sub(theta);
                            return estimator
                                    .quantize(parameterStore, difference, training)
                                    .reshape(output);
                        }));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape input = inputShapes[0];
        if (input.dimension() < 1) {
            throw new IllegalArgumentException(
                    "ThermometerEncoding takes an input of shape [..., features], but got a"
                            + " scalar.");
        }
        int last = input.dimension() - 1;
        return new Shape[] {input.slice(0, last).add(input.get(last) * levels.length)};
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        estimator.initialize(manager, dataType, inputShapes[0].add(levels.length));
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(levels.length);
        for (double level : levels) {
            os.writeDouble(level);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        if (loadVersion != VERSION && loadVersion != 1) {
            throw new MalformedModelException(
                    String.format(
                            "ThermometerEncoding: the version must be 1 or %d, but the file has"
                                    + " %d",
                            VERSION, loadVersion));
        }
        super.loadMetadata(VERSION, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
        int saved = is.readInt();
        if (saved != levels.length) {
            throw new MalformedModelException(
                    String.format(
                            "ThermometerEncoding: this block has %d thresholds, but the file has"
                                    + " %d",
                            levels.length, saved));
        }
        // Version 1 had the number only.
        for (int t = 0; loadVersion != 1 && t < levels.length; ++t) {
            double level = is.readDouble();
            if (level != levels[t]) {
                throw new MalformedModelException(
                        String.format(
                                "ThermometerEncoding: threshold %d of this block is %s, but the"
                                        + " file has %s",
                                t, levels[t], level));
            }
        }
    }
}
