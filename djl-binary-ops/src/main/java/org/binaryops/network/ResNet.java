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
package org.binaryops.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import java.util.function.Supplier;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.ResidualBlock;
import org.binaryops.nn.Shortcut;

/**
 * Builds residual networks (He et al., CVPR 2016) in the forms of the papers on binarization: the
 * first convolution, the shortcuts and the last layer stay in float, the other convolutions are
 * binarized by a {@link BinaryMethod}.
 *
 * <p>Input [batch, channels, height, width], output [batch, classes], the logits. The layers are
 *
 * <ol>
 *   <li>the stem: a convolution, a batch norm and the nonlinearity
 *   <li>3 or 4 stages of residual blocks; each but the first halves the image and doubles the
 *       channels
 *   <li>the average over the image, a batch norm, a linear layer
 * </ol>
 *
 * <pre>{@code
 * Block net = ResNet.cifar20(BinaryMethod.named("biper"), 10);
 * }</pre>
 *
 * <p>Weights start from the normal distribution of He et al. (ICCV 2015) with the variance 2 / (fan
 * in), as in the papers' code.
 */
public final class ResNet {

    private ResNet() {}

    /** Which convolutions the network has. */
    public enum Depth {
        /** ResNet-20 for small images: 3 stages of 6 convolutions, with 16, 32 and 64 filters. */
        RESNET_20(new int[] {16, 32, 64}, new int[] {3, 3, 3}),

        /** ResNet-18: 4 stages of 4 convolutions, with 64, 128, 256 and 512 filters. */
        RESNET_18(new int[] {64, 128, 256, 512}, new int[] {2, 2, 2, 2}),

        /** ResNet-34: 4 stages of 6, 8, 12 and 6 convolutions, filters as in ResNet-18. */
        RESNET_34(new int[] {64, 128, 256, 512}, new int[] {3, 4, 6, 3});

        private final int[] filters;
        private final int[] pairs;

        Depth(int[] filters, int[] pairs) {
            this.filters = filters;
            this.pairs = pairs;
        }
    }

    /** What a shortcut goes round. */
    public enum Form {
        /**
         * Each convolution: x ↦ f(BN(conv(x)) + x), the Bi-Real structure of most papers (Liu et
         * al., ECCV 2018).
         */
        BI_REAL,

        /** Two convolutions, as in float networks: x ↦ f(BN(conv(f(BN(conv(x))))) + x). */
        PLAIN
    }

    /** How the network begins. */
    public enum Stem {
        /** For images of about 32×32 pixels: a 3×3 convolution. */
        SMALL_IMAGES,

        /** A 7×7 convolution with stride 2, and a maximum over 3×3 pixels with stride 2. */
        IMAGENET
    }

    /**
     * Builds the ResNet-20 of IR-Net, ReCU and BiPer: Bi-Real structure, shortcuts without
     * parameters, hard tanh (0.27 million parameters).
     *
     * @param method how convolutions are binarized
     * @param classes the number of logits, positive
     * @return a new network for images of about 32×32 pixels
     * @throws IllegalArgumentException if {@code classes} is not positive
     */
    public static SequentialBlock cifar20(BinaryMethod method, int classes) {
        return builder().setMethod(method).setClasses(classes).build();
    }

    /**
     * Builds the ResNet-18 of the same papers for small images: Bi-Real structure, shortcuts
     * without parameters, hard tanh (11.00 million parameters, 11.01 with a learned scale).
     *
     * @param method how convolutions are binarized
     * @param classes the number of logits, positive
     * @return a new network for images of about 32×32 pixels
     * @throws IllegalArgumentException if {@code classes} is not positive
     */
    public static SequentialBlock resnet18(BinaryMethod method, int classes) {
        return builder().setMethod(method).setClasses(classes).optDepth(Depth.RESNET_18).build();
    }

