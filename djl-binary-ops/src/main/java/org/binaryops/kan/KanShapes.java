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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import org.binaryops.kan.symbolic.SymbolicFunction;

/** Networks made from networks: on other grids, and of fewer nodes. */
final class KanShapes {

    private KanShapes() {}

    static void update(Kan kan, NDArray x) {
        for (int l = 0; l < kan.getLayers().size(); ++l) {
            // What reaches a layer depends on the grids before it, which have just changed.
            try (NDManager scratch = x.getManager().newSubManager()) {
                NDArray input = x.stopGradient();
                input.attach(scratch);
                KanTrace trace = kan.trace(new ParameterStore(scratch, false), input, false);
                kan.getLayers().get(l).updateGrid(trace.layers().get(l).input().stopGradient());
            }
        }
    }

    static Kan refined(Kan kan, NDManager manager, int grid) {
        List<KanLinear> fine = new ArrayList<>();
        for (KanLinear layer : kan.getLayers()) {
            fine.add(layer.refined(manager, grid).layer());
        }
        Kan result = new Kan(kan.settings().withGrid(grid), fine);
        initialize(result, kan, manager);
        for (int l = 0; l < fine.size(); ++l) {
            int[] from = all(kan.getWidths().get(l).nodes());
            int[] to = all(kan.getWidths().get(l + 1).nodes());
            copyBeside(kan, result, l, from, to);
        }
        return result;
    }

    static Kan only(Kan kan, NDManager manager, List<int[]> kept) {
        List<KanWidth> widths = kan.getWidths();
        if (kept.size() != widths.size()) {
            throw new IllegalArgumentException(
                    String.format(
                            "The nodes kept must be given for the %d levels of the network, but"
                                    + " were given for %d.",
                            widths.size(), kept.size()));
        }
        List<KanWidth> narrow = new ArrayList<>();
        for (int l = 0; l < kept.size(); ++l) {
            check(kept.get(l), widths.get(l), l);
            narrow.add(widths.get(l).only(kept.get(l)));
        }
        KanSettings settings = kan.settings().copy();
        settings.widths = narrow;
        int[] inputs = kan.getInputs();
        boolean fewer = kept.get(0).length < inputs.length;
        if (fewer || settings.inputs != null) {
            settings.inputs = pick(inputs, kept.get(0));
        }
        Kan result = new Kan(settings, settings.layers());
        initialize(result, kan, manager);
        for (int l = 0; l < result.getLayers().size(); ++l) {
            int[] features = kept.get(l);
            int[] units = subnodes(widths.get(l + 1), kept.get(l + 1));
            copy(kan.getLayers().get(l), result.getLayers().get(l), features, units);
            copyBeside(kan, result, l, features, kept.get(l + 1));
        }
        return result;
    }

    private static void check(int[] kept, KanWidth width, int level) {
        int before = -1;
        for (int node : kept) {
            if (node <= before || node >= width.nodes()) {
                throw new IllegalArgumentException(
                        String.format(
                                "The nodes kept of level %d must be ascending and below %d, but"
                                        + " there was %d after %d.",
                                level, width.nodes(), node, before));
            }
            before = node;
        }
        if (kept.length == 0) {
            throw new IllegalArgumentException("No node of level " + level + " would be kept.");
        }
    }

    private static void initialize(Kan result, Kan like, NDManager manager) {
        DataType type = like.getLayers().get(0).coefficients.getArray().getDataType();
        Shape input = like.describeInput().get(0).getValue();
        result.initialize(manager, type, input);
    }

    /** What a network has beside its layers of splines. */
    private static void copyBeside(Kan from, Kan to, int layer, int[] features, int[] nodes) {
        int[] units = subnodes(from.getWidths().get(layer + 1), nodes);
        SymbolicEdges target = to.symbolic(layer);
        for (int j = 0; j < units.length; ++j) {
            for (int i = 0; i < features.length; ++i) {
                SymbolicFunction function = from.symbolic(layer).get(units[j], features[i]);
                if (function != null) {
                    Affine affine = from.symbolic(layer).affine(units[j], features[i]);
                    target.set(j, i, function, affine);
                }
            }
        }
        if (from.settings().affine) {
            to.affine(layer, true).copy(from.affine(layer, true), units);
            to.affine(layer, false).copy(from.affine(layer, false), nodes);
        }
    }

