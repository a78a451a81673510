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
package org.binaryops.packed.compiler;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import org.binaryops.packed.PackedModel;

/**
 * Compiles trained binary networks into packed models.
 *
 * <pre>{@code
 * PackedModel model = PackedCompiler.compile(net, new Shape(1, 784));
 * model.save(Path.of("net.bops"));
 * }</pre>
 *
 * <p>A network is built of {@link ai.djl.nn.SequentialBlock}, {@link ai.djl.nn.ParallelBlock} (sums
 * and concatenations) and {@link org.binaryops.nn.ResidualBlock} with any {@link
 * org.binaryops.nn.Shortcut}, nested as one likes, of
 *
 * <ul>
 *   <li>{@link org.binaryops.nn.QuantLinear}, {@link org.binaryops.nn.QuantConv1d}, {@link
 *       org.binaryops.nn.QuantConv2d} and {@link org.binaryops.nn.QuantDeconv2d}, with all scales;
 *       an input scale is computed in float. How they compute:
 *       <ul>
 *         <li>inputs ±a, weights ±α or −α, 0 and α of each unit: in bits,
 *         <li>inputs of 1 to 8 bits on a uniform grid that all channels share, weights of 1 to 8
 *             bits on a uniform grid of each unit, with any zero points (int8 first and last
 *             layers): in whole numbers; the inputs are rounded exactly as the engine rounds them,
 *             ties included,
 *         <li>else in float, with the weights in as few bits as they need; inputs of at most 256
 *             levels on no such grid are the engine's floats,
 *       </ul>
 *   <li>Linear, Conv1d and Conv2d of DJL, alone or in a {@link
 *       org.binaryops.nn.WeightOnlyQuantization}, whose weights are packed as they are quantized;
 *       behind a quantizer they compute in whole numbers too,
 *   <li>{@link org.binaryops.nn.ThermometerEncoding}, the sign quantizers, and any quantizer with 2
 *       to 256 fixed levels, of which larger values have the higher,
 *   <li>{@link ai.djl.nn.norm.BatchNorm}, ReLU, leaky ReLU, ReLU6, PReLU, {@link
 *       org.binaryops.nn.RPReLU} and {@link org.binaryops.nn.HardTanh}; before a sign also tanh,
 *       sigmoid, soft sign and soft plus. Before a quantizer of more levels they stay float
 *       operations, and one that rounds follows,
 *   <li>maximum, average and global pooling in one or two dimensions,
 *   <li>{@link ai.djl.nn.norm.Dropout} and {@link org.binaryops.quantizer.Identity}, which do
 *       nothing at inference, the identity and batch flatten blocks of {@link ai.djl.nn.Blocks},
 *       and any {@link ai.djl.nn.LambdaBlock} that gives what it is given, flattened or in another
 *       shape.
 * </ul>
 *
 * <p>What is refused, by an {@link UnpackableBlockException} that names the layer:
 *
 * <table>
 * <caption>Blocks that cannot be packed</caption>
 * <tr><th>block</th><th>reason</th></tr>
 * <tr><td>layer norm, attention, embedding, recurrent and spiking layers, layers in three
 *     dimensions, blocks of other libraries</td>
 *     <td>the packed format has no operation for them</td></tr>
 * <tr><td>other functions in a {@code LambdaBlock} (softmax, GELU, SELU, ELU, swish, mish; tanh,
 *     sigmoid, soft sign and soft plus but before a sign; 3-D pooling)</td>
 *     <td>a function cannot be looked into, and the format has piecewise linear ones only; apply
 *     softmax to the outputs, or a translator of DJL does</td></tr>
 * <tr><td>{@code DynamicRangeQuantizer}, {@code DynamicFixedPointQuantizer} and {@code
 *     ElasticQuantizer.unsigned} of 2 bits or more, on activations</td>
 *     <td>their levels depend on the batch: there is no grid to pack; {@code AffineQuantizer} and
 *     {@code ElasticQuantizer.nonNegative} have one</td></tr>
 * <tr><td>quantizers with more than 256 levels, or with levels that fall ({@code BiPer}) on
 *     activations</td><td>a byte numbers the levels, in their order</td></tr>
 * <tr><td>{@code Prelu} of DJL on PyTorch</td><td>the engine does not execute it; {@code RPReLU}
 *     can stand in</td></tr>
 * <tr><td>an {@code AffineQuantizer} without a range</td><td>it is not ready: calibrate it</td></tr>
 * <tr><td>a binary weight quantizer that is still in a stage of its training</td>
 *     <td>its weights are not ±1 yet</td></tr>
 * <tr><td>a linear layer on an input with more axes than [batch, features]</td>
 *     <td>flatten it before</td></tr>
 * <tr><td>a shape that a value takes in the midst of a network but by flattening</td>
 *     <td>values are vectors or images</td></tr>
 * <tr><td>parameters that are not finite, or not float32</td><td>there is nothing to repeat</td></tr>
 * <tr><td>a block that does more than its children say</td>
 *     <td>the comparison with the engine finds it out</td></tr>
 * </table>
 *
 * <p>The packed model repeats the network on the engine that compiles it. What comes from bits and
 * integers alone is exact: accumulators, the bits that follow from them, and the outputs of
 * networks without float layers, to the last bit. No formula is re-derived for that. Thresholds are
 * found by bisection through the trained blocks, outputs are compared with them on every
 * accumulator that can occur, and at the end both are run on random rows.
 *
 * <p>Behind a float layer, or weights with a factor that is no power of two, the engine's sums are
 * rounded in an order of its own. Values then agree to about 10⁻⁶, and a bit may differ whose value
 * lies that close to its threshold; the outputs of such a row can move further than rounding does.
 * The functions between float layers (batch norms, sums of residual blocks, activations) round as
 * the engine's do, so that they add nothing to it.
 */
