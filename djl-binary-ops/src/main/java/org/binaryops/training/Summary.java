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
package org.binaryops.training;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.initializer.Initializer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a network costs, layer by layer, in the manner of Larq: the precision of inputs and weights,
 * the parameters by bit width, the multiply-accumulate operations by precision, the size.
 *
 * <pre>{@code
 * System.out.println(Summary.of(net, new Shape(1, 784)));
 * }</pre>
 *
 * <p>How it counts:
 *
 * <ul>
 *   <li>A weight has the bits of its quantizer, every other parameter 32. A scale that a layer
 *       computes from its latent weights is no parameter and is not counted.
 *   <li>Linear layers and convolutions multiply; additions of biases, scales, norms and activations
 *       are not counted. Padded positions count as if they held numbers. The figures are for the
 *       shapes given: a batch of one gives those of a sample.
 *   <li>The precision of an input is that of the layer's input quantizer, or of a quantizer (or
 *       thermometer encoding) right before the layer.
 *   <li>A block that this class does not know shows "?" for its operations, and its parameters have
 *       32 bits.
 *   <li>1 kB is 1024 bytes; a parameter that several layers share counts once.
 * </ul>
 */
public final class Summary {

    private final List<Layer> layers;
    private final SortedMap<Integer, Long> parameters = new TreeMap<>();
    private final SortedMap<Operands, Long> macs = new TreeMap<>();
    private final long trainable;
    private final boolean complete;

    /**
     * The precision of the two operands of a multiplication.
     *
     * @param input the bits of an input, 32 for a float
     * @param weight the bits of a weight, 32 for a float
     */
    public record Operands(int input, int weight) implements Comparable<Operands> {

        /** {@inheritDoc} */
        @Override
        public int compareTo(Operands other) {
            return input != other.input
                    ? Integer.compare(input, other.input)
                    : Integer.compare(weight, other.weight);
        }

        /** {@inheritDoc} */
        @Override
        public String toString() {
            return input + "-bit × " + weight + "-bit";
        }
    }

    /**
     * A layer of the network.
     *
     * @param name the names of the blocks on the way to it
     * @param type its class
     * @param output the shapes of its outputs, empty if the block does not tell them
     * @param operands the precision of input and weight, {@code null} if the layer does not
     *     multiply or is unknown
     * @param parameters the number of parameters for each bit width
     * @param macs the number of multiply-accumulate operations, −1 if unknown
     */
    public record Layer(
            String name,
            String type,
            List<Shape> output,
            Operands operands,
            SortedMap<Integer, Long> parameters,
            long macs) {

        /**
         * Returns the size of the parameters.
         *
         * @return the size in units of 1024 bytes
         */
        public double kilobytes() {
            return Summary.kilobytes(parameters);
        }
    }

    private Summary(List<Layer> layers, long trainable) {
        this.layers = List.copyOf(layers);
        this.trainable = trainable;
        boolean known = true;
        for (Layer layer : layers) {
            layer.parameters().forEach((bits, count) -> parameters.merge(bits, count, Long::sum));
            known &= layer.macs() >= 0;
            if (layer.macs() > 0) {
                macs.merge(layer.operands(), layer.macs(), Long::sum);
            }
        }
        complete = known;
    }

    /**
     * Summarizes a network.
     *
     * <p>A network that is not initialized stays so; one that is takes the given shapes as those it
     * was initialized with.
     *
     * @param block any block
     * @param inputs the shapes of its inputs; a first size of −1, the batch, counts as 1
     * @return the summary
     * @throws IllegalArgumentException if a size is not known
     */
    public static Summary of(Block block, Shape... inputs) {
        Shape[] shapes = new Shape[inputs.length];
        for (int i = 0; i < inputs.length; ++i) {
            shapes[i] = known(inputs[i]);
        }
        Set<Parameter> present = Collections.newSetFromMap(new IdentityHashMap<>());
        Map<Parameter, Initializer> fresh = new IdentityHashMap<>();
        for (Parameter parameter : block.getParameters().values()) {
            if (parameter.isInitialized()) {
                present.add(parameter);
            } else {
                // No random numbers are drawn, so that the training to come is the same.
                fresh.put(parameter, parameter.getInitializer());
                parameter.setInitializer(Initializer.ZEROS);
            }
        }
        try (NDManager manager = NDManager.newBaseManager()) {
            // Every container tells its children their shapes; parameters that exist stay.
            block.initialize(manager, DataType.FLOAT32, shapes);
            SummaryWalk walk = new SummaryWalk();
            walk.visit(block);
            return new Summary(walk.layers(), walk.trainable());
        } finally {
            fresh.forEach(Parameter::setInitializer);
            // A block may have made more of them while it was initialized.
            block.getParameters().values().stream()
                    .filter(parameter -> !present.contains(parameter))
                    .forEach(Parameter::close);
        }
    }

    private static Shape known(Shape input) {
        long[] sizes = input.getShape().clone();
        if (sizes.length > 0 && sizes[0] == -1) {
            sizes[0] = 1;
        }
        for (long size : sizes) {
            if (size < 1) {
                throw new IllegalArgumentException(
                        "The sizes of the input must be known, but its shape is " + input + ".");
            }
        }
        return new Shape(sizes, input.getLayout());
    }

    static double kilobytes(Map<Integer, Long> parameters) {
        double bits = 0;
        for (Map.Entry<Integer, Long> entry : parameters.entrySet()) {
            bits += (double) entry.getKey() * entry.getValue();
        }
        return bits / 8 / 1024;
    }

    /**
     * Returns the layers.
     *
     * @return the layers in the order of the network
     */
    public List<Layer> layers() {
        return layers;
    }

    /**
     * Returns the number of parameters by bit width.
     *
     * @return for each number of bits the number of parameters
     */
    public SortedMap<Integer, Long> parameters() {
        return new TreeMap<>(parameters);
    }

    /**
     * Returns the number of all parameters.
     *
     * @return the number, whatever their bit width
     */
    public long totalParameters() {
        return parameters.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Returns the number of parameters that are trained.
     *
     * @return the number of those that require a gradient
     */
    public long trainableParameters() {
        return trainable;
    }

    /**
     * Returns the multiply-accumulate operations by precision, of the layers where they are known.
     *
     * @return for each pair of input and weight precision the number of operations
     */
    public SortedMap<Operands, Long> macs() {
        return new TreeMap<>(macs);
    }

    /**
     * Returns whether the operations of all layers are known.
     *
     * @return {@code false} if a layer shows "?"
     */
    public boolean isComplete() {
        return complete;
    }

    /**
     * Returns the size of the parameters at their bit widths.
     *
     * @return the size in units of 1024 bytes
     */
    public double kilobytes() {
        return kilobytes(parameters);
    }

    /**
     * Returns the size of the parameters as float32.
     *
     * @return the size in units of 1024 bytes
     */
    public double floatKilobytes() {
        return totalParameters() * 4 / 1024.0;
    }

    /**
     * Returns how many times smaller the parameters are than as float32.
     *
     * @return the quotient of the two sizes, 1 if there are no parameters
     */
    public double compression() {
        return totalParameters() == 0 ? 1 : floatKilobytes() / kilobytes();
    }

    /**
     * Returns the summary as a table with totals.
     *
     * @return lines of text
     */
    @Override
    public String toString() {
        return SummaryText.of(this);
    }

    /** The columns of the table, one for each bit width. */
    List<Integer> widths() {
        return new ArrayList<>(parameters.keySet());
    }
}
