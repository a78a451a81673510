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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.training.initializer.UniformInitializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.Basis;
import org.binaryops.kan.FixedBasis;
import org.binaryops.kan.FourierBasis;

/**
 * The learned attention of Maity et al., "Kolmogorov–Arnold Attention: Is Learnable Attention
 * Better for Vision Transformers?" (KArAt, 2025), in the place of the softmax. Each row a of the
 * scores, over at most N keys, passes through r functions of all keys and back:
 *
 * <p>$$\sigma(a) = W \, \Phi(a), \quad \Phi_p(a) = \sum_{q=1}^{N} \phi_{pq}(a_q), \quad
 * \phi_{pq}(t) = v_{pq} b(t) + \sum_m c_{pqm} B_m(t)$$
 *
 * <p>over any basis B of Kolmogorov–Arnold layers and an optional base function b; {@link #fourier}
 * is Fourier-KArAt, without b. What a basis learns besides its coefficients (centres, widths) it
 * learns for each key, for all heads and p. The weights of a row may be negative and need not sum
 * to 1, unless {@link Builder#optSimplex} projects them (which the paper measured to hurt).
 *
 * <p>Each head has Φ and W of its own. In a network each layer has them too (<i>blockwise</i>), or
 * all layers share one block (<i>universal</i>; the models of this package do so for a method whose
 * name ends with it).
 *
 * <p>N is the number of keys at initialization. Shorter sequences use the first keys' functions, so
 * that keys masked at the end equal keys that are not there. A hidden key takes no part in Φ and
 * gets the weight 0; a basis that normalizes over its features (AF-KAN's, or the radial one) sees
 * the score 0 in its place.
 *
 * <p>Cost: for each row 2·r·N·n products with a basis of n functions, and N·n function values,
 * which make an array n times as large as the scores.
 */
public final class KArAt extends ScoreNormalizer {

    private static final byte VERSION = 1;

    private final Basis basis;
    private final BaseBranch baseFunction;
    private final Basis base;
    private final int rank;
    private final boolean simplex;
    private final Parameter coefficients;
    private final Parameter baseWeight;
    private final Parameter weight;

    private KArAt(Builder builder) {
        super(VERSION);
        rank = builder.rank;
        simplex = builder.simplex;
        basis = addChildBlock("basis", builder.basis);
        baseFunction = builder.base;
        base =
                baseFunction == BaseBranch.NONE
                        ? null
                        : addChildBlock("base", new FixedBasis(baseFunction));
        coefficients =
                learned(
                        "coefficients",
                        builder.initializer == null
                                ? basis.coefficientInitializer()
                                : builder.initializer);
        // The default of a linear layer from r to N.
        weight = learned("weight", new UniformInitializer((float) (1 / Math.sqrt(rank))));
        baseWeight = base == null ? null : learned("baseWeight", base.coefficientInitializer());
    }

    private Parameter learned(String name, Initializer initializer) {
        return addParameter(
                Parameter.builder()
                        .setName(name)
                        .setType(Parameter.Type.OTHER)
                        .optInitializer(initializer)
                        .build());
    }

    /**
     * Creates Fourier-KArAt as published: rank 12, no base function, coefficients that start from
     * N(0, 1).
     *
     * @param grid G, the highest frequency; the paper's models have 1 and 3
     * @return a new normalizer
     */
    public static KArAt fourier(int grid) {
        return fourier(grid, 1);
    }

    /**
     * Creates Fourier-KArAt with other start values. From N(0, 1) the weights of a row are sums of
     * waves over all keys that have nothing to do with its scores yet; from a small deviation the
     * attention adds little at first and is learned, which small models and short trainings need.
     *
     * @param grid G, the highest frequency
     * @param deviation the standard deviation that the coefficients start from, positive
     * @return a new normalizer
     * @throws IllegalArgumentException if {@code deviation} is not positive and finite
     */
    public static KArAt fourier(int grid, float deviation) {
        if (!(deviation > 0) || Float.isInfinite(deviation)) {
            throw new IllegalArgumentException(
                    "deviation must be positive and finite, but was " + deviation + ".");
        }
        return builder()
                .setBasis(new FourierBasis(grid))
                .optInitializer(new NormalInitializer(deviation))
                .build();
    }

    /** {@inheritDoc} */
    @Override
    public NDArray normalize(
            ParameterStore store, NDArray scores, ScoreMask mask, boolean training) {
        NDArray w = Temporaries.parameter(store, weight, scores, training);
        Shape shape = scores.getShape();
        long heads = w.getShape().get(0);
        long most = w.getShape().get(2);
        long keys = shape.get(3);
        check(shape, heads, most);
        NDArray bias = mask.bias();
        NDArray a = bias == null ? scores : scores.add(bias);
        NDArray visible = mask.visible();
        if (visible != null) {
            // A basis that normalizes over its features must not read a hidden score.
            a = a.mul(visible);
        }
        if (keys < most) {
            NDArray none =
                    a.getManager().zeros(shape.slice(0, 3).add(most - keys), a.getDataType());
            a = a.concat(none, 3);
        }
        NDArray phi = sum(store, basis, coefficients, a, visible, keys, training);
        if (base != null) {
            phi = phi.add(sum(store, base, baseWeight, a, visible, keys, training));
        }
        NDArray weights = phi.matMul(w.get(new NDIndex(":, :, :{}", keys)));
        if (simplex) {
            return mask.cleared(Entmax.simplex(mask.shifted(weights), 3));
        }
        return visible == null ? weights : weights.mul(visible);
    }

