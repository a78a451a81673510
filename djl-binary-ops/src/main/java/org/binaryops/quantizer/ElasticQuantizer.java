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
import ai.djl.ndarray.NDManager;
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
 * The elastic activation quantizer of Liu et al., "Binary and Ternary Natural Language Generation"
 * (TBT), ACL 2023, with one learned step α for the whole array; at 4 and 8 bits it is the learned
 * step size quantizer (LSQ) of Esser et al., ICLR 2020.
 *
 * <p>Forward, with round half to even and the limits Qn, Qp of {@link Range}:
 *
 * <p>$$y = \alpha \cdot \mathrm{clamp}(\mathrm{round}((x - o)/\alpha), Q_n, Q_p) + o$$
 *
 * <p>where o is the minimum of x for {@link Range#UNSIGNED} from 2 bits on, and 0 otherwise. At 1
 * bit {@link Range#SIGNED} gives $\alpha \, \mathrm{sign}(x)$ with sign(0) = +1; the authors' code
 * has sign(0) = 0 there, a third value.
 *
 * <p>Backward, for the incoming gradient g, with u = (x − o)/α and $s = 1/\sqrt{n \, Q_p}$ for n
 * elements:
 *
 * <p>$$\partial x = g \cdot 1\{Q_n \le u \le Q_p\}, \quad \partial\alpha = s \sum g \cdot \{Q_n
 * \text{ below};\ Q_p \text{ above};\ \mathrm{round}(u) - u \text{ inside}\}$$
 *
 * <p>and $\partial\alpha = s \sum g \cdot \mathrm{sign}(x)$ for one signed bit. No gradient flows
 * through o. A step below 1e-5 acts as 1e-5, and still learns.
 *
 * <p>The first training pass sets α from its batch, to $2\,\mathrm{mean}|x|/\sqrt{Q}$ (signed) or
 * $4\,\mathrm{mean}|x|/\sqrt{Q}$ (unsigned) with Q = 2<sup>b−1</sup> − 1 (1 for one bit) or
 * 2<sup>b</sup> − 1; until then α is 1. That it has happened is saved with the block. With copies
 * of the parameters on several devices, run the first batch on one device alone: each copy is not
 * set for itself.
 *
 * <p>The authors use this quantizer at 1 and 2 bits, and a dynamic min-max quantizer at 8 bits.
 */
public final class ElasticQuantizer extends Quantizer {

    private static final byte VERSION = 1;
    private static final double FLOOR = 1e-5;

    /** Which values the levels cover. */
    public enum Range {
        /**
         * Both signs. Limits: ±1 for 1 and 2 bits, −2<sup>b−1</sup> and 2<sup>b−1</sup> − 1 from 3
         * bits on.
         */
        SIGNED,

        /**
         * From the minimum of the array up. Limits: 0 and 1 for 1 bit (from 0 up, whatever the
         * minimum), 0 and 2 for 2 bits, 0 and 2<sup>b</sup> − 1 from 3 bits on.
         *
         * <p>Since the minimum is taken over the array, what one row gives depends on the others.
         */
        UNSIGNED,

        /**
         * From 0 up, with the limits of {@link #UNSIGNED}: the same for data that is nowhere
         * negative and somewhere 0 (the output of a ReLU, masked probabilities), and free of its
         * dependence between rows.
         */
        NON_NEGATIVE
    }

    private final Range range;
    private final int bits;
    private final Parameter step;
    private volatile boolean stepInitialized;

    /**
     * Creates a quantizer.
     *
     * @param range which values the levels cover
     * @param bits the number of bits, 1, 2, 4 or 8
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public ElasticQuantizer(Range range, int bits) {
        super(VERSION);
        this.range = range;
        this.bits = checkBits(bits);
        step =
                addParameter(
                        Parameter.builder()
                                .setName("step")
                                .setType(Parameter.Type.OTHER)
                                .optShape(new Shape(1))
                                .optInitializer(Initializer.ONES)
                                .build());
    }

    /**
     * Creates a quantizer for values of both signs.
     *
     * @param bits the number of bits, 1, 2, 4 or 8
     * @return a new quantizer with {@link Range#SIGNED}
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public static ElasticQuantizer signed(int bits) {
        return new ElasticQuantizer(Range.SIGNED, bits);
    }

    /**
     * Creates a quantizer for values from their minimum up.
     *
     * @param bits the number of bits, 1, 2, 4 or 8
     * @return a new quantizer with {@link Range#UNSIGNED}
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public static ElasticQuantizer unsigned(int bits) {
        return new ElasticQuantizer(Range.UNSIGNED, bits);
    }

    /**
     * Creates a quantizer for values from 0 up.
     *
     * @param bits the number of bits, 1, 2, 4 or 8
     * @return a new quantizer with {@link Range#NON_NEGATIVE}
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public static ElasticQuantizer nonNegative(int bits) {
        return new ElasticQuantizer(Range.NON_NEGATIVE, bits);
    }

    /**
     * Quantizes an array with a given step; the functional twin of this block.
     *
     * @param x the array, of any shape
     * @param step α, of shape [1]
     * @param range which values the levels cover
     * @param bits the number of bits, 1, 2, 4 or 8
     * @return the quantized array, attached to the manager of {@code x}; it carries the gradients
     *     to {@code x} and {@code step}
     * @throws IllegalArgumentException if {@code bits} is another number
     */
    public static NDArray quantize(NDArray x, NDArray step, Range range, int bits) {
        checkBits(bits);
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray alpha = scaledStep(step, x.size(), highest(range, bits));
                    if (x.getShape().dimension() == 0) {
                        alpha = alpha.reshape(new Shape());
                    }
                    return range == Range.SIGNED && bits == 1
                            ? signs(x, alpha)
                            : levels(x, alpha, range, bits);
                });
    }

    /** α sign(x), with g 1{|x| ≤ α} for x and s Σ g sign(x) for α. */
    private static NDArray signs(NDArray x, NDArray alpha) {
        NDArray fixed = x.stopGradient();
        // In place and in numbers, since fresh memory and booleans are what costs time here:
        // −1 inside of the window and +1 outside, then 1 and 0.
        NDArray inside = fixed.abs().subi(alpha.stopGradient()).signi().subi(.5).signi();
        inside.negi().addi(1).muli(.5);
        NDArray passed = CustomGradient.of(x, fixed.zerosLike(), inside);
        return SignQuantizer.sign(fixed).mul(alpha).addi(passed);
    }

    /**
     * The levels times α. With u = x / α, the level q and the indicator m of the limits, α has the
     * gradient s Σ g (q − m u), which is that of (q − m u) α for fixed q and u.
     */
    private static NDArray levels(NDArray x, NDArray alpha, Range range, int bits) {
        NDArray fixed = x.stopGradient();
        NDArray step = alpha.stopGradient();
        NDArray offset = range == Range.UNSIGNED && bits > 1 ? fixed.min() : null;
        NDArray u = (offset == null ? fixed : fixed.sub(offset)).div(step);
        NDArray clipped = u.clip(lowest(range, bits), highest(range, bits));
        NDArray inside = u.sub(clipped).signi();
        inside.muli(inside).negi().addi(1);
        NDArray q = clipped.round();
        NDArray slope = q.sub(u.muli(inside));
        NDArray value = q.muli(step);
        NDArray surrogate = x.mul(inside).addi(slope.mul(alpha));
        return CustomGradient.surrogate(offset == null ? value : value.addi(offset), surrogate);
    }

    /**
     * The step with its floor, and the factor s on its gradient.
     *
     * <p>The factor is an array of the engine's own. A number would become an array in a buffer of
     * the JVM that the engine keeps for the backward pass and the garbage collector does not.
     */
    private static NDArray scaledStep(NDArray step, long size, int highest) {
        double s = 1 / Math.sqrt((double) Math.max(1, size) * highest);
        NDArray fixed = step.stopGradient();
        return CustomGradient.of(step, fixed.maximum(FLOOR), fixed.zerosLike().add(s));
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        NDArray alpha = Temporaries.parameter(store, step, x, training);
        if (training && !stepInitialized && x.size() > 0) {
            initializeStep(x, alpha);
        }
        return quantize(x, alpha, range, bits);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        stepInitialized = false;
    }

    private synchronized void initializeStep(NDArray x, NDArray alpha) {
        if (stepInitialized) {
            return;
        }
        NDManager owner = x.getManager();
        double root = Math.sqrt(range == Range.SIGNED ? signedLimit(bits) : (1 << bits) - 1);
        double factor = (range == Range.SIGNED ? 2 : 4) / root;
        try (NDArray first =
                Temporaries.freed(
                        owner,
                        () ->
                                x.stopGradient()
                                        .abs()
                                        .mean()
                                        .reshape(1)
                                        .mul(factor)
                                        .maximum(FLOOR))) {
            assign(alpha, first);
            NDArray original = step.getArray();
            if (original != alpha) {
                try (NDArray there = first.toDevice(original.getDevice(), true)) {
                    assign(original, there);
                }
            }
        }
        stepInitialized = true;
    }

    /**
     * Overwrites a leaf in place, on its device: {@code NDArray.copyTo} would go through the host,
     * and autograd forbids writing to an array that requires a gradient.
     */
    private static void assign(NDArray leaf, NDArray value) {
        boolean required = leaf.hasGradient();
        leaf.setRequiresGradient(false);
        leaf.muli(0).addi(value);
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
     * @return 1, 2, 4 or 8
     */
    public int getBits() {
        return bits;
    }

    /**
     * Returns which values the levels cover.
     *
     * @return the range
     */
    public Range getRange() {
        return range;
    }

    /**
     * Returns whether the step has been set from a first batch.
     *
     * @return {@code true} after the first training pass, and after loading a trained quantizer
     */
    public boolean isStepInitialized() {
        return stepInitialized;
    }

    /**
     * Returns Qn, the lowest level.
     *
     * @param range which values the levels cover
     * @param bits the number of bits
     * @return the level, an integer
     */
    static int lowest(Range range, int bits) {
        if (range != Range.SIGNED) {
            return 0;
        }
        return bits <= 2 ? -1 : -(1 << (bits - 1));
    }

    /**
     * Returns Qp, the highest level.
     *
     * @param range which values the levels cover
     * @param bits the number of bits
     * @return the level, an integer
     */
    static int highest(Range range, int bits) {
        if (range == Range.SIGNED) {
            return signedLimit(bits);
        }
        // Two unsigned bits carry three levels, the ternary of the paper.
        return bits == 2 ? 2 : (1 << bits) - 1;
    }

    private static int signedLimit(int bits) {
        return Math.max(1, (1 << (bits - 1)) - 1);
    }

    private static int checkBits(int bits) {
        if (bits != 1 && bits != 2 && bits != 4 && bits != 8) {
            throw new IllegalArgumentException("bits must be 1, 2, 4 or 8, but was " + bits + ".");
        }
        return bits;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(range.ordinal());
        os.writeByte(bits);
        os.writeBoolean(stepInitialized);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        requireSaved(describe(range.ordinal(), bits), describe(is.readByte(), is.readByte()));
        stepInitialized = is.readBoolean();
    }

    private static String describe(int range, int bits) {
        Range[] all = Range.values();
        Object name = range >= 0 && range < all.length ? all[range] : range;
        return String.format(Locale.ROOT, "range %s with %d bits", name, bits);
    }
}
