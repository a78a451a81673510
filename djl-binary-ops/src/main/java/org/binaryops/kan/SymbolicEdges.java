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

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import org.binaryops.gradient.Temporaries;
import org.binaryops.kan.symbolic.SymbolicFunction;
import org.binaryops.kan.symbolic.SymbolicLibrary;

/**
 * The edges of a layer that are fixed to functions: c·f(ax + b) + d, with the four numbers of each
 * edge trainable. Input [.., features], output [.., units]; the parameter is [units, features, 4].
 */
final class SymbolicEdges extends AbstractBlock {

    private static final byte VERSION = 1;

    private final int units;
    private final int features;
    private final SymbolicLibrary library;
    private final SymbolicFunction[][] functions;
    private final Parameter affine;

    SymbolicEdges(int units, int features, SymbolicLibrary library) {
        super(VERSION);
        this.units = units;
        this.features = features;
        this.library = library;
        functions = new SymbolicFunction[units][features];
        affine =
                addParameter(
                        Parameter.builder()
                                .setName("affine")
                                .setType(Parameter.Type.OTHER)
                                .optShape(new Shape(units, features, 4))
                                .optInitializer(
                                        (manager, shape, type) -> manager.zeros(shape, type))
                                .build());
        affine.freeze(true);
    }

    boolean isEmpty() {
        for (SymbolicFunction[] row : functions) {
            for (SymbolicFunction function : row) {
                if (function != null) {
                    return false;
                }
            }
        }
        return true;
    }

    SymbolicFunction get(int unit, int feature) {
        return functions[unit][feature];
    }

    Affine affine(int unit, int feature) {
        double[] all = EdgeSplines.doubles(affine.getArray());
        int at = (unit * features + feature) * 4;
        return new Affine(all[at], all[at + 1], all[at + 2], all[at + 3]);
    }

    /** Fixes an edge, or, with {@code null}, frees it. */
    void set(int unit, int feature, SymbolicFunction function, Affine numbers) {
        functions[unit][feature] = function;
        double[] all = EdgeSplines.doubles(affine.getArray());
        int at = (unit * features + feature) * 4;
        all[at] = numbers.a();
        all[at + 1] = numbers.b();
        all[at + 2] = numbers.c();
        all[at + 3] = numbers.d();
        KanLayer.overwrite(affine.getArray(), all);
        affine.freeze(isEmpty());
    }

    /** Sums of the edges of each unit, [.., units]. */
    NDArray apply(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray zeros = x.get(new NDIndex("...,0")).zerosLike();
                    NDArray numbers = Temporaries.parameter(store, affine, x, training);
                    NDList columns = new NDList();
                    for (int j = 0; j < units; ++j) {
                        NDArray column = zeros;
                        for (int i = 0; i < features; ++i) {
                            if (functions[j][i] != null) {
                                column = column.add(edge(x, numbers, j, i));
                            }
                        }
                        columns.add(column);
                    }
                    return NDArrays.stack(columns, -1);
                });
    }

    /** The values at the far ends of the edges, [samples, units, features]. */
    NDArray post(ParameterStore store, NDArray x, boolean training) {
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray zeros = x.get(new NDIndex("...,0")).zerosLike();
                    NDArray numbers = Temporaries.parameter(store, affine, x, training);
                    NDList edges = new NDList();
                    for (int j = 0; j < units; ++j) {
                        for (int i = 0; i < features; ++i) {
                            edges.add(functions[j][i] == null ? zeros : edge(x, numbers, j, i));
                        }
                    }
                    return NDArrays.stack(edges, -1).reshape(-1, units, features);
                });
    }

    private NDArray edge(NDArray x, NDArray numbers, int unit, int feature) {
        NDArray four = numbers.get(unit, feature);
        NDArray argument = x.get(new NDIndex("...,{}", feature)).mul(four.get(0)).add(four.get(1));
        return functions[unit][feature]
                .onArrays()
                .apply(argument)
                .mul(four.get(2))
                .add(four.get(3));
    }

    @Override
    protected NDList forwardInternal(
            ParameterStore store,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        return new NDList(apply(store, inputs.singletonOrThrow(), training));
    }

    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        Shape input = inputShapes[0];
        return new Shape[] {input.slice(0, input.dimension() - 1).add(units)};
    }

    @Override
    protected void saveMetadata(DataOutputStream os) throws IOException {
        super.saveMetadata(os);
        for (SymbolicFunction[] row : functions) {
            for (SymbolicFunction function : row) {
                os.writeUTF(function == null ? "" : function.name());
            }
        }
    }

    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        inputNames = List.of("data0");
        for (SymbolicFunction[] row : functions) {
            for (int i = 0; i < row.length; ++i) {
                String name = is.readUTF();
                try {
                    row[i] = name.isEmpty() ? null : library.get(name);
                } catch (IllegalArgumentException e) {
                    throw new MalformedModelException(e.getMessage(), e);
                }
            }
        }
        affine.freeze(isEmpty());
    }
}
