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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.binaryops.engine.Convolutions;

/**
 * A 2-D convolution whose kernel elements are learnable functions of one variable; over a pool of
 * bases ({@link KanOptions#optPool}) it is S-ConvKAN.
 *
 * <p>\(y_{j, p} = \sum_{c, q} \phi_{j, c, q}(x_{c, p + q})\), where q runs over the kernel and φ is
 * the function of an edge as {@link KanLayer} has it.
 *
 * <p>Shapes: input [batch, channels, height, width], output [batch, filters, height, width]; base,
 * scale and mask [filters, channels · kernel]; coefficients [filters, channels · kernel, n].
 * Parameters of the basis, such as grids, belong to a channel.
 */
public final class KanConv2d extends KanConvolution {

    private KanConv2d(Builder builder, Basis basis) {
        super(builder, basis);
    }

    @Override
    NDArray convolve(
            NDArray x, NDArray weight, NDArray bias, Shape stride, Shape padding, Shape dilation) {
        return Convolutions.convolve(x, weight, bias, stride, padding, dilation, 1);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link KanConv2d}. */
    public static final class Builder extends KanConvolution.Options<Builder> {

        private Builder() {
            super(2);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Builds the layer.
         *
         * @return a new layer
         * @throws IllegalArgumentException if a setting is out of its range, or both a basis and an
         *     option of the B-splines were set
         */
        public KanConv2d build() {
            return new KanConv2d(this, checkedBasis());
        }
    }
}