    private static void copy(KanLinear from, KanLinear to, int[] features, int[] units) {
        Parameter[] old = {from.base, from.scale, from.coefficients};
        Parameter[] fresh = {to.base, to.scale, to.coefficients};
        for (int p = 0; p < old.length; ++p) {
            if (old[p] != null) {
                KanLayer.overwrite(fresh[p].getArray(), edges(old[p], features, units));
            }
        }
        if (from.bias != null) {
            KanLayer.overwrite(
                    to.bias.getArray(), pick(EdgeSplines.doubles(from.bias.getArray()), units));
        }
        double[][] mask = from.getMask();
        double[][] part = new double[units.length][];
        for (int j = 0; j < units.length; ++j) {
            part[j] = pick(mask[units[j]], features);
        }
        to.setMask(part);
        if (from.basis instanceof BSplineBasis spline) {
            double[][] knots = spline.getKnots();
            double[][] some = new double[features.length][];
            for (int i = 0; i < features.length; ++i) {
                some[i] = knots[features[i]];
            }
            ((BSplineBasis) to.basis).setKnots(some);
        } else {
            copyRows(from.basis, to.basis, features);
        }
    }

    /** The parameters of a basis have one row for each feature, as a rule. */
    private static void copyRows(Basis from, Basis to, int[] features) {
        List<Parameter> old = from.getParameters().values();
        List<Parameter> fresh = to.getParameters().values();
        for (int p = 0; p < old.size(); ++p) {
            NDArray target = fresh.get(p).getArray();
            double[] values = EdgeSplines.doubles(old.get(p).getArray());
            if (old.get(p).getShape().equals(target.getShape())
                    && old.get(p).getShape().get(0) != features.length) {
                KanLayer.overwrite(target, values);
                continue;
            }
            int row = Math.toIntExact(target.size() / features.length);
            double[] some = new double[features.length * row];
            for (int i = 0; i < features.length; ++i) {
                System.arraycopy(values, features[i] * row, some, i * row, row);
            }
            KanLayer.overwrite(target, some);
        }
    }

    /** The values of some edges of a parameter [units, features, …]. */
    private static double[] edges(Parameter parameter, int[] features, int[] units) {
        NDArray array = parameter.getArray();
        double[] all = EdgeSplines.doubles(array);
        int inputs = (int) array.getShape().get(1);
        int each = Math.toIntExact(array.size() / array.getShape().get(0) / inputs);
        double[] some = new double[units.length * features.length * each];
        int to = 0;
        for (int unit : units) {
            for (int feature : features) {
                System.arraycopy(all, (unit * inputs + feature) * each, some, to, each);
                to += each;
            }
        }
        return some;
    }

    private static int[] subnodes(KanWidth width, int[] nodes) {
        List<Integer> all = new ArrayList<>();
        for (int node : nodes) {
            for (int k = 0; k < width.arity(node); ++k) {
                all.add(width.firstSubnode(node) + k);
            }
        }
        return all.stream().mapToInt(Integer::intValue).toArray();
    }

    private static int[] all(int n) {
        int[] all = new int[n];
        for (int i = 0; i < n; ++i) {
            all[i] = i;
        }
        return all;
    }

    private static int[] pick(int[] from, int[] kept) {
        int[] some = new int[kept.length];
        for (int i = 0; i < kept.length; ++i) {
            some[i] = from[kept[i]];
        }
        return some;
    }

    private static double[] pick(double[] from, int[] kept) {
        double[] some = new double[kept.length];
        for (int i = 0; i < kept.length; ++i) {
            some[i] = from[kept[i]];
        }
        return some;
    }
}
