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
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.util.Arrays;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/**
 * The activation spaces that each edge of a selectable layer chooses from: the functions of several
 * bases side by side (Yang et al., "Activation Space Selectable Kolmogorov–Arnold Networks", arXiv
 * 2408.08338).
 *
 * <p>With K bases of n_1 … n_K functions it has n = n_1 + … + n_K. The layer that owns the pool
 * keeps the selection weights; see {@link SpaceSelection}. Once a layer is pruned, spaces that no
 * edge has chosen are no longer evaluated.
 */
public final class BasisPool extends Basis {

    private static final byte VERSION = 1;

    private final List<Basis> spaces;
    private final boolean[] active;
    private final Parameter membership;

    /**
     * Creates a pool.
     *
     * @param spaces the bases, at least two
     * @throws IllegalArgumentException if there are fewer than two
     */
    public BasisPool(List<Basis> spaces) {
        super(VERSION);
        if (spaces.size() < 2) {
            throw new IllegalArgumentException(
                    "A pool needs at least 2 bases to select from, but got " + spaces.size() + ".");
        }
        this.spaces = List.copyOf(spaces);
        active = new boolean[spaces.size()];
        Arrays.fill(active, true);
        for (Basis space : this.spaces) {
            addChildBlock(space.getClass().getSimpleName(), space);
        }
        membership =
                addParameter(
                        Parameter.builder()
                                .setName("membership")
                                .setType(Parameter.Type.RUNNING_MEAN)
                                .optRequiresGrad(false)
                                .optInitializer((manager, shape, type) -> members(manager, type))
                                .build());
    }

    /** The matrix [K, n] with a 1 where a function belongs to a space. */
    private NDArray members(NDManager manager, DataType type) {
        float[] rows = new float[spaces.size() * size()];
        int column = 0;
        for (int k = 0; k < spaces.size(); ++k) {
            for (int m = 0; m < spaces.get(k).size(); ++m) {
                rows[k * size() + column++] = 1;
            }
        }
        try (NDArray exact = manager.create(rows, new Shape(spaces.size(), size()));
                NDArray typed = exact.toType(type, true)) {
            // A copy that owns its memory: of the same type, toType shares the JVM buffer.
            return typed.duplicate();
        }
    }

    /**
     * Returns the spaces.
     *
     * @return the bases, in the order of the selection weights
     */
    public List<Basis> getSpaces() {
        return spaces;
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return spaces.stream().mapToInt(Basis::size).sum();
    }

    /** Says which spaces are evaluated at all. */
    void setActive(boolean[] used) {
        System.arraycopy(used, 0, active, 0, active.length);
    }

    boolean allActive() {
        for (boolean each : active) {
            if (!each) {
                return false;
            }
        }
        return true;
    }

    /**
     * Evaluates the functions of the active spaces; before pruning these are all.
     *
     * @param store the store that holds the parameters of the bases
     * @param x the inputs, [x1, …, xk, features], finite
     * @param training whether this is a training pass
     * @return a new array [x1, …, xk, features, n] on the manager of {@code x}
     */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDList values = new NDList();
                    for (int k = 0; k < active.length; ++k) {
                        if (active[k]) {
                            values.add(spaces.get(k).evaluate(store, x, training));
                        }
                    }
                    return values.size() == 1
                            ? values.get(0)
                            : NDArrays.concat(values, values.get(0).getShape().dimension() - 1);
                });
    }

    /** Keeps the functions of the active spaces of an array [.., n]. */
    NDArray ofActive(NDArray weight) {
        NDList parts = new NDList();
        int from = 0;
        for (int k = 0; k < active.length; ++k) {
            int to = from + spaces.get(k).size();
            if (active[k]) {
                parts.add(weight.get(BSplines.slice(from, to)));
            }
            from = to;
        }
        return parts.size() == 1
                ? parts.get(0)
                : NDArrays.concat(parts, weight.getShape().dimension() - 1);
    }

    /** Spreads the weights of spaces, [.., K], over their functions, [.., n]. */
    NDArray spread(ParameterStore store, NDArray weights, boolean training) {
        return weights.matMul(Temporaries.parameter(store, membership, weights, training));
    }

    /** {@inheritDoc} */
    @Override
    public Initializer coefficientInitializer() {
        return (manager, shape, type) ->
                Temporaries.freed(
                        manager,
                        () -> {
                            NDList parts = new NDList();
                            for (Basis space : spaces) {
                                Shape part = shape.slice(0, 2).add(space.size());
                                parts.add(
                                        space.coefficientInitializer()
                                                .initialize(manager, part, type));
                            }
                            return NDArrays.concat(parts, 2);
                        });
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        membership.setShape(new Shape(spaces.size(), size()));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        for (Basis space : spaces) {
            space.initialize(manager, dataType, inputShapes[0]);
        }
    }

    /**
     * Reads the number of features off the shape of an input; the spaces check it.
     *
     * @param input the shape of an input
     * @return the size of its last axis
     * @throws IllegalArgumentException if a space was initialized for another number of features
     */
    @Override
    protected long features(Shape input) {
        long features = 0;
        for (Basis space : spaces) {
            features = space.features(input);
        }
        return features;
    }
}
