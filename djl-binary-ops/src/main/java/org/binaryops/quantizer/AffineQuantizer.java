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
package org.binaryops.quantizer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Locale;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The uniform affine quantizer of integer inference (Jacob et al., "Quantization and Training of
 * Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018), simulated in
 * floating point.
 *
 * <p>With the scale s, the integer zero point z and the limits Qn, Qp, rounding half to even:
 *
 * <p>$$y = s \cdot (\mathrm{clamp}(\mathrm{round}(x/s) + z, Q_n, Q_p) - z)$$
 *
 * <ul>
 *   <li>symmetric: z = 0, the limits are ±(2<sup>b−1</sup> − 1) (the integer −2<sup>b−1</sup> is
 *       left out, so that y(−x) = −y(x)), $s = \max(|low|, |high|) / Q_p$ for the range [low,
 *       high];
 *   <li>asymmetric: the limits are 0 and 2<sup>b</sup> − 1, $s = (high - low) / Q_p$ and $z =
 *       \mathrm{round}(-low/s)$.
 * </ul>
 *
 * <p>Since z is an integer and the range includes 0, the value 0 stays exactly 0.
 *
 * <p>Backward is the straight-through estimator, ∂L/∂x = ∂L/∂y · 1{Qn ≤ x/s + z ≤ Qp}. None flows
 * to s and z, which are saved with the block and never trained.
 *
 * <p>The range comes from {@link #calibrate} (after training), or from an observer: with {@link
 * Builder#optObserver} each training pass moves the range towards that of its array (training with
 * quantization). A quantizer that has no range yet throws {@link IllegalStateException}.
 *
 * <p>With {@link Builder#optAxis} each slice along an axis has a scale and a zero point of its own:
 * axis 0 for the weight of a layer.
 *
 * <p>Shapes: any; x and y have the same shape.
 */
public final class AffineQuantizer extends Quantizer {

    private static final byte VERSION = 1;

    private final AffineGrid grid;
    private final Channels channels;
    private final double momentum;
    private final boolean observer;
    private final Parameter scale;
    private final Parameter zeroPoint;
    private final Parameter low;
    private final Parameter high;
    private volatile boolean calibrated;
    private volatile boolean observing;

    private AffineQuantizer(Builder builder) {
        super(VERSION);
        grid = new AffineGrid(builder.bits, builder.symmetric);
        channels = new Channels(builder.axis);
        observer = builder.observer;
        observing = observer;
        momentum = builder.momentum;
        scale = addParameter(fixed("scale", Initializer.ONES));
        zeroPoint = addParameter(fixed("zeroPoint", Initializer.ZEROS));
        low = observer ? addParameter(fixed("low", Initializer.ZEROS)) : null;
        high = observer ? addParameter(fixed("high", Initializer.ZEROS)) : null;
    }

    private static Parameter fixed(String name, Initializer initializer) {
        // A type that trainers never unfreeze.
        return Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.RUNNING_MEAN)
                .optRequiresGrad(false)
                .optInitializer(initializer)
                .build();
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape shape = new Shape(channels.count(inputShapes[0]));
        getDirectParameters().values().forEach(p -> p.setShape(shape));
    }

    /**
     * Sets the scale and the zero point from data: a weight, or activations of representative
     * inputs.
     *
     * <p>The block must have been initialized or loaded. With an observer the range found here is
     * where it goes on.
     *
     * @param data the data, not empty, with the axes of the arrays that are to be quantized
     * @param method how the range is chosen
     * @throws IllegalArgumentException if {@code data} is empty, not finite, or does not fit this
     *     quantizer
     * @throws IllegalStateException if the block has not been initialized
     */
    public void calibrate(NDArray data, Calibration method) {
        if (!isInitialized()) {
            throw new IllegalStateException(
                    "The AffineQuantizer must be initialized before it is calibrated.");
        }
        if (data.size() == 0) {
            throw new IllegalArgumentException(
                    "data must not be empty, but has shape " + data.getShape() + ".");
        }
        channels.require(data.getShape(), scale.getArray().size());
        Temporaries.freed(
                        data.getManager(),
                        () -> {
                            NDArray x = data.stopGradient();
                            // An infinity or a NaN minus itself is a NaN, which equals nothing.
                            NDArray zeros = x.sub(x);
                            if (!zeros.contentEquals(zeros)) {
                                throw new IllegalArgumentException(
                                        "data must be finite, but has an infinity or a NaN.");
                            }
                            NDList range = method.ranges(channels.rows(x), grid);
                            if (observer) {
                                assign(low.getArray(), range.get(0));
                                assign(high.getArray(), range.get(1));
                            }
                            setRange(scale.getArray(), zeroPoint.getArray(), range);
                            return zeros;
                        })
                .close();
        calibrated = true;
    }

    private void setRange(NDArray scales, NDArray zeroPoints, NDList range) {
        NDArray steps = grid.scale(range.get(0), range.get(1));
        assign(zeroPoints, grid.zeroPoint(range.get(0), steps));
        assign(scales, steps);
    }

    /** Overwrites an array in place, on its device. */
    private static void assign(NDArray target, NDArray value) {
        target.muli(0).addi(value.toDevice(target.getDevice(), false));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    if (training && observing) {
                        observe(store, x);
                    }
                    NDArray s = look(store, scale, x, training);
                    NDArray z = grid.symmetric() ? null : look(store, zeroPoint, x, training);
                    return quantize(x, s, z, grid);
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray s = look(store, scale, x, false);
                    NDArray z = grid.symmetric() ? null : look(store, zeroPoint, x, false);
                    return values(x.stopGradient(), s, z, grid);
                });
    }

    private NDArray look(ParameterStore store, Parameter parameter, NDArray x, boolean training) {
        if (!calibrated) {
            throw new IllegalStateException(
                    "This AffineQuantizer has no range yet: call calibrate, or let an observer see"
                            + " a training pass.");
        }
        NDArray value = Temporaries.parameter(store, parameter, x, training);
        channels.require(x.getShape(), value.size());
        NDArray fitting = channels.broadcastable(value, x.getShape());
        // The backward pass needs what the next observation overwrites.
        return observing && training ? fitting.duplicate() : fitting;
    }

    private synchronized void observe(ParameterStore store, NDArray x) {
        channels.require(x.getShape(), scale.getArray().size());
        NDList batch = Calibration.extremes(channels.rows(x.stopGradient()));
        NDArray lows = Temporaries.parameter(store, low, x, true);
        NDArray highs = Temporaries.parameter(store, high, x, true);
        double keep = calibrated ? momentum : 0;
        lows.muli(keep).addi(batch.get(0).mul(1 - keep));
        highs.muli(keep).addi(batch.get(1).mul(1 - keep));
        NDArray scales = Temporaries.parameter(store, scale, x, true);
        NDArray zeroPoints = Temporaries.parameter(store, zeroPoint, x, true);
        setRange(scales, zeroPoints, new NDList(lows, highs));
        if (lows != low.getArray()) {
            // On another device the store holds copies, which nobody saves.
            assign(low.getArray(), lows);
            assign(high.getArray(), highs);
            assign(scale.getArray(), scales);
            assign(zeroPoint.getArray(), zeroPoints);
        }
        calibrated = true;
    }

    /**
     * Quantizes an array with a given scale and zero point; the functional twin of this block.
     *
     * @param x the array
     * @param scale s, positive, of a shape that broadcasts over {@code x}
     * @param zeroPoint z, integers between the limits, of the shape of {@code scale}; {@code null}
     *     stands for 0
     * @param bits the number of bits, 2 to 8 or 16
     * @param symmetric whether the limits are ±(2<sup>b−1</sup> − 1), else 0 and 2<sup>b</sup> − 1
     * @return y, attached to the manager of {@code x}; it carries the gradient to {@code x}
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public static NDArray quantize(
            NDArray x, NDArray scale, NDArray zeroPoint, int bits, boolean symmetric) {
        AffineGrid grid = new AffineGrid(checkBits(bits), symmetric);
        return quantize(x, scale, zeroPoint, grid);
    }

    private static NDArray quantize(NDArray x, NDArray scale, NDArray zeroPoint, AffineGrid grid) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray s = scale.stopGradient();
                    NDArray u = x.div(s);
                    NDArray shifted = zeroPoint == null ? u : u.add(zeroPoint.stopGradient());
                    return CustomGradient.surrogate(
                                    levels(u.stopGradient().round(), zeroPoint, grid),
                                    shifted.clip(grid.lowest(), grid.highest()))
                            .mul(s);
                });
    }

    /** The quantized values, without a gradient. */
    static NDArray values(NDArray x, NDArray scale, NDArray zeroPoint, AffineGrid grid) {
        return Temporaries.freed(
                x.getManager(), () -> levels(x.div(scale).round(), zeroPoint, grid).mul(scale));
    }

    /** Clamps rounded quotients, which it may overwrite: clamp(r + z) − z. */
    private static NDArray levels(NDArray rounded, NDArray zeroPoint, AffineGrid grid) {
        if (zeroPoint == null) {
            return rounded.clip(grid.lowest(), grid.highest());
        }
        return rounded.addi(zeroPoint).clip(grid.lowest(), grid.highest()).subi(zeroPoint);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /**
     * Sets whether the observer follows the arrays of training passes; it does from the start. The
     * last epochs of a training are as a rule run with a range that stands still.
     *
     * @param observing whether to observe
     * @throws IllegalStateException if this quantizer was built without an observer
     */
    public void setObserving(boolean observing) {
        if (!observer) {
            throw new IllegalStateException("This AffineQuantizer was built without an observer.");
        }
        this.observing = observing;
    }

    /**
     * Returns whether a range has been set.
     *
     * @return {@code true} after a calibration or an observed training pass, and after loading a
     *     quantizer that had a range
     */
    public boolean isCalibrated() {
        return calibrated;
    }

    /**
     * Returns the number of bits.
     *
     * @return 2 to 8, or 16
     */
    public int getBits() {
        return grid.bits();
    }

    /**
     * Returns whether the zero point is 0 and the limits are ±(2<sup>b−1</sup> − 1).
     *
     * @return {@code false} for a zero point that follows the range
     */
    public boolean isSymmetric() {
        return grid.symmetric();
    }

    static int checkBits(int bits) {
        if ((bits < 2 || bits > 8) && bits != 16) {
            throw new IllegalArgumentException("bits must be 2 to 8 or 16, but was " + bits + ".");
        }
        return bits;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(grid.bits());
        os.writeBoolean(grid.symmetric());
        os.writeByte(channels.axis());
        os.writeBoolean(observer);
        os.writeBoolean(calibrated);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        String saved = describe(is.readByte(), is.readBoolean(), is.readByte(), is.readBoolean());
        String here = describe(grid.bits(), grid.symmetric(), channels.axis(), observer);
        requireSaved(here, saved);
        calibrated = is.readBoolean();
    }

    private static String describe(int bits, boolean symmetric, int axis, boolean observer) {
        return String.format(
                Locale.ROOT,
                "%d %s bits, %s and %s observer",
                bits,
                symmetric ? "symmetric" : "asymmetric",
                axis == Channels.NONE ? "one scale" : "scales along axis " + axis,
                observer ? "an" : "no");
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link AffineQuantizer}. */
    public static final class Builder {

        private int bits;
        private boolean symmetric = true;
        private int axis = Channels.NONE;
        private boolean observer;
        private double momentum;

        private Builder() {}

        /**
         * Sets the number of bits.
         *
         * @param bits 2 to 8, or 16
         * @return this builder
         */
        public Builder setBits(int bits) {
            this.bits = bits;
            return this;
        }

        /**
         * Sets whether the levels lie symmetrically round 0; the default is {@code true}.
         *
         * @param symmetric whether the zero point is 0
         * @return this builder
         */
        public Builder optSymmetric(boolean symmetric) {
            this.symmetric = symmetric;
            return this;
        }

        /**
         * Gives each slice along an axis a scale of its own; the default is one scale.
         *
         * @param axis the axis of the channels, 0 for the weight of a layer
         * @return this builder
         * @throws IllegalArgumentException if {@code axis} is negative
         */
        public Builder optAxis(int axis) {
            this.axis = Channels.check(axis);
            return this;
        }

        /**
         * Lets the range follow the arrays of training passes: the first sets it, each later one
         * moves it, $low \leftarrow m \cdot low + (1 - m) \min x$, and the upper end likewise. The
         * momentum 0 takes the range of the latest array, which suits weights; 0.9 or more suits
         * activations.
         *
         * @param momentum m, in [0, 1)
         * @return this builder
         * @throws IllegalArgumentException if {@code momentum} is not in [0, 1)
         */
        public Builder optObserver(double momentum) {
            if (!(momentum >= 0 && momentum < 1)) {
                throw new IllegalArgumentException(
                        "momentum must be in [0, 1), but was " + momentum + ".");
            }
            this.observer = true;
            this.momentum = momentum;
            return this;
        }

        /**
         * Builds the quantizer.
         *
         * @return a new quantizer
         * @throws IllegalArgumentException if {@code bits} was not set or is out of its range
         */
        public AffineQuantizer build() {
            checkBits(bits);
            return new AffineQuantizer(this);
        }
    }
}
