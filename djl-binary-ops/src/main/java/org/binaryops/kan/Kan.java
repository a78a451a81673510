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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.binaryops.kan.symbolic.SymbolicFunction;

/**
 * A Kolmogorov–Arnold network that can be read: layers of learnable functions of one variable, with
 * nodes that add and nodes that multiply, whose edges can be pruned, drawn and fixed to functions
 * with names (Liu et al., arXiv 2404.19756 and arXiv 2408.10205; pykan's MultKAN).
 *
 * <pre>{@code
 * Kan kan = Kan.builder().setWidths(2, 5, 1).optGrid(3).build();
 * kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
 * }</pre>
 *
 * <p>Layer l maps the nodes of level l to the subnodes of level l + 1, as a {@link KanLinear}; an
 * edge that is {@linkplain #fix fixed} to a function gives c·f(ax + b) + d instead. Subnodes add
 * what their edges bring. A multiplication node is the product of its subnodes, see {@link
 * KanWidth}. With {@link KanBuilder#optAffine} each subnode and each node has a trainable scale and
 * bias on top.
 *
 * <p>Input [x1, …, xn, features], output [x1, …, xn, outputs].
 *
 * <p>The network is a block like others and trains with DJL's trainers. What is special to it is
 * beside it: full-batch fits and regularizers in {@code kan.training}, attribution, pruning and
 * formulas in {@code kan.reading}, pictures in {@code kan.drawing}.
 */
public final class Kan extends AbstractBlock {

    private static final byte VERSION = 1;

    private final KanSettings settings;
    private final List<KanLinear> layers;
    private final List<SymbolicEdges> symbolic = new ArrayList<>();
    private final List<NodeAffine> subnodes = new ArrayList<>();
    private final List<NodeAffine> nodes = new ArrayList<>();

    Kan(KanSettings settings, List<KanLinear> layers) {
        super(VERSION);
        this.settings = settings;
        this.layers = List.copyOf(layers);
        for (int l = 0; l < layers.size(); ++l) {
            KanWidth to = settings.widths.get(l + 1);
            addChildBlock("layer" + l, layers.get(l));
            int inputs = settings.widths.get(l).nodes();
            symbolic.add(
                    addChildBlock(
                            "symbolic" + l,
                            new SymbolicEdges(to.subnodes(), inputs, settings.library)));
            if (settings.affine) {
                subnodes.add(addChildBlock("subnodes" + l, new NodeAffine()));
                nodes.add(addChildBlock("nodes" + l, new NodeAffine()));
            }
        }
    }

    /**
     * Returns the layers of splines.
     *
     * @return the layers in their order; a mask of 0 there means that the edge is gone, or fixed
     */
    public List<KanLinear> getLayers() {
        return layers;
    }

    /**
     * Returns the widths.
     *
     * @return one for each level, from the input to the output
     */
    public List<KanWidth> getWidths() {
        return settings.widths;
    }

    /**
     * Returns which features of an input are used, after inputs were pruned.
     *
     * @return the indices of the features that are the nodes of level 0
     */
    public int[] getInputs() {
        if (settings.inputs == null) {
            int[] all = new int[settings.widths.get(0).nodes()];
            Arrays.setAll(all, i -> i);
            return all;
        }
        return settings.inputs.clone();
    }

    /**
     * Returns the number of intervals of the grids.
     *
     * @return G; meaningless over another basis than B-splines
     */
    public int getGrid() {
        return settings.grid;
    }

    KanSettings settings() {
        return settings;
    }

    SymbolicEdges symbolic(int layer) {
        return symbolic.get(layer);
    }

    NodeAffine affine(int layer, boolean ofSubnodes) {
        return (ofSubnodes ? subnodes : nodes).get(layer);
    }

    /**
     * Lists the edges that are there: neither masked out nor fixed to 0.
     *
     * @return the edges by layer, input and output
     */
    public List<Edge> getEdges() {
        return KanEdges.list(this);
    }

    /**
     * Returns the function that an edge is fixed to.
     *
     * @param edge the edge
     * @return the function, or {@code null} if the edge is a spline or gone
     * @throws IllegalArgumentException if there is no such edge
     */
    public SymbolicFunction getFunction(Edge edge) {
        return symbolic.get(KanEdges.checked(this, edge).layer()).get(edge.output(), edge.input());
    }

    /**
     * Returns the numbers of an edge that is fixed to a function, as they are trained by now.
     *
     * @param edge the edge
     * @return a, b, c and d
     * @throws IllegalArgumentException if there is no such edge
     */
    public Affine getAffine(Edge edge) {
        return symbolic.get(KanEdges.checked(this, edge).layer())
                .affine(edge.output(), edge.input());
    }

    /**
     * Fixes an edge to a function: from now on it is c·f(ax + b) + d, with trainable a, b, c and d.
     * Its spline is kept, with mask 0.
     *
     * @param edge the edge
     * @param function f, of the library of this network
     * @param affine the numbers to start from
     * @throws IllegalArgumentException if there is no such edge, or the library has no function of
     *     this name
     */
    public void fix(Edge edge, SymbolicFunction function, Affine affine) {
        settings.library.get(function.name());
        symbolic.get(KanEdges.checked(this, edge).layer())
                .set(edge.output(), edge.input(), function, affine);
        KanEdges.mask(this, edge, 0);
    }

