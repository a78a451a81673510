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
package org.binaryops.quantizer.codebook;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.NormalInitializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Locale;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.Temporaries;
import org.binaryops.quantizer.Quantizer;

/**
 * The codebook of Tamkin, Taufeeque and Goodman, "Codebook Features: Sparse and Discrete
 * Interpretability for Neural Networks", ICML 2024: a bottleneck that replaces each vector by the
 * mean of its k nearest codes, so that a vector can be read as k numbers.
 *
 * <p>For each vector x of the last axis, with codes c<sub>1</sub> … c<sub>C</sub> and the
 * similarity s of {@link Snap}:
 *
 * <p>$$\hat x = \mathrm{LayerNorm}(x), \quad y = \frac{1}{k} \sum_{i \in \mathrm{top}_k(s)} c_i$$
 *
 * <p>The layer normalization (ε = 1e-5) has a scale and a shift of its own. With {@link
 * CodebookBuilder#optSum} y is the sum, as the paper writes; the mean is what its authors' code
 * computes.
 *
 * <p>Backward, the gradient g of y passes to x̂ unchanged and on through the layer normalization;
 * {@link Objective} says what reaches the codes, and what reconstruction adds. What it adds does
 * not depend on g, so that no operations on y can bring it into the backward pass, and DJL has no
 * backward function of one's own. A training therefore wraps its loss once in a {@link
 * ReconstructionLoss}; {@link Objective#BASE} needs nothing.
 *
 * <p>With {@link CodebookBuilder#optGroups} a vector is cut into equal parts (the heads of an
 * attention, say), each with a layer normalization and codes of its own.
 *
 * <p>Codes that nothing uses are dead. {@link #replaceDeadCodes} puts current inputs in their
 * place; the listener {@link DeadCodeReplacement} does so every n batches. Replacement and {@link
 * CodeUsage} assume training on one device.
 *
 * <p>Shapes: x and y [..., width], codes [groups, C, width / groups]. For T vectors a pass creates
 * an array of T · groups · C similarities (two of them for {@link Snap#EUCLIDEAN}) and frees it;
 * then a training pass creates two of that size to count, and frees them.
 */
public final class Codebook extends Quantizer {

    private static final byte VERSION = 1;

    private final int size;
    private final int groups;
    private final int topK;
    private final Snap snap;
    private final boolean sum;
    private final Objective objective;
    private final double commitment;
    private final Parameter gamma;
    private final Parameter beta;
    private final Parameter codes;
    private final CodeUsage usage = new CodeUsage();
    private final ReconstructionTerms terms = new ReconstructionTerms();
    private final CodeUpkeep upkeep;
    private volatile NDArray preference;

    Codebook(CodebookBuilder builder) {
        super(VERSION);
        size = builder.size;
        groups = builder.groups;
        topK = builder.topK;
        snap = builder.snap;
        sum = builder.sum;
        objective = builder.objective;
        commitment = builder.commitment;
        gamma = addParameter(learned("gamma", Parameter.Type.GAMMA, Initializer.ONES));
        beta = addParameter(learned("beta", Parameter.Type.BETA, Initializer.ZEROS));
        codes = addParameter(learned("codes", Parameter.Type.OTHER, new NormalInitializer(1)));
        addParameter(usage.parameter());
        upkeep = new CodeUpkeep(size, groups, gamma, beta, codes, usage);
    }

