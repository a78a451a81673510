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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Locale;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;

/**
 * The power quantizer of Yvinec et al., "PowerQuant: Automorphism Search for Non-Uniform
 * Quantization", ICLR 2023, and "NUPES", 2023: levels that lie closer round 0, where weights are,
 * and that still multiply as powers do.
 *
 * <p>With the exponent a, $m = \max|w|$ and $L = 2^{b-1} - 1$:
 *
 * <p>$$q = \mathrm{round}(L \, \mathrm{sign}(w) |w|^a / m^a), \quad w_q = \mathrm{sign}(q) \, m \,
 * (|q|/L)^{1/a}$$
 *
 * <p>a = 1 is the uniform quantizer. Rounding is half to even; m is taken from the array at each
 * pass, over the whole of it or for each slice along an axis. Zeros stay zeros.
 *
 * <p>Backward is the identity to w, and none flows through m. The exponent is 0.5 at first, and
 *
 * <ul>
 *   <li>{@link #fit} finds the one of least error for given weights, without data (PowerQuant); or
 *   <li>it is trained (NUPES) by one of the gradients of {@link ExponentGradient}.
 * </ul>
 *
 * <p>The exponent is kept in [0.1, 1.5]; a learned one beyond acts as the limit, and still learns.
 * It is saved with the block, as the parameter {@code exponent} of shape [1].
 *
 * <p>Shapes: any; meant for weights, since the largest value of activations varies.
 */
public final class PowerQuantizer extends Quantizer {

    private static final byte VERSION = 1;
    private static final double START = 0.5;
    private static final double LOWEST = 0.1;
    private static final double HIGHEST = 1.5;
    private static final double GRID = 0.05;

    /**
     * The gradient that a learned exponent follows, with $u = |q|/L$ and $v = |w|^a/m^a$, of which
     * u is the rounded value.
     */
    public enum ExponentGradient {
        /** No gradient: the exponent is set or searched. */
        NONE,

        /**
         * The integers q are held fixed: $\partial w_q/\partial a = -w_q \ln(u)/a^2$. It moves the
         * levels under integers that were rounded for another exponent; followed down to the least
         * error of the weights alone it ends far from the best exponent.
         */
        FIXED_INTEGERS,

        /**
         * The straight-through estimator of learned step sizes: the rounding residual u − v is held
         * fixed, $\partial w_q/\partial a = (w_q/a^2)((v/u) \ln v - \ln u)$, 0 where u is 0.
         * Followed down to the least error of normally distributed weights it ends where {@link
         * #fit} does.
         */
        FIXED_RESIDUAL
    }

    private final int bits;
    private final Channels channels;
    private final ExponentGradient gradient;
    private final Parameter exponent;

    private PowerQuantizer(int bits, Channels channels, ExponentGradient gradient) {
        super(VERSION);
        this.bits = AffineQuantizer.checkBits(bits);
        this.channels = channels;
        this.gradient = gradient;
        boolean learned = gradient != ExponentGradient.NONE;
        exponent =
                addParameter(
                        Parameter.builder()
                                .setName("exponent")
                                .setType(
                                        // The second is a type that trainers never unfreeze.
                                        learned
                                                ? Parameter.Type.OTHER
                                                : Parameter.Type.RUNNING_MEAN)
                                .optRequiresGrad(learned)
                                .optShape(new Shape(1))
                                .optInitializer(
                                        (manager, shape, type) ->
                                                manager.full(shape, (float) START, type))
                                .build());
    }

    /**
     * Creates a quantizer with one maximum for the whole array.
     *
     * @param bits b, 2 to 8 or 16
     * @param learned whether the exponent is trained, by {@link ExponentGradient#FIXED_INTEGERS}
     * @return a new quantizer
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public static PowerQuantizer perTensor(int bits, boolean learned) {
        return perTensor(bits, gradient(learned));
    }

    /**
     * Creates a quantizer with one maximum for the whole array.
     *
     * @param bits b, 2 to 8 or 16
     * @param gradient the gradient of the exponent
     * @return a new quantizer
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public static PowerQuantizer perTensor(int bits, ExponentGradient gradient) {
        return new PowerQuantizer(bits, new Channels(Channels.NONE), gradient);
    }

    private static ExponentGradient gradient(boolean learned) {
        return learned ? ExponentGradient.FIXED_INTEGERS : ExponentGradient.NONE;
    }

    /**
     * Creates a quantizer with a maximum for each slice along an axis.
     *
     * @param bits b, 2 to 8 or 16
     * @param axis the axis of the channels, 0 for the weight of a layer
     * @param learned whether the exponent, one for all slices, is trained, by {@link
     *     ExponentGradient#FIXED_INTEGERS}
     * @return a new quantizer
     * @throws IllegalArgumentException if {@code bits} is another number or {@code axis} is
     *     negative
     */
    public static PowerQuantizer perChannel(int bits, int axis, boolean learned) {
        return perChannel(bits, axis, gradient(learned));
    }

