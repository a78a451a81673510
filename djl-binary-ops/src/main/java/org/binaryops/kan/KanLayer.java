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
package org.binaryops.kan;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.binaryops.gradient.Temporaries;

/**
 * What all Kolmogorov–Arnold layers have in common: edges, each with a learnable function of one
 * variable
 *
 * <p>$$\phi_{ji}(x) = \mu_{ji} \left( w_{ji} b(x) + s_{ji} \sum_m c_{jim} B_m(x) \right)$$
 *
 * <p>from the i-th of "fan" inputs to the j-th unit, over a {@link Basis} B and a {@link
 * BaseBranch} b. Layers differ in what the fan of a unit is: all features in {@link KanLinear}, a
 * window of the image in {@link KanConv2d}.
 *
 * <p>Parameters: base w, scale s and mask μ, [units, fan]; coefficients c, [units, fan, n]; bias,
 * [units]. The mask is 1 at first and never trained; an edge with mask 0 is gone, whatever its
 * other parameters. Over a {@link BasisPool} there are also the selection weights, see {@link
 * SpaceSelection}.
 */
public abstract class KanLayer extends AbstractBlock {

    private static final byte VERSION = 2;

    final int units;
    final Basis basis;
    final BaseBranch baseBranch;
    final Parameter base;
    final Parameter scale;
    final Parameter coefficients;
    final Parameter mask;
    final Parameter bias;
    private final Parameter logits;
    private final Parameter chosen;
    private final SpaceSelection selection;
    private final boolean fixedScales;

    /** Whether any mask differs from 1; saves a product where none does. */
    private boolean masked;

    KanLayer(KanOptions<?> options, Basis basis) {
        super(VERSION);
        units = options.units;
        baseBranch = options.baseBranch;
        this.basis = addChildBlock("basis", basis);
        fixedScales = !options.trainableScales;
        base =
                baseBranch == BaseBranch.NONE
                        ? null
                        : addParameter(
                                builder("base", Parameter.Type.WEIGHT, fixedScales)
                                        .optInitializer(KanLayer::uniform)
                                        .build());
        scale =
                options.scaled
                        ? addParameter(
                                builder("scale", Parameter.Type.GAMMA, fixedScales)
                                        .optInitializer(KanLayer::inverseRoot)
                                        .build())
                        : null;
        coefficients =
                addParameter(
                        builder("coefficients", Parameter.Type.WEIGHT, false)
                                .optInitializer(basis.coefficientInitializer())
                                .build());
        mask =
                addParameter(
                        builder("mask", Parameter.Type.RUNNING_MEAN, true)
                                .optInitializer((manager, shape, type) -> manager.ones(shape, type))
                                .build());
        bias =
                options.biased
                        ? addParameter(builder("bias", Parameter.Type.BIAS, false).build())
                        : null;
        if (basis instanceof BasisPool) {
            logits =
                    addParameter(
                            builder("logits", Parameter.Type.OTHER, false)
                                    .optInitializer((m, shape, type) -> m.zeros(shape, type))
                                    .build());
            chosen =
                    addParameter(
                            builder("chosen", Parameter.Type.RUNNING_MEAN, true)
                                    .optInitializer((m, shape, type) -> m.zeros(shape, type))
                                    .build());
            selection = new SpaceSelection((BasisPool) basis, logits, chosen);
        } else {
            logits = null;
            chosen = null;
            selection = null;
        }
    }

    private static Parameter.Builder builder(String name, Parameter.Type type, boolean fixed) {
        // A type that trainers never unfreeze, for what is fixed.
        return Parameter.builder()
                .setName(name)
                .setType(fixed ? Parameter.Type.RUNNING_MEAN : type)
                .optRequiresGrad(!fixed);
    }

    private static NDArray uniform(NDManager manager, Shape shape, DataType type) {
        float most = (float) (1 / Math.sqrt(shape.get(1)));
        return manager.randomUniform(-most, most, shape, type);
    }

    private static NDArray inverseRoot(NDManager manager, Shape shape, DataType type) {
        return manager.ones(shape, type).divi(Math.sqrt(shape.get(1)));
    }

    /**
     * Returns the number of units.
     *
     * @return the number of sums that the layer makes of its edges
     */
    public int getUnits() {
        return units;
    }

    /**
     * Returns the basis.
     *
     * @return the child block that the edges' functions are combined from
     */
    public Basis getBasis() {
        return basis;
    }

    /**
     * Returns the fixed function of the base branch.
     *
     * @return b, or {@link BaseBranch#NONE}
     */
    public BaseBranch getBase() {
        return baseBranch;
    }

    /**
     * Returns whether the edges have the term w b(x).
     *
     * @return whether there is a base branch
     */
    public boolean hasBaseBranch() {
        return base != null;
    }

    /**
     * Returns how the edges select from a pool of bases.
     *
     * @return the selection, or nothing if the basis is not a {@link BasisPool}
     */
    public Optional<SpaceSelection> getSelection() {
        return Optional.ofNullable(selection);
    }

    /**
     * Reads the mask of each edge.
     *
     * @return μ, by unit and input
     */
    public double[][] getMask() {
        return EdgeSplines.rows(mask.getArray());
    }

    /**
     * Sets the mask of each edge.
     *
     * @param values μ, [units][fan], finite; 0 removes an edge, 1 keeps it as it is
     * @throws IllegalArgumentException if the sizes do not fit or a value is not finite
     */
    public void setMask(double[][] values) {
        NDArray live = mask.getArray();
        Shape shape = live.getShape();
        double[] flat = EdgeSplines.flatten("mask", values, shape.get(0), shape.get(1));
        overwrite(live, flat);
        masked = anyMask(flat);
    }

