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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;

/**
 * The k-bit gradient quantizer of Zhou et al., "DoReFa-Net: Training Low Bitwidth Convolutional
 * Neural Networks with Low Bitwidth Gradients", 2016.
 *
 * <p>Forward y = x. Backward ∂L/∂x = f(∂L/∂y) with
 *
 * <p>$$f(g) = 2 \max|g| \left[ \mathrm{quantize}_k \left( \frac{g}{2 \max|g|} + \frac12 + N(k)
 * \right) - \frac12 \right], \quad N(k) = \frac{\sigma}{2^k - 1}, \quad \sigma \sim U(-\tfrac12,
 * \tfrac12)$$
 *
 * <p>where quantize<sub>k</sub>(u) = round((2<sup>k</sup> − 1) u) / (2<sup>k</sup> − 1), half to
 * even. The maximum is over all axes but the first, so that each sample of the batch has its own
 * scale; σ is drawn for each element, from the engine's random numbers, and makes the rounding
 * unbiased on average. As in the authors' code the argument of the rounding is clipped to [0, 1]. A
 * sample whose gradient is 0 keeps 0.
 *
 * <p>Put the block behind a layer whose gradient is to be quantized, and add {@link GradientCuts}
 * to the listeners:
 *
 * <pre>{@code
 * net.add(conv).add(new DoReFaGradient(6)).add(BatchNorm.builder().build());
 * config.addTrainingListeners(new GradientCuts());
 * }</pre>
 *
 * <p>Shapes: [batch, …].
 */
public final class DoReFaGradient extends GradientCut {

    private static final int MOST = 30;

    private final int bits;
    private final boolean noise;

    /**
     * Creates a quantizer with noise, as published.
     *
     * @param bits k, from 1 to 30
     * @throws IllegalArgumentException if {@code bits} is out of this range
     */
    public DoReFaGradient(int bits) {
        this(bits, true);
    }

    /**
     * Creates a quantizer.
     *
     * @param bits k, from 1 to 30
     * @param noise whether noise is added; the authors found it needed for low bit widths
     * @throws IllegalArgumentException if {@code bits} is out of this range
     */
    public DoReFaGradient(int bits, boolean noise) {
        if (bits < 1 || bits > MOST) {
            throw new IllegalArgumentException("bits must be from 1 to 30, but was " + bits + ".");
        }
        this.bits = bits;
        this.noise = noise;
    }

    /**
     * Quantizes a gradient; the functional twin of the backward pass.
     *
     * @param gradient g, of shape [batch, …]
     * @param bits k
     * @param noise whether noise is added
     * @return f(g), of the shape of {@code gradient} and attached to its manager
     */
    public static NDArray quantize(NDArray gradient, int bits, boolean noise) {
        double steps = Math.pow(2, bits) - 1;
        Shape shape = gradient.getShape();
        return Temporaries.freed(
                gradient.getManager(),
                () -> {
                    NDArray g = gradient.stopGradient().reshape(shape.get(0), -1);
                    NDArray largest = g.abs().max(new int[] {1}, true);
                    NDArray width = largest.maximum(smallest(g.getDataType())).muli(2);
                    NDArray unit = g.div(width).addi(0.5);
                    if (noise) {
                        unit.addi(
                                g.getManager()
                                        .randomUniform(-0.5f, 0.5f, g.getShape(), g.getDataType())
                                        .divi(steps));
                    }
                    NDArray levels = unit.clip(0, 1).muli(steps).round().divi(steps).subi(0.5);
                    return levels.muli(largest.muli(2)).reshape(shape);
                });
    }

    private static double smallest(DataType type) {
        return type == DataType.FLOAT16 ? 6.2e-5 : Float.MIN_NORMAL;
    }

    /**
     * Returns the number of bits.
     *
     * @return k
     */
    public int getBits() {
        return bits;
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray transform(NDArray gradient) {
        return quantize(gradient, bits, noise);
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeByte(bits);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        int saved = is.readByte();
        if (saved != bits) {
            throw new MalformedModelException(
                    String.format(
                            "DoReFaGradient: this block has %d bits, but the file has %d",
                            bits, saved));
        }
    }
}