    /**
     * Creates a quantizer with a maximum for each slice along an axis.
     *
     * @param bits b, 2 to 8 or 16
     * @param axis the axis of the channels, 0 for the weight of a layer
     * @param gradient the gradient of the exponent, which is one for all slices
     * @return a new quantizer
     * @throws IllegalArgumentException if {@code bits} is another number or {@code axis} is
     *     negative
     */
    public static PowerQuantizer perChannel(int bits, int axis, ExponentGradient gradient) {
        return new PowerQuantizer(bits, new Channels(Channels.check(axis)), gradient);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        channels.count(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray a = Temporaries.parameter(store, exponent, x, training);
                    return gradient == ExponentGradient.NONE ? withIdentity(x, a) : learning(x, a);
                });
    }

    private NDArray withIdentity(NDArray x, NDArray a) {
        return CustomGradient.straightThrough(x, values(x.stopGradient(), a.stopGradient()));
    }

    /** The identity to x, and to the exponent the derivative of the levels. */
    private NDArray learning(NDArray x, NDArray a) {
        NDArray w = x.stopGradient();
        NDArray max = maximum(w);
        NDArray bounded = CustomGradient.surrogate(a.stopGradient().clip(LOWEST, HIGHEST), a);
        NDArray power = powers(w, max, bounded.stopGradient());
        NDArray level = rounded(power);
        // The logarithms are taken where they are used only: w_q is 0 where the integer is.
        double least = 0.5 / largest(bits);
        NDArray u = level.clip(least, 1);
        NDArray value = level.pow(bounded.stopGradient().pow(-1)).mul(max).mul(w.sign());
        NDArray factor = u.log().neg();
        if (gradient == ExponentGradient.FIXED_RESIDUAL) {
            NDArray v = power.clip(least, 1);
            factor = factor.add(v.div(u).mul(v.log()));
        }
        NDArray slope = value.mul(factor).div(bounded.stopGradient().square());
        NDArray zero = bounded.sub(bounded.stopGradient());
        return CustomGradient.surrogate(value, x.add(slope.mul(zero)));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        channels.count(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray a = Temporaries.parameter(store, exponent, x, false);
                    return values(x.stopGradient(), a.stopGradient());
                });
    }

    /** The quantized values, without a gradient. */
    private NDArray values(NDArray w, NDArray a) {
        return Temporaries.freed(
                w.getManager(),
                () -> {
                    NDArray bounded = a.clip(LOWEST, HIGHEST);
                    NDArray max = maximum(w);
                    NDArray level = rounded(powers(w, max, bounded));
                    return level.powi(bounded.pow(-1)).muli(max).muli(w.sign());
                });
    }

    private NDArray maximum(NDArray w) {
        NDArray perChannel = channels.rows(w).abs().max(new int[] {1}, false);
        return channels.broadcastable(perChannel, w.getShape());
    }

    /** |w|^a / m^a, in [0, 1]. */
    private static NDArray powers(NDArray w, NDArray max, NDArray a) {
        // Only a channel of zeros has a maximum of 0: 0 / smallest is 0, 0 / 0 is not.
        NDArray divisor = max.clip(Float.MIN_NORMAL, Double.POSITIVE_INFINITY);
        return w.abs().div(divisor).powi(a);
    }

    /** |q| / L, in [0, 1]. */
    private NDArray rounded(NDArray powers) {
        int largest = largest(bits);
        return powers.mul(largest).round().divi(largest);
    }

    private static int largest(int bits) {
        return (1 << (bits - 1)) - 1;
    }

    /**
     * Sets the exponent to the one of least error for the weights, $\arg\min_a \sum_l \|W_l -
     * w_q(W_l)\|_2$, by a grid over [0.1, 1.5] of the distance 0.05 that is refined twice, to
     * 0.0005. The search needs no data but the weights, which it quantizes 71 times on their
     * device.
     *
     * <p>The paper has one exponent for a whole net: give the weights of all layers to the
     * quantizer of one layer, and its exponent to the others by {@link #setExponent(NDArray)}.
     *
     * @param weights the weights, each with a maximum (or maxima) of its own
     * @throws IllegalArgumentException if there are none, or one is empty or not finite or has too
     *     few axes
     * @throws IllegalStateException if the block has not been initialized
     */
    public void fit(NDArray... weights) {
        requireInitialized();
        if (weights.length == 0) {
            throw new IllegalArgumentException("There must be at least one array of weights.");
        }
        Temporaries.freed(
                        exponent.getArray().getManager(),
                        () -> {
                            for (NDArray w : weights) {
                                checkWeights(w);
                            }
                            NDArray like = weights[0];
                            NDArray steps =
                                    like.getManager()
                                            .arange(0, 29, 1, like.getDataType(), like.getDevice());
                            NDArray best = search(steps.mul(GRID).add(LOWEST), weights);
                            NDArray near = steps.get("0:21").sub(10);
                            best = search(near.mul(GRID / 10).add(best), weights);
                            best = search(near.mul(GRID / 100).add(best), weights);
                            assign(best);
                            return best;
                        })
                .close();
    }

    /** Leaves temporaries. */
    private void checkWeights(NDArray w) {
        channels.count(w.getShape());
        if (w.size() == 0) {
            throw new IllegalArgumentException(
                    "The weights must not be empty, but have shape " + w.getShape() + ".");
        }
        // An infinity or a NaN minus itself is a NaN, which equals nothing.
        NDArray zeros = w.sub(w);
        if (!zeros.contentEquals(zeros)) {
            throw new IllegalArgumentException(
                    "The weights must be finite, but have an infinity or a NaN.");
        }
    }

    /** Returns, out of some exponents, the one of least error. */
    private NDArray search(NDArray exponents, NDArray[] weights) {
        long count = exponents.size();
        NDArray candidates = exponents.clip(LOWEST, HIGHEST);
        NDList errors = new NDList();
        for (long i = 0; i < count; ++i) {
            errors.add(error(candidates.get(i), weights));
        }
        NDArray best = NDArrays.stack(errors).argMin(0).reshape(1);
        return candidates.gather(best, 0);
    }

    private NDArray error(NDArray a, NDArray[] weights) {
        return Temporaries.freed(
                a.getManager(),
                () -> {
                    NDArray sum = a.zerosLike();
                    for (NDArray w : weights) {
                        NDArray fixed = w.stopGradient();
                        NDArray there = a.toType(w.getDataType(), false);
                        NDArray gap = values(fixed, there.reshape(1)).subi(fixed);
                        sum = sum.add(gap.square().sum().sqrt());
                    }
                    return sum;
                });
    }

    /**
     * Sets the exponent.
     *
     * @param exponent a, in [0.1, 1.5]
     * @throws IllegalArgumentException if {@code exponent} is out of its range
     * @throws IllegalStateException if the block has not been initialized
     */
    public void setExponent(double exponent) {
        if (!(exponent >= LOWEST && exponent <= HIGHEST)) {
            throw new IllegalArgumentException(
                    "exponent must be in [0.1, 1.5], but was " + exponent + ".");
        }
        requireInitialized();
        try (NDArray value = this.exponent.getArray().zerosLike()) {
            assign(value.addi(exponent));
        }
    }

    /**
     * Sets the exponent to that of another quantizer.
     *
     * @param exponent a, of shape [1]; values beyond [0.1, 1.5] act as the limits
     * @throws IllegalArgumentException if the array has another shape
     * @throws IllegalStateException if the block has not been initialized
     */
    public void setExponent(NDArray exponent) {
        if (!exponent.getShape().equals(new Shape(1))) {
            throw new IllegalArgumentException(
                    "exponent must have shape (1), but has shape " + exponent.getShape() + ".");
        }
        requireInitialized();
        try (NDArray value = exponent.stopGradient()) {
            assign(value);
        }
    }

    /**
     * Returns the exponent.
     *
     * @return a, of shape [1]; the live array, which the caller must neither change nor close
     * @throws IllegalStateException if the block has not been initialized
     */
    public NDArray getExponent() {
        requireInitialized();
        return exponent.getArray();
    }

    private void requireInitialized() {
        if (!isInitialized()) {
            throw new IllegalStateException("The PowerQuantizer must be initialized first.");
        }
    }

    /** Overwrites the exponent in place; autograd forbids that while it requires a gradient. */
    private void assign(NDArray value) {
        NDArray leaf = exponent.getArray();
        boolean required = leaf.hasGradient();
        leaf.setRequiresGradient(false);
        leaf.muli(0).addi(value.toDevice(leaf.getDevice(), false));
        leaf.setRequiresGradient(required);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /**
     * Returns the number of bits.
     *
     * @return 2 to 8, or 16
     */
    public int getBits() {
        return bits;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(bits);
        os.writeByte(channels.axis());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        String saved = describe(is.readByte(), is.readByte());
        String here = describe(bits, channels.axis());
        requireSaved(here, saved);
    }

    private static String describe(int bits, int axis) {
        return String.format(
                Locale.ROOT,
                "%d bits and %s",
                bits,
                axis == Channels.NONE ? "one maximum" : "maxima along axis " + axis);
    }
}
