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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/**
 * The noise adaptation module of Xu et al., "Learning Frequency Domain Approximation for Binary
 * Neural Networks" (FDA), NeurIPS 2021: a small network that models what the Fourier series leaves
 * out. {@link FourierSign#withNoise} adds it to a sign while that trains.
 *
 * <p>For a vector x of d numbers
 *
 * <p>$$\eta(x) = W_2 \, \mathrm{relu}(W_1 x) + 0.1 \sin x, \quad W_1 \in \mathbb{R}^{k \times d},
 * W_2 \in \mathbb{R}^{d \times k}$$
 *
 * <p>with the bottleneck k = ⌊d / 64⌋, or max(1, ⌊d / 4⌋) for d &lt; 64. (The authors mean to
 * divide by 4 there too, but the case is never entered in public code, whose module then has no
 * hidden unit.) What x is depends on what is quantized:
 *
 * <ul>
 *   <li>{@link #forLinear}: each vector along the last axis of [..., features], d = features
 *   <li>{@link #forConvolution}: the channels at each position of [batch, channels, ...], d =
 *       channels
 *   <li>{@link #forWeight}: each flattened filter of [filters, ...], d = weights of one filter
 * </ul>
 *
 * <p>The output has the shape of the input. Both matrices are created when the block is
 * initialized, from U(−1/√n, 1/√n) with n columns, and learn with the network. (Public code creates
 * those for activations in the first forward pass, where an optimizer made before does not know
 * them.) The parameters are "reduce" for W₁ and "expand" for W₂.
 *
 * <p>The module is faded out with the progress p of training: its share is $\alpha(p) = 0.05 (1 +
 * \cos(\pi p))$, from 0.1 to 0. The published schedule is an epoch ahead: in epoch e of E, counted
 * from 0, α is that of (e + 1) / E, and the last epoch trains without noise. Tell E with {@link
 * #setEpochs} for the same.
 */
public final class NoiseAdaptation extends AbstractBlock implements Annealed {

    private static final byte VERSION = 1;
    private static final long REDUCTION = 64;
    private static final long SMALL_REDUCTION = 4;

    private enum Vectors {
        LAST_AXIS,
        CHANNELS,
        FILTERS
    }

    private final Vectors vectors;
    private final Parameter reduce;
    private final Parameter expand;
    private double progress;
    private double ahead;

    private NoiseAdaptation(Vectors vectors) {
        super(VERSION);
        this.vectors = vectors;
        reduce = addParameter(matrix("reduce"));
        expand = addParameter(matrix("expand"));
    }