    private static Parameter learned(String name, Parameter.Type type, Initializer initializer) {
        return Parameter.builder().setName(name).setType(type).optInitializer(initializer).build();
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape shape = inputShapes[0];
        long width = shape.dimension() == 0 ? 0 : shape.get(shape.dimension() - 1);
        if (width <= 0 || width % groups != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "The last axis of the input must be a multiple of the number of groups,"
                                    + " %d, but the shape is %s.",
                            groups, shape));
        }
        gamma.setShape(new Shape(width));
        beta.setShape(new Shape(width));
        codes.setShape(new Shape(groups, size, width / groups));
        usage.parameter().setShape(new Shape(groups, size));
    }

    /**
     * Replaces vectors by the mean of their nearest codes, without a layer normalization; the
     * functional twin of this block with {@link Objective#BASE}.
     *
     * @param vectors the vectors x̂, of shape [vectors, width]
     * @param codes the codes c, of shape [codes, width]
     * @param snap the similarity
     * @param topK k, how many codes to take, at most as many as there are
     * @return y, of the shape of {@code vectors} and attached to its manager; it carries the
     *     gradients to both arguments
     */
    public static NDArray quantize(NDArray vectors, NDArray codes, Snap snap, int topK) {
        return Temporaries.freed(
                vectors.getManager(),
                () -> {
                    NDArray x = vectors.expandDims(1);
                    NDArray table = codes.expandDims(0);
                    NDArray near = snap.ofGroups(x.stopGradient(), table.stopGradient());
                    NDArray y = CodeTable.combine(table, CodeTable.nearest(near, topK), false);
                    return CustomGradient.surrogate(y, y.add(x)).squeeze(1);
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantize(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    boolean learning = training && x.size() > 0;
                    if (learning) {
                        upkeep.beforePass(x);
                    }
                    NDArray scale = Temporaries.parameter(store, gamma, x, training);
                    NDArray shift = Temporaries.parameter(store, beta, x, training);
                    NDArray table = Temporaries.parameter(store, codes, x, training);
                    NDArray normal = CodeTable.normalize(x, scale, shift, groups);
                    if (learning) {
                        upkeep.beforeChoice(store, normal, table);
                    }
                    NDArray ids = choose(normal, table, x.getShape());
                    NDArray y = CodeTable.combine(table, ids, sum);
                    if (learning) {
                        usage.count(store, ids);
                        if (objective != Objective.BASE) {
                            terms.keep(objective.reconstruction(normal, y, commitment));
                        }
                    }
                    NDArray through = objective.teachesCodes() ? y.add(normal) : normal;
                    return CustomGradient.surrogate(y, through).reshape(x.getShape());
                });
    }

    /** {@inheritDoc} */
    @Override
    public NDArray quantizeFrozen(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray table = Temporaries.parameter(store, codes, x, false).stopGradient();
                    NDArray ids = codes(store, x);
                    long vectors = ids.size() / (groups * topK);
                    return CodeTable.combine(table, ids.reshape(vectors, groups, topK), sum)
                            .reshape(x.getShape());
                });
    }

    /**
     * Reads vectors as the numbers of their codes.
     *
     * @param store the store that holds the parameters of this block
     * @param x the input of this block, of shape [..., width]
     * @return the numbers, nearest first, of shape [..., groups, k] and type INT64, attached to the
     *     manager of {@code x}
     */
    public NDArray codes(ParameterStore store, NDArray x) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray scale = Temporaries.parameter(store, gamma, x, false).stopGradient();
                    NDArray shift = Temporaries.parameter(store, beta, x, false).stopGradient();
                    NDArray table = Temporaries.parameter(store, codes, x, false);
                    NDArray ids =
                            choose(
                                    CodeTable.normalize(x.stopGradient(), scale, shift, groups),
                                    table,
                                    x.getShape());
                    return ids.reshape(leading(x.getShape()).add(groups, topK));
                });
    }

    private static Shape leading(Shape shape) {
        return shape.slice(0, shape.dimension() - 1);
    }

    /** The numbers of the nearest codes, of shape [vectors, groups, k]. */
    private NDArray choose(NDArray normal, NDArray table, Shape shape) {
        NDArray near = snap.ofGroups(normal.stopGradient(), table.stopGradient());
        NDArray wish = preference;
        if (wish != null) {
            near =
                    near.reshape(leading(shape).add(groups, size))
                            .add(wish)
                            .reshape(near.getShape());
        }
        return CodeTable.nearest(near, topK);
    }

    NDArray addTermsTo(NDArray loss) {
        return terms.addTo(loss);
    }

    /**
     * Puts current inputs in the place of the codes that no training pass used since the last
     * replacement, and starts to count anew: each dead code becomes x̂ + ρ‖x̂‖ε, for an input drawn
     * at random and ε of the normal distribution N(0, I).
     *
     * @param inputs current inputs of this block, of shape [..., width], on the device of the codes
     * @param noise ρ, 0.01 say
     * @throws IllegalArgumentException if {@code noise} is negative or not finite, or there is no
     *     input
     * @throws IllegalStateException if the block has not been initialized
     */
    public void replaceDeadCodes(NDArray inputs, double noise) {
        checkInitialized();
        upkeep.replaceDeadCodes(inputs, noise);
    }

    /**
     * Lets the next training pass replace the dead codes by its own inputs, before it reads them.
     *
     * @param noise ρ of {@link #replaceDeadCodes}
     * @throws IllegalArgumentException if {@code noise} is negative or not finite
     */
    public void requestReplacement(double noise) {
        upkeep.requestReplacement(noise);
    }

    /**
     * Sets the codes to the centres of clusters of representative inputs (k-means from seeds of
     * k-means++), and starts to count anew. Without this call the codes start from N(0, 1).
     *
     * @param inputs inputs of this block, of shape [..., width], on the device of the codes; with
     *     fewer distinct vectors than codes some codes are equal
     * @param iterations the number of Lloyd's steps, at least 0
     * @throws IllegalArgumentException if {@code iterations} is negative or there is no input
     * @throws IllegalStateException if the block has not been initialized
     */
    public void initializeCodes(NDArray inputs, int iterations) {
        checkInitialized();
        upkeep.initializeCodes(inputs, iterations);
    }

    /**
     * Adapts this block to representative inputs, for a network that was trained without it: the
     * scale of the layer normalization becomes their mean standard deviation and its shift 0, so
     * that x̂ is about x less its mean, and the codes are set by {@link #initializeCodes}.
     *
     * @param inputs inputs of this block, of shape [..., width], on the device of the codes
     * @param iterations the number of Lloyd's steps, at least 0
     * @throws IllegalArgumentException if {@code iterations} is negative or there is no input
     * @throws IllegalStateException if the block has not been initialized
     */
    public void initializeFrom(NDArray inputs, int iterations) {
        checkInitialized();
        upkeep.initializeFrom(inputs, iterations);
    }

    /**
     * Lets the next training pass call {@link #initializeFrom} with its own inputs, before it reads
     * the codes. In a network of several codebooks one pass adapts them all, each to what those
     * before it give.
     *
     * @param iterations the number of Lloyd's steps, at least 0
     * @throws IllegalArgumentException if {@code iterations} is negative
     */
    public void requestInitialization(int iterations) {
        upkeep.requestInitialization(iterations);
    }

    private void checkInitialized() {
        if (!isInitialized()) {
            throw new IllegalStateException(
                    "The Codebook must be initialized before its codes are set.");
        }
    }

    /**
     * Makes codes more or less likely from now on, in training and at inference: an intervention on
     * what the network computes.
     *
     * @param preference what is added to the similarities, of a shape that broadcasts over [...,
     *     groups, C] with the leading axes of the inputs: −∞ disables a code, +∞ forces it; {@code
     *     null} ends the intervention. It must stay open as long as it is set, and is not saved
     */
    public void setPreference(NDArray preference) {
        this.preference = preference;
    }

    /**
     * Returns the codes.
     *
     * @return the live array, of shape [groups, C, width / groups]
     */
    public NDArray getCodes() {
        return codes.getArray();
    }

    /**
     * Returns how often training passes used each code.
     *
     * @return the counts since the last replacement
     */
    public CodeUsage getUsage() {
        return usage;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isBinary() {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeInt(size);
        os.writeInt(groups);
        os.writeInt(topK);
        os.writeByte(snap.ordinal());
        os.writeBoolean(sum);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        String saved =
                describe(is.readInt(), is.readInt(), is.readInt(), is.readByte(), is.readBoolean());
        String here = describe(size, groups, topK, snap.ordinal(), sum);
        requireSaved(here, saved);
    }

    private static String describe(int size, int groups, int topK, int snap, boolean sum) {
        Snap[] all = Snap.values();
        return String.format(
                Locale.ROOT,
                "%d codes in each of %d groups and takes the %s of %d by %s",
                size,
                groups,
                sum ? "sum" : "mean",
                topK,
                snap >= 0 && snap < all.length ? all[snap] : "similarity " + snap);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static CodebookBuilder builder() {
        return new CodebookBuilder();
    }
}
