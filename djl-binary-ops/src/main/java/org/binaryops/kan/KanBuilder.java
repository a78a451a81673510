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

import ai.djl.engine.Engine;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Supplier;
import org.binaryops.kan.symbolic.SymbolicLibrary;

/**
 * Builds a {@link Kan}. The defaults are pykan's: cubic splines on 3 intervals over [−1, 1], noise
 * of scale 0.3, the base branch SiLU, trainable scales and no affine maps of nodes.
 */
public final class KanBuilder {

    private final KanSettings settings = new KanSettings();
    private Integer seed;

    KanBuilder() {}

    /**
     * Sets the widths of a network whose nodes only add.
     *
     * @param widths the number of nodes of each level, from the input to the output; at least two
     * @return this builder
     * @throws IllegalArgumentException if a width is not positive
     */
    public KanBuilder setWidths(int... widths) {
        return setWidths(Arrays.stream(widths).mapToObj(KanWidth::of).toArray(KanWidth[]::new));
    }

    /**
     * Sets the widths.
     *
     * @param widths the nodes of each level, from the input to the output; at least two
     * @return this builder
     */
    public KanBuilder setWidths(KanWidth... widths) {
        settings.setWidths(Arrays.asList(widths));
        return this;
    }

    /**
     * Sets the number of intervals of the grids; the default is 3.
     *
     * @param grid G, from 1 to 2²⁰
     * @return this builder
     */
    public KanBuilder optGrid(int grid) {
        settings.optGrid(grid);
        return this;
    }

    /**
     * Sets the order of the splines; the default is 3, cubic.
     *
     * @param order k, from 0 to 100
     * @return this builder
     */
    public KanBuilder optOrder(int order) {
        settings.optOrder(order);
        return this;
    }

    /**
     * Sets the range of the grids before they are adapted; the default is [−1, 1].
     *
     * @param low the lower end
     * @param high the upper end
     * @return this builder
     */
    public KanBuilder optRange(double low, double high) {
        settings.optRange(low, high);
        return this;
    }

    /**
     * Sets the scale of the noise that the splines start from; the default is 0.3.
     *
     * @param noiseScale the scale, not negative
     * @return this builder
     */
    public KanBuilder optNoiseScale(double noiseScale) {
        settings.optNoiseScale(noiseScale);
        return this;
    }

    /**
     * Sets what splines do outside their grid; the default is {@link Extrapolation#LINEAR}.
     *
     * @param extrapolation the kind of extrapolation
     * @return this builder
     */
    public KanBuilder optExtrapolation(Extrapolation extrapolation) {
        settings.optExtrapolation(extrapolation);
        return this;
    }

    /**
     * Sets another basis in the place of B-splines. Such a network has no grid to adapt or refine.
     *
     * @param basis makes a new basis for each layer
     * @return this builder
     */
    public KanBuilder optBasis(Supplier<Basis> basis) {
        settings.basis = Objects.requireNonNull(basis, "basis");
        return this;
    }

    /**
     * Sets the function of the base branch; the default is {@link BaseBranch#SILU}.
     *
     * @param base the function, or {@link BaseBranch#NONE}
     * @return this builder
     */
    public KanBuilder optBase(BaseBranch base) {
        settings.base = Objects.requireNonNull(base, "base");
        return this;
    }

    /**
     * Sets whether the functions of each edge have a scale of their own; the default is {@code
     * true}.
     *
     * @param scaled whether they have
     * @return this builder
     */
    public KanBuilder optScale(boolean scaled) {
        settings.scaled = scaled;
        return this;
    }

    /**
     * Sets whether subnodes add a trained constant, as in ReLU-KAN; the default is {@code false}.
     *
     * @param biased whether they do
     * @return this builder
     */
    public KanBuilder optBias(boolean biased) {
        settings.biased = biased;
        return this;
    }

    /**
     * Sets whether the scales of edges are trained; the default is {@code true}.
     *
     * @param trainable whether they are
     * @return this builder
     */
    public KanBuilder optTrainableScales(boolean trainable) {
        settings.trainableScales = trainable;
        return this;
    }

    /**
     * Makes a network that learns in one place without forgetting elsewhere: no base branch, whose
     * function reaches everywhere, and frozen scales. What is trained then is coefficients only,
     * and a sample changes those alone whose splines it lies under.
     *
     * @return this builder
     */
    public KanBuilder optContinual() {
        return optBase(BaseBranch.NONE).optTrainableScales(false);
    }

    /**
     * Sets whether subnodes and nodes have a trainable scale and bias (pykan's affine_trainable);
     * the default is {@code false}.
     *
     * @param affine whether they have
     * @return this builder
     */
    public KanBuilder optAffine(boolean affine) {
        settings.affine = affine;
        return this;
    }

    /**
     * Sets the functions that edges can be fixed to; the default is {@link
     * SymbolicLibrary#standard}. A file names functions only, so that a network with functions of
     * its own must be loaded into one that knows them.
     *
     * @param library the functions
     * @return this builder
     */
    public KanBuilder optLibrary(SymbolicLibrary library) {
        settings.library = Objects.requireNonNull(library, "library");
        return this;
    }

    /**
     * Seeds the engine's random numbers when the network is built, so that what is initialized
     * right after it starts the same each time. By default the engine's state is left alone.
     *
     * @param seed the seed
     * @return this builder
     */
    public KanBuilder optSeed(int seed) {
        this.seed = seed;
        return this;
    }

    /**
     * Builds the network.
     *
     * @return a new network
     * @throws IllegalArgumentException if a setting is out of its range or widths are missing
     */
    public Kan build() {
        settings.check();
        KanSettings own = settings.copy();
        Kan kan = new Kan(own, own.layers());
        if (seed != null) {
            Engine.getInstance().setRandomSeed(seed);
        }
        return kan;
    }
}