    /**
     * Builds a ResNet-18 for large images: Bi-Real structure, shortcuts with a convolution in float
     * (Bi-Real Net, ReActNet).
     *
     * @param method how convolutions are binarized
     * @param classes the number of logits, positive
     * @return a new network for images of about 224×224 pixels
     * @throws IllegalArgumentException if {@code classes} is not positive
     */
    public static SequentialBlock imageNet18(BinaryMethod method, int classes) {
        return builder()
                .setMethod(method)
                .setClasses(classes)
                .optDepth(Depth.RESNET_18)
                .optStem(Stem.IMAGENET)
                .optShortcut(Shortcut.CONVOLVED)
                .build();
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds the network. */
    public static final class Builder {

        private BinaryMethod method;
        private int classes;
        private Depth depth = Depth.RESNET_20;
        private Form form = Form.BI_REAL;
        private Stem stem = Stem.SMALL_IMAGES;
        private Shortcut shortcut = Shortcut.AVERAGED;
        private Supplier<? extends Block> nonlinearity;
        private boolean reluBeforeNorm;
        private boolean normBeforeOutput = true;

        private Builder() {}

        /**
         * Sets the method.
         *
         * @param method how convolutions are binarized
         * @return this builder
         */
        public Builder setMethod(BinaryMethod method) {
            this.method = method;
            return this;
        }

        /**
         * Sets the number of classes.
         *
         * @param classes the number of logits, positive
         * @return this builder
         */
        public Builder setClasses(int classes) {
            this.classes = classes;
            return this;
        }

        /**
         * Sets the depth; the default is {@link Depth#RESNET_20}.
         *
         * @param depth which convolutions the network has
         * @return this builder
         */
        public Builder optDepth(Depth depth) {
            this.depth = depth;
            return this;
        }

        /**
         * Sets the form of the blocks; the default is {@link Form#BI_REAL}.
         *
         * @param form what a shortcut goes round
         * @return this builder
         */
        public Builder optForm(Form form) {
            this.form = form;
            return this;
        }

        /**
         * Sets the stem; the default is {@link Stem#SMALL_IMAGES}.
         *
         * @param stem how the network begins
         * @return this builder
         */
        public Builder optStem(Stem stem) {
            this.stem = stem;
            return this;
        }

        /**
         * Sets the shortcut where the image shrinks; the default is {@link Shortcut#AVERAGED}.
         *
         * @param shortcut one that adds channels: not {@link Shortcut#DUPLICATED} after a stage
         *     that does not double them
         * @return this builder
         */
        public Builder optShortcut(Shortcut shortcut) {
            this.shortcut = shortcut;
            return this;
        }

        /**
         * Sets f, the function of the sums and of the stem; the default is {@link
         * BinaryMethod#newNonlinearity}.
         *
         * @param nonlinearity makes a new block at each call, whose output has the shape of its
         *     input
         * @return this builder
         */
        public Builder optNonlinearity(Supplier<? extends Block> nonlinearity) {
            this.nonlinearity = nonlinearity;
            return this;
        }

        /**
         * Sets whether each convolution is followed by a ReLU and then the batch norm, with no
         * function of the sums: BN(ReLU(conv(x))) + x, the order of ReSTE. The default is {@code
         * false}.
         *
         * @param reluBeforeNorm whether to use this order
         * @return this builder
         */
        public Builder optReluBeforeNorm(boolean reluBeforeNorm) {
            this.reluBeforeNorm = reluBeforeNorm;
            return this;
        }

        /**
         * Sets whether a batch norm stands before the last layer, as in IR-Net, ReCU, BiPer and
         * ReSTE; the default is {@code true}. Bi-Real Net and ReActNet have none.
         *
         * @param normBeforeOutput whether to normalize the features
         * @return this builder
         */
        public Builder optNormBeforeOutput(boolean normBeforeOutput) {
            this.normBeforeOutput = normBeforeOutput;
            return this;
        }

        /**
         * Builds the network.
         *
         * @return a new network
         * @throws IllegalArgumentException if a required setting is missing or one is out of range
         */
        public SequentialBlock build() {
            FloatLayers.check(method, classes);
            SequentialBlock net = new SequentialBlock();
            if (stem == Stem.IMAGENET) {
                addNormalized(net, FloatLayers.convolution(depth.filters[0], 7, 2), true);
                net.add(Pool.maxPool2dBlock(new Shape(3, 3), new Shape(2, 2), new Shape(1, 1)));
            } else {
                addNormalized(net, FloatLayers.convolution(depth.filters[0], 3, 1), true);
            }
            for (int stage = 0; stage < depth.filters.length; ++stage) {
                for (int pair = 0; pair < depth.pairs[stage]; ++pair) {
                    int stride = stage > 0 && pair == 0 ? 2 : 1;
                    addPair(net, depth.filters[stage], stride);
                }
            }
            net.add(Pool.globalAvgPool2dBlock());
            if (normBeforeOutput) {
                net.add(FloatLayers.norm());
            }
            return net.add(Linear.builder().setUnits(classes).build());
        }

        private void addPair(SequentialBlock net, int filters, int stride) {
            SequentialBlock first = new SequentialBlock();
            SequentialBlock second = form == Form.BI_REAL ? new SequentialBlock() : first;
            addNormalized(first, convolution(filters, stride), form == Form.PLAIN);
            addNormalized(second, convolution(filters, 1), false);
            net.add(residual(first, stride == 1 ? null : shortcut.newBlock(filters, stride)));
            if (form == Form.BI_REAL) {
                net.add(residual(second, null));
            }
        }

        private QuantConv2d convolution(int filters, int stride) {
            return method.applyTo(QuantConv2d.builder())
                    .setFilters(filters)
                    .setKernelShape(new Shape(3, 3))
                    .optStride(new Shape(stride, stride))
                    .optPadding(new Shape(1, 1))
                    .build();
        }

        private ResidualBlock residual(Block body, Block shortcutBlock) {
            return ResidualBlock.builder()
                    .setBody(body)
                    .optShortcut(shortcutBlock)
                    .optActivation(reluBeforeNorm ? null : newNonlinearity())
                    .build();
        }

        /** Adds a convolution, its norm and, where no sum follows, the nonlinearity. */
        private void addNormalized(SequentialBlock block, Block convolution, boolean inner) {
            block.add(convolution);
            if (reluBeforeNorm) {
                block.add(Activation.reluBlock());
            }
            block.add(FloatLayers.norm());
            if (inner && !reluBeforeNorm) {
                block.add(newNonlinearity());
            }
        }

        private Block newNonlinearity() {
            return nonlinearity == null ? method.newNonlinearity() : nonlinearity.get();
        }
    }
}