    /** The part of Φ over one family of functions: a number for each row and rank. */
    private NDArray sum(
            ParameterStore store,
            Basis family,
            Parameter factors,
            NDArray a,
            NDArray visible,
            long keys,
            boolean training) {
        NDArray c = Temporaries.parameter(store, factors, a, training);
        Shape shape = a.getShape();
        long width = keys * family.size();
        // (B, heads, T, N, n)
        NDArray functions = family.evaluate(store, a, training);
        if (keys < shape.get(3)) {
            functions = functions.get(new NDIndex("..., :{}, :", keys));
        }
        if (visible != null) {
            functions = functions.mul(visible.expandDims(4));
        }
        // (heads, N · n, r)
        NDArray factor =
                c.get(new NDIndex(":, :{}", keys))
                        .reshape(shape.get(1), rank, width)
                        .transpose(0, 2, 1);
        return functions.reshape(shape.slice(0, 3).add(width)).matMul(factor);
    }

    private static void check(Shape scores, long heads, long most) {
        if (scores.get(1) != heads || scores.get(3) > most) {
            throw new IllegalArgumentException(
                    String.format(
                            "KArAt was initialized for %d heads and at most %d keys, but got scores"
                                    + " of shape %s.",
                            heads, most, scores));
        }
    }

    /**
     * Returns the basis.
     *
     * @return the child block
     */
    public Basis getBasis() {
        return basis;
    }

    /**
     * Returns the base function.
     *
     * @return b, or {@link BaseBranch#NONE}
     */
    public BaseBranch getBase() {
        return baseFunction;
    }

    /**
     * Returns the rank.
     *
     * @return r
     */
    public int getRank() {
        return rank;
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        long heads = inputShapes[0].get(1);
        long keys = inputShapes[0].get(3);
        coefficients.setShape(new Shape(heads * rank, keys, basis.size()));
        if (base != null) {
            baseWeight.setShape(new Shape(heads * rank, keys, 1));
        }
        weight.setShape(new Shape(heads, rank, keys));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        basis.initialize(manager, dataType, inputShapes[0]);
        if (base != null) {
            base.initialize(manager, dataType, inputShapes[0]);
        }
    }

    /** {@inheritDoc} */
    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        os.writeUTF(settings());
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        String saved = is.readUTF();
        if (!saved.equals(settings())) {
            throw new MalformedModelException(
                    "KArAt: this block has " + settings() + ", but the file has " + saved);
        }
    }

    private String settings() {
        return String.format(
                "rank %d, %d functions of %s%s%s",
                rank,
                basis.size(),
                basis.getClass().getSimpleName(),
                base == null ? "" : " and the base function " + baseFunction,
                simplex ? ", projected onto the simplex" : "");
    }

    /**
     * Creates a builder.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link KArAt}. */
    public static final class Builder {

        private Basis basis;
        private BaseBranch base = BaseBranch.NONE;
        private Initializer initializer;
        private int rank = 12;
        private boolean simplex;

        private Builder() {}

        /**
         * Sets the basis of the functions.
         *
         * @param basis a new basis, owned by the block; its features are the keys
         * @return this builder
         */
        public Builder setBasis(Basis basis) {
            this.basis = basis;
            return this;
        }

        /**
         * Sets the base function b, whose weights v start as those of a linear layer over the keys;
         * the default is {@link BaseBranch#NONE}, as in the paper's main results.
         *
         * @param base the function
         * @return this builder
         */
        public Builder optBase(BaseBranch base) {
            this.base = base;
            return this;
        }

        /**
         * Sets how the coefficients of the basis start; the default is as in a layer over that
         * basis.
         *
         * @param initializer an initializer of an array [heads · rank, keys, n]
         * @return this builder
         */
        public Builder optInitializer(Initializer initializer) {
            this.initializer = initializer;
            return this;
        }

        /**
         * Sets the rank; the default is 12.
         *
         * @param rank r, positive
         * @return this builder
         */
        public Builder optRank(int rank) {
            this.rank = rank;
            return this;
        }

        /**
         * Sets whether the weights are projected onto the simplex (Algorithm 1 of the paper); the
         * default is {@code false}.
         *
         * @param simplex whether to project
         * @return this builder
         */
        public Builder optSimplex(boolean simplex) {
            this.simplex = simplex;
            return this;
        }

        /**
         * Builds the block.
         *
         * @return a new block
         * @throws IllegalArgumentException if there is no basis, the base is {@code null}, or the
         *     rank is not positive
         */
        public KArAt build() {
            if (basis == null) {
                throw new IllegalArgumentException("basis must be set.");
            }
            if (base == null) {
                throw new IllegalArgumentException(
                        "base must be given (NONE for no base function), but was null.");
            }
            if (rank < 1) {
                throw new IllegalArgumentException("rank must be positive, but was " + rank + ".");
            }
            return new KArAt(this);
        }
    }
}
