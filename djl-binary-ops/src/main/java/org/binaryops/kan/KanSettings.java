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

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.binaryops.kan.symbolic.SymbolicLibrary;

/** What a network is built from; a network derived from another one shares most of it. */
final class KanSettings extends SplineOptions<KanSettings> {

    List<KanWidth> widths = List.of();
    int[] inputs;
    BaseBranch base = BaseBranch.SILU;
    boolean trainableScales = true;
    boolean scaled = true;
    boolean biased;
    boolean affine;
    Supplier<Basis> basis;
    SymbolicLibrary library = SymbolicLibrary.standard();

    KanSettings() {
        grid = 3;
    }

    @Override
    KanSettings self() {
        return this;
    }

    KanSettings copy() {
        KanSettings copy = new KanSettings();
        copy.grid = grid;
        copy.order = order;
        copy.low = low;
        copy.high = high;
        copy.noiseScale = noiseScale;
        copy.extrapolation = extrapolation;
        copy.changed = changed;
        copy.widths = widths;
        copy.inputs = inputs;
        copy.base = base;
        copy.trainableScales = trainableScales;
        copy.scaled = scaled;
        copy.biased = biased;
        copy.affine = affine;
        copy.basis = basis;
        copy.library = library;
        return copy;
    }

    KanSettings withGrid(int grid) {
        KanSettings copy = copy();
        copy.grid = grid;
        return copy;
    }

    void setWidths(List<KanWidth> levels) {
        widths = List.copyOf(levels);
        inputs = null;
    }

    /** How many features an input of the network has, of which {@link #inputs} are used. */
    int features() {
        return inputs == null ? widths.get(0).nodes() : inputs[inputs.length - 1];
    }

    void check() {
        if (widths.size() < 2) {
            throw new IllegalArgumentException(
                    "A network needs the widths of at least an input and an output, but got "
                            + widths
                            + ".");
        }
        if (!widths.get(0).arities().isEmpty()) {
            throw new IllegalArgumentException(
                    "The inputs of a network cannot be products, but the first width was "
                            + widths.get(0)
                            + ".");
        }
        if (basis != null && changed) {
            throw new IllegalArgumentException(
                    "Either a basis or options of the B-splines can be set, but both were.");
        }
    }

    List<KanLinear> layers() {
        List<KanLinear> layers = new ArrayList<>();
        for (int l = 1; l < widths.size(); ++l) {
            KanLinear.Builder builder =
                    KanLinear.builder()
                            .setUnits(widths.get(l).subnodes())
                            .optBase(base)
                            .optScale(scaled)
                            .optBias(biased)
                            .optTrainableScales(trainableScales);
            if (basis != null) {
                builder.optBasis(Objects.requireNonNull(basis.get(), "basis"));
            } else {
                builder.optGrid(grid)
                        .optOrder(order)
                        .optRange(low, high)
                        .optNoiseScale(noiseScale)
                        .optExtrapolation(extrapolation);
            }
            layers.add(builder.build());
        }
        return layers;
    }
}