    private static boolean anyMask(double[] flat) {
        for (double each : flat) {
            if (each != 1) {
                return true;
            }
        }
        return false;
    }

    /** Writes into the array that trainers hold; the detached handle keeps autograd out. */
    static void overwrite(NDArray live, double[] values) {
        try (NDManager scratch = live.getManager().newSubManager()) {
            NDArray target = live.stopGradient();
            target.attach(scratch);
            NDArray exact = scratch.create(values, live.getShape());
            NDArray moved = exact.toType(live.getDataType(), false);
            target.set(new NDIndex("..."), moved.toDevice(live.getDevice(), false));
        }
    }

    /** Tells a builder the settings of this layer, but for the basis. */
    final void copySettings(KanOptions<?> options) {
        options.units = units;
        options.baseBranch = baseBranch;
        options.scaled = scale != null;
        options.biased = bias != null;
        options.trainableScales = !fixedScales;
    }

    /** Gives a layer with the same edges what this one has beside the coefficients. */
    final void copyScales(KanLayer other) {
        Parameter[] from = {base, scale, bias};
        Parameter[] to = {other.base, other.scale, other.bias};
        for (int p = 0; p < from.length; ++p) {
            if (from[p] != null) {
                overwrite(to[p].getArray(), EdgeSplines.doubles(from[p].getArray()));
            }
        }
        other.setMask(getMask());
    }

    NDArray get(Parameter parameter, ParameterStore store, NDArray like, boolean training) {
        return parameter == null ? null : Temporaries.parameter(store, parameter, like, training);
    }

    /** What the coefficients of an edge are multiplied by: s μ, [units, fan], or null for 1. */
    final NDArray factor(ParameterStore store, NDArray x, boolean training) {
        NDArray s = get(scale, store, x, training);
        if (!masked) {
            return s;
        }
        NDArray mu = get(mask, store, x, training);
        return s == null ? mu : s.mul(mu);
    }

    /** The weights of the functions that the basis evaluates: c s μ, and selected, [.., n]. */
    final NDArray weight(ParameterStore store, NDArray x, boolean training) {
        NDArray c = get(coefficients, store, x, training);
        NDArray factor = factor(store, x, training);
        if (selection == null) {
            return factor == null ? c : c.mul(factor.expandDims(-1));
        }
        return selected(c, factor, store, x, training);
    }

    private NDArray selected(
            NDArray c, NDArray factor, ParameterStore store, NDArray x, boolean training) {
        NDArray w = selection.weights(store, x, training);
        if (factor != null) {
            w = w.mul(factor.expandDims(-1));
        }
        BasisPool pool = (BasisPool) basis;
        NDArray all = c.mul(pool.spread(store, w, training));
        return pool.allActive() ? all : pool.ofActive(all);
    }

    /** The coefficients as the selection leaves them, without scale and mask. */
    final NDArray selectedCoefficients(ParameterStore store, NDArray x, boolean training) {
        NDArray c = get(coefficients, store, x, training);
        return selection == null ? c.add(0) : selected(c, null, store, x, training);
    }

    /** The weights of the base branch: w μ, [units, fan], or null. */
    final NDArray baseWeight(ParameterStore store, NDArray x, boolean training) {
        NDArray w = get(base, store, x, training);
        return w == null || !masked ? w : w.mul(get(mask, store, x, training));
    }

    /** Sets the shapes of the parameters. */
    final void prepareEdges(long fan) {
        Shape edges = new Shape(units, fan);
        if (base != null) {
            base.setShape(edges);
        }
        if (scale != null) {
            scale.setShape(edges);
        }
        coefficients.setShape(edges.add(basis.size()));
        mask.setShape(edges);
        if (bias != null) {
            bias.setShape(new Shape(units));
        }
        if (selection != null) {
            Shape spaces = edges.add(((BasisPool) basis).getSpaces().size());
            logits.setShape(spaces);
            chosen.setShape(spaces);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        if (inputShapes.length != 1) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s takes 1 input, but got %d.",
                            getClass().getSimpleName(), inputShapes.length));
        }
        super.beforeInitialize(inputShapes);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(structure());
        os.writeUTF(selection == null ? "" : selection.getPhase().name());
        os.writeDouble(selection == null ? 1 : selection.getTemperature());
    }

    /** One line that two layers share if the parameters of one fit into the other. */
    String structure() {
        return String.format(
                "%d units, %d functions on each edge, base %s, scale %s, bias %s, pool %s",
                units, basis.size(), baseBranch, scale != null, bias != null, selection != null);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // As at initialization; DJL restores the shapes only, and describeInput() asks for both.
        inputNames = List.of("data0");
        String saved = is.readUTF();
        if (!saved.equals(structure())) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this layer has %s, but the file has %s",
                            getClass().getSimpleName(), structure(), saved));
        }
        String phase = is.readUTF();
        double temperature = is.readDouble();
        if (selection != null) {
            try {
                selection.restore(SpaceSelection.Phase.valueOf(phase), temperature);
            } catch (IllegalArgumentException e) {
                throw new MalformedModelException("Unknown phase of selection: " + phase, e);
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public void loadParameters(NDManager manager, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadParameters(manager, is);
        masked = anyMask(EdgeSplines.doubles(mask.getArray()));
        if (selection != null) {
            selection.loaded();
        }
    }
}