    /**
     * Frees a fixed edge: it is its spline again.
     *
     * @param edge the edge
     * @throws IllegalArgumentException if there is no such edge
     */
    public void unfix(Edge edge) {
        if (getFunction(edge) != null) {
            KanEdges.unset(this, edge);
            KanEdges.mask(this, edge, 1);
        }
    }

    /**
     * Removes an edge.
     *
     * @param edge the edge
     * @throws IllegalArgumentException if there is no such edge
     */
    public void remove(Edge edge) {
        KanEdges.unset(this, edge);
        KanEdges.mask(this, edge, 0);
    }

    /**
     * Returns the affine map of a subnode or node.
     *
     * @param layer the layer before it
     * @param index which one
     * @param ofSubnode whether a subnode is meant
     * @return scale and bias, 1 and 0 without {@link KanBuilder#optAffine}
     */
    public double[] getNodeAffine(int layer, int index, boolean ofSubnode) {
        if (!settings.affine) {
            return new double[] {1, 0};
        }
        NodeAffine affine = affine(layer, ofSubnode);
        return new double[] {affine.scale(index), affine.bias(index)};
    }

    /**
     * Returns the constant of a subnode.
     *
     * @param layer the layer before it
     * @param subnode which one
     * @return its bias, 0 without {@link KanBuilder#optBias}
     */
    public double getBias(int layer, int subnode) {
        Parameter bias = layers.get(layer).bias;
        return bias == null ? 0 : EdgeSplines.doubles(bias.getArray())[subnode];
    }

    /**
     * Adapts the grids of all layers to samples, one layer after the other, each to what reaches it
     * through the layers before it.
     *
     * @param x the samples, [samples, features], finite
     * @throws IllegalArgumentException if the shape does not fit or a sample is not finite
     * @throws IllegalStateException if the basis has no grid
     */
    public void updateGrids(NDArray x) {
        KanShapes.update(this, x);
    }

    /**
     * Returns this network on finer grids, with the same function: masks, fixed edges and scales
     * are kept.
     *
     * @param manager the manager of the new network's parameters
     * @param grid G of the new network
     * @return a new initialized network
     * @throws IllegalArgumentException if {@code grid} is out of its range
     * @throws IllegalStateException if the basis has no grid
     */
    public Kan refined(NDManager manager, int grid) {
        return KanShapes.refined(this, manager, grid);
    }

    /**
     * Returns the part of this network that goes over chosen nodes.
     *
     * @param manager the manager of the new network's parameters
     * @param kept for each level the indices of the nodes that stay, ascending, at least one; the
     *     inputs of the new network stay features of the same input
     * @return a new initialized network
     * @throws IllegalArgumentException if the nodes are not those of this network
     */
    public Kan only(NDManager manager, List<int[]> kept) {
        return KanShapes.only(this, manager, kept);
    }

    /**
     * Computes everything that happens in the network for a batch.
     *
     * @param store the store that holds the parameters
     * @param x the inputs, [samples, features]
     * @param training whether this is a training pass
     * @return the trace, attached to the manager of {@code x}; to be closed
     */
    public KanTrace trace(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return KanPass.trace(this, store, x, training);
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        features(x.getShape());
        return new NDList(KanPass.forward(this, store, x, training));
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        features(inputShapes[0]);
        Shape input = inputShapes[0];
        int outputs = settings.widths.get(settings.widths.size() - 1).nodes();
        return new Shape[] {input.slice(0, input.dimension() - 1).add(outputs)};
    }

    private void features(Shape input) {
        int wanted = settings.widths.get(0).nodes();
        int last = input.dimension() - 1;
        boolean fits =
                last >= 0
                        && (settings.inputs == null
                                ? input.get(last) == wanted
                                : input.get(last) >= settings.features() + 1);
        if (!fits) {
            throw new IllegalArgumentException(
                    String.format(
                            "A network of widths %s takes an input of shape [.., %s], but got %s.",
                            settings.widths,
                            settings.inputs == null
                                    ? wanted
                                    : "at least " + (settings.features() + 1),
                            input));
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void beforeInitialize(Shape... inputShapes) {
        super.beforeInitialize(inputShapes);
        if (inputShapes.length != 1) {
            throw new IllegalArgumentException(
                    "Kan takes 1 input, but got " + inputShapes.length + ".");
        }
        features(inputShapes[0]);
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        for (int l = 0; l < layers.size(); ++l) {
            Shape in = new Shape(1, settings.widths.get(l).nodes());
            Shape out = new Shape(1, settings.widths.get(l + 1).nodes());
            layers.get(l).initialize(manager, dataType, in);
            symbolic.get(l).initialize(manager, dataType, in);
            if (settings.affine) {
                Shape sums = new Shape(1, settings.widths.get(l + 1).subnodes());
                subnodes.get(l).initialize(manager, dataType, sums);
                nodes.get(l).initialize(manager, dataType, out);
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(structure());
    }

    private String structure() {
        return String.format(
                "widths %s, inputs %s, affine %s",
                settings.widths, Arrays.toString(settings.inputs), settings.affine);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = List.of("data0");
        String saved = is.readUTF();
        if (!saved.equals(structure())) {
            throw new MalformedModelException(
                    String.format(
                            "Kan: this network has %s, but the file has %s", structure(), saved));
        }
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static KanBuilder builder() {
        return new KanBuilder();
    }
}
