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
 *   <li>{@link org.binaryops.nn.QuantLinear}, {@link org.binaryops.nn.QuantConv1d} and {@link
 *       org.binaryops.nn.QuantConv2d} with inputs ±a and weights ±α or −α, 0 and α of each unit,
 *       which become binary products; with inputs that are not quantized they stay float layers
 *       whose weights take a bit or two in the file. All scales are possible; an input scale is
 *       computed in float,
 *   <li>Linear, Conv1d and Conv2d of DJL, which compute in float,
 *   <li>{@link org.binaryops.nn.ThermometerEncoding} and the sign quantizers,
 *   <li>{@link ai.djl.nn.norm.BatchNorm}, ReLU, leaky ReLU, ReLU6, PReLU, {@link
 *       org.binaryops.nn.RPReLU} and {@link org.binaryops.nn.HardTanh}; before a sign also tanh,
 *       sigmoid, soft sign and soft plus,
 *   <li>maximum, average and global pooling in one or two dimensions,
 *   <li>{@link ai.djl.nn.norm.Dropout} and {@link org.binaryops.quantizer.Identity}, which do
 *       nothing at inference, and the identity and batch flatten blocks of {@link
 *       ai.djl.nn.Blocks}.
 * </ul>
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
        return new Compilation(block, input).compile();
    }
}