public final class PackedCompiler {

    private PackedCompiler() {}

    /**
     * Compiles a trained block. The block is not changed.
     *
     * @param block the block, initialized or loaded, with float32 parameters
     * @param input the shape of its input; the first axis is the batch, and its size does not
     *     matter. The packed model takes rows of all other axes in row-major order
     * @return the packed model
     * @throws UnpackableBlockException if a layer cannot be packed; the message names it
     * @throws IllegalArgumentException if the block is not initialized or not of float32, or the
     *     shape has no features
     */
    public static PackedModel compile(Block block, Shape input) {
        return builder().compile(block, input);
    }

    /**
     * Creates a compiler with options.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** The options of a compilation. */
    public static final class Builder {

        private int maxDepth;

        private Builder() {}

        /**
         * Puts reuse on trial: the binary layers whose units follow a minimum spanning tree faster
         * than they are multiplied one by one do so, and the tree is in the file (Vo et al.,
         * "MST-compression", ICCV 2023). The others stay as they are. The figures of both, in
         * products, words and time, are in the model's summary and in its file. The default is no
         * trial.
         *
         * @param maxDepth the most edges from the root of a tree to a unit, 1 or more; a depth is
         *     sums that wait for one another
         * @return this builder
         * @throws IllegalArgumentException if {@code maxDepth} is not positive
         * @see PackedModel#withReuse
         */
        public Builder optReuse(int maxDepth) {
            if (maxDepth < 1) {
                throw new IllegalArgumentException("maxDepth must be positive, but is " + maxDepth);
            }
            this.maxDepth = maxDepth;
            return this;
        }

        /**
         * Compiles a trained block with these options.
         *
         * @param block the block, initialized or loaded, with float32 parameters
         * @param input the shape of its input, the first axis the batch
         * @return the packed model
         * @throws UnpackableBlockException if a layer cannot be packed; the message names it
         * @throws IllegalArgumentException if the block is not initialized or not of float32, or
         *     the shape has no features
         */
        public PackedModel compile(Block block, Shape input) {
            if (input.dimension() < 2) {
                throw new IllegalArgumentException(
                        "the input must have the shape [batch, features, ...], but is " + input);
            }
            for (long size : input.slice(1).getShape()) {
                if (size < 1) {
                    throw new IllegalArgumentException(
                            "the sizes of the features must be known, but the input is " + input);
                }
            }
            PackedModel model = new Compilation(block, input).compile();
            return maxDepth == 0 ? model : model.withReuse(maxDepth);
        }
    }
}