    private static Parameter matrix(String name) {
        // Not of the type WEIGHT, whose initializer a training configuration replaces.
        return Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.OTHER)
                .optInitializer(NoiseAdaptation::uniform)
                .build();
    }

    private static NDArray uniform(NDManager manager, Shape shape, DataType type) {
        double bound = 1 / Math.sqrt(shape.get(1));
        return manager.randomUniform((float) -bound, (float) bound, shape, type);
    }

    /**
     * Creates a module for the input of a fully connected layer, [..., features].
     *
     * @return a new block
     */
    public static NoiseAdaptation forLinear() {
        return new NoiseAdaptation(Vectors.LAST_AXIS);
    }

    /**
     * Creates a module for the input of a convolution, [batch, channels, ...].
     *
     * @return a new block
     */
    public static NoiseAdaptation forConvolution() {
        return new NoiseAdaptation(Vectors.CHANNELS);
    }

    /**
     * Creates a module for weights, [units, features] or [filters, channels, height, width].
     *
     * @return a new block
     */
    public static NoiseAdaptation forWeight() {
        return new NoiseAdaptation(Vectors.FILTERS);
    }

    /** {@inheritDoc} */
    @Override
    public void setProgress(double progress) {
        this.progress = Progress.check(progress);
    }

    /**
     * Tells the number of epochs, for the published schedule, which is one epoch ahead.
     *
     * @param epochs E, positive
     * @throws IllegalArgumentException if the number is not positive
     */
    public void setEpochs(int epochs) {
        if (epochs <= 0) {
            throw new IllegalArgumentException("epochs must be positive, but was " + epochs + ".");
        }
        ahead = 1.0 / epochs;
    }

    /**
     * Returns α, the share of η that is added to a sign, at the current progress.
     *
     * @return α, from 0.1 to 0
     */
    public double share() {
        // The sum of two rounded quotients, e / E + 1 / E, must not fall short of 1.
        double p = progress + ahead + 1e-12;
        return p >= 1 ? 0 : 0.05 * (1 + Math.cos(Math.PI * (progress + ahead)));
    }

    /**
     * Computes η.
     *
     * @param store the store that holds the parameters of this block
     * @param x the array
     * @param training whether this is a training pass
     * @return η(x), without the share α, of the shape of {@code x} and attached to its manager; it
     *     carries the gradients to {@code x} and to both matrices
     * @throws IllegalArgumentException if this block was initialized for vectors of another length
     */
    public NDArray noise(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray w1 = Temporaries.parameter(store, reduce, x, training);
                    NDArray w2 = Temporaries.parameter(store, expand, x, training);
                    long d = length(x.getShape());
                    if (d != w1.getShape().get(1)) {
                        throw new IllegalArgumentException(
                                String.format(
                                        "NoiseAdaptation was initialized for vectors of %d"
                                                + " numbers, but got %d in an input of shape %s.",
                                        w1.getShape().get(1), d, x.getShape()));
                    }
                    NDArray sine = x.sin().mul(Temporaries.constant(x, 0.1));
                    return network(x, w1, w2).add(sine);
                });
    }

    private NDArray network(NDArray x, NDArray w1, NDArray w2) {
        Shape shape = x.getShape();
        switch (vectors) {
            case CHANNELS:
                NDArray positions =
                        x.reshape(shape.get(0), shape.get(1), shape.slice(2).size())
                                .transpose(0, 2, 1);
                return bottleneck(positions, w1, w2).transpose(0, 2, 1).reshape(shape);
            case FILTERS:
                NDArray filters = x.reshape(shape.get(0), shape.slice(1).size());
                return bottleneck(filters, w1, w2).reshape(shape);
            default:
                return bottleneck(x, w1, w2);
        }
    }

    private static NDArray bottleneck(NDArray x, NDArray w1, NDArray w2) {
        NDArray hidden = Activation.relu(Linear.linear(x, w1).singletonOrThrow());
        return Linear.linear(hidden, w2).singletonOrThrow();
    }

    /** The number d of numbers in a vector. */
    private long length(Shape shape) {
        int least = vectors == Vectors.LAST_AXIS ? 1 : 2;
        if (shape.dimension() < least) {
            throw new IllegalArgumentException(
                    String.format(
                            "NoiseAdaptation takes an input of %s or more here, but got shape %s.",
                            least == 1 ? "1 axis" : "2 axes", shape));
        }
        switch (vectors) {
            case CHANNELS:
                return shape.get(1);
            case FILTERS:
                return shape.slice(1).size();
            default:
                return shape.get(shape.dimension() - 1);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long d = length(inputShapes[0]);
        long k = d >= REDUCTION ? d / REDUCTION : Math.max(1, d / SMALL_REDUCTION);
        reduce.setShape(new Shape(k, d));
        expand.setShape(new Shape(d, k));
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(noise(parameterStore, inputs.singletonOrThrow(), training));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(vectors.ordinal());
        os.writeDouble(progress);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
        int saved = is.readByte();
        if (saved != vectors.ordinal()) {
            throw new MalformedModelException(
                    String.format(
                            "NoiseAdaptation: the vectors of this block are %s, but the file has"
                                    + " the kind %d",
                            vectors, saved));
        }
        progress = Progress.read(is, "NoiseAdaptation");
    }
}
