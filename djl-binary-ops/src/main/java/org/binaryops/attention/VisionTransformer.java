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
package org.binaryops.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import org.binaryops.nn.QuantLinear;

/**
 * A vision transformer (Dosovitskiy et al., "An Image is Worth 16x16 Words", ICLR 2021), quantized
 * by a method's name.
 *
 * <pre>{@code
 * Block vit = VisionTransformer.of("bivit", new Shape(1, 28, 28), 4, 10);
 * }</pre>
 *
 * <p>An image is cut into square patches, each of which a linear layer turns into a vector; learned
 * positions are added and the layers follow, with their norms first. The logits come from the mean
 * over the patches. Patches, positions, norms, residual sums and the output layer are in float, as
 * in the papers on binary vision transformers.
 *
 * <p>Inputs: [images], (B, C, H, W) with H and W multiples of the patch. Outputs: logits (B,
 * classes), then, if asked for, the outputs (B, patches, E) of all layers.
 */
public final class VisionTransformer extends Transformer {

    private static final byte VERSION = 1;

    private final Shape image;
    private final int patch;
    private final int patches;
    private final int classes;
    private final QuantLinear embedding;

    private VisionTransformer(Builder builder) {
        super(VERSION, builder, patches(builder.image, builder.patch), false);
        image = builder.image;
        patch = builder.patch;
        patches = patches(image, patch);
        classes = builder.classes;
        embedding =
                addChildBlock(
                        "embedding",
                        QuantLinear.builder().setUnits(builder.units).optBias(true).build());
        addEncoder(builder);
    }

    private static int patches(Shape image, int patch) {
        return Math.toIntExact(image.get(1) / patch * (image.get(2) / patch));
    }

    /**
     * Creates a classifier of images, 2 layers of width 128 with 4 heads.
     *
     * @param method the name of an {@link AttentionMethod}
     * @param image the shape of an image, [channels, height, width]
     * @param patch the side of a patch
     * @param classes the number of classes
     * @return a new model
     * @throws IllegalArgumentException if an argument is out of its range
     */
    public static VisionTransformer of(String method, Shape image, int patch, int classes) {
        return builder()
                .optMethod(AttentionMethod.named(method))
                .setImage(image)
                .setPatch(patch)
                .setClasses(classes)
                .build();
    }

    @Override
    NDList run(ParameterStore store, NDList inputs, boolean training) {
        NDList cut = new NDList(cut(inputs.head()));
        NDArray embedded = embedding.forward(store, cut, training).head();
        return outputs(store, positioned(store, embedded, training), null, training);
    }

    /** (B, C, H, W) → (B, patches, C · patch²). */
    private NDArray cut(NDArray images) {
        Shape s = images.getShape();
        long rows = s.get(2) / patch;
        long columns = s.get(3) / patch;
        return images.reshape(s.get(0), s.get(1), rows, patch, columns, patch)
                .transpose(0, 2, 4, 1, 3, 5)
                .reshape(s.get(0), rows * columns, s.get(1) * patch * patch);
    }

    @Override
    long length(Shape[] shapes) {
        return patches;
    }

    @Override
    void check(Shape[] shapes) {
        if (shapes.length != 1 || shapes[0].dimension() != 4 || !shapes[0].slice(1).equals(image)) {
            throw new IllegalArgumentException(
                    String.format(
                            "VisionTransformer takes images of shape [batch, %d, %d, %d], but got"
                                    + " %s.",
                            image.get(0),
                            image.get(1),
                            image.get(2),
                            shapes.length == 1 ? shapes[0] : shapes.length + " inputs"));
        }
    }

    /**
     * Returns the number of patches.
     *
     * @return the number of positions of the attention
     */
    public int getPatches() {
        return patches;
    }

    @Override
    void initializeEmbedding(NDManager manager, DataType dataType, Shape[] inputShapes) {
        Shape cut = new Shape(inputShapes[0].get(0), patches, image.get(0) * patch * patch);
        embedding.initialize(manager, dataType, cut);
    }

    @Override
    String settings() {
        return String.format(" for images %s in patches of %d, %d classes", image, patch, classes);
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Builds a {@link VisionTransformer}; by default 2 layers of width 128 with 4 heads, 4 times as
     * many hidden units, and the norms first.
     */
    public static final class Builder extends TransformerBuilder<Builder> {

        private Shape image;
        private int patch;

        private Builder() {
            normFirst = true;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the shape of an image.
         *
         * @param image [channels, height, width]
         * @return this builder
         */
        public Builder setImage(Shape image) {
            this.image = image;
            return this;
        }

        /**
         * Sets the side of a patch.
         *
         * @param patch the number of pixels, a divisor of height and width
         * @return this builder
         */
        public Builder setPatch(int patch) {
            this.patch = patch;
            return this;
        }

        /**
         * Builds the model.
         *
         * @return a new model
         * @throws IllegalArgumentException if a required setting is missing or one is out of its
         *     range
         */
        public VisionTransformer build() {
            if (image == null || image.dimension() != 3 || image.size() <= 0) {
                throw new IllegalArgumentException(
                        "image must be [channels, height, width], but was " + image + ".");
            }
            if (patch <= 0 || image.get(1) % patch != 0 || image.get(2) % patch != 0) {
                throw new IllegalArgumentException(
                        String.format(
                                "patch must be positive and divide height and width, but was %d for"
                                        + " images of shape %s.",
                                patch, image));
            }
            checkTransformer();
            return new VisionTransformer(this);
        }
    }
}
