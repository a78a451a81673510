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
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import org.binaryops.nn.QuantLinear;

/**
 * The attention of every published method as its paper writes it, in plain doubles and loops, with
 * the parameters of a block. Sequences are [batch][position][feature].
 */
final class PlainMember {

    private final QuantAttention block;
    private final String method;
    private final int heads;
    private final PlainSteps steps;

    PlainMember(QuantAttention block, String method, int heads) {
        this(block, method, heads, new PlainSteps());
    }

    /** With quantizers that can be straightened. */
    PlainMember(QuantAttention block, String method, int heads, PlainSteps steps) {
        this.block = block;
        this.method = method;
        this.heads = heads;
        this.steps = steps;
    }

    /** keep[b][i][j] says whether query i sees key j. */
    double[][][] apply(
            double[][][] keys, double[][][] queries, double[][][] values, boolean[][][] keep) {
        double[][][] k = operand("keyQuantizer", linear(block.getKeyProjection(), keys));
        double[][][] q = operand("queryQuantizer", linear(block.getQueryProjection(), queries));
        double[][][] v = operand("valueQuantizer", linear(block.getValueProjection(), values));
        int batch = q.length;
        int rows = q[0].length;
        int columns = k[0].length;
        int width = q[0][0].length;
        int size = width / heads;
        double[][][] p = new double[batch * heads][rows][];
        for (int b = 0; b < batch; ++b) {
            for (int head = 0; head < heads; ++head) {
                for (int i = 0; i < rows; ++i) {
                    double[] scores = new double[columns];
                    for (int j = 0; j < columns; ++j) {
                        for (int d = head * size; d < (head + 1) * size; ++d) {
                            scores[j] += q[b][i][d] * k[b][j][d];
                        }
                        scores[j] += missing(queries[b][i], keys[b][j]);
                        scores[j] /= Math.sqrt(size);
                    }
                    p[b * heads + head][i] = normalize(head, scores, keep[b][i]);
                }
            }
        }
        p = probabilities(p);
        double[][][] context = new double[batch][rows][width];
        for (int b = 0; b < batch; ++b) {
            for (int i = 0; i < rows; ++i) {
                for (int d = 0; d < width; ++d) {
                    for (int j = 0; j < columns; ++j) {
                        context[b][i][d] +=
                                p[b * heads + d / size][i][j]
                                        * (v[b][j][d] + missing(values[b][j]));
                    }
                }
            }
        }
        return linear(block.getResultProjection(), context);
    }

    private boolean is(String prefix) {
        return method.startsWith(prefix);
    }

    // ---- BiPFT's estimators

    private double missing(double[] query, double[] key) {
        if (!is("bipft")) {
            return 0;
        }
        Block e = block.getEstimators();
        double qm = row(e, "query", 0, query);
        double qp = row(e, "query", 1, query);
        double km = row(e, "key", 0, key);
        double kp = row(e, "key", 1, key);
        return qm * kp + qp * km + qp * kp;
    }

    private double missing(double[] value) {
        return is("bipft") ? row(block.getEstimators(), "value", 0, value) : 0;
    }

    private static double row(Block e, String map, int row, double[] x) {
        double[] weight = parameter(e, map + "Weight");
        double y = parameter(e, map + "Bias")[row];
        for (int d = 0; d < x.length; ++d) {
            y += weight[row * x.length + d] * x[d];
        }
        return y;
    }

    // ---- functions of the scores

    private double[] normalize(int head, double[] scores, boolean[] keep) {
        int n = scores.length;
        double[] p = new double[n];
        int seen = 0;
        for (boolean k : keep) {
            seen += k ? 1 : 0;
        }
        if (seen == 0) {
            return p;
        }
        if (is("bibert")) {
            double[][][] row = {{scores}};
            double[] bits =
                    steps.pass(row, x -> each(x, v -> v >= 0 ? 1 : 0), PlainSteps.OPEN)[0][0];
            for (int j = 0; j < n; ++j) {
                p[j] = keep[j] ? bits[j] : 0;
            }
            return p;
        }
        if (is("fourier") || is("karat")) {
            return learned(head, scores, keep);
        }
        double[] visible = new double[seen];
        for (int j = 0, at = 0; j < n; ++j) {
            if (keep[j]) {
                visible[at++] = scores[j];
            }
        }
        double[] share =
                is("entmax")
                        ? PlainScores.entmax(visible)
                        : is("sparsemax")
                                ? PlainScores.simplex(visible)
                                : PlainScores.softmax(visible);
        for (int j = 0, at = 0; j < n; ++j) {
            if (keep[j]) {
                p[j] = share[at++];
            }
        }
        return p;
    }

    /** W Φ(a) over cos and sin, or over cubic B-splines with grid 3 on [−3, 3]. */
    private double[] learned(int head, double[] a, boolean[] keep) {
        KArAt karat = (KArAt) block.getNormalizer();
        double[] c = parameter(karat, "coefficients");
        double[] w = parameter(karat, "weight");
        int rank = karat.getRank();
        int functions = karat.getBasis().size();
        int most = w.length / heads / rank;
        double[] y = new double[a.length];
        for (int r = 0; r < rank; ++r) {
            double phi = 0;
            for (int q = 0; q < a.length; ++q) {
                if (!keep[q]) {
                    continue;
                }
                for (int m = 0; m < functions; ++m) {
                    phi +=
                            c[((head * rank + r) * most + q) * functions + m]
                                    * (is("fourier")
                                            ? PlainScores.wave(m, functions, a[q])
                                            : PlainScores.spline(m, a[q]));
                }
            }
            for (int j = 0; j < a.length; ++j) {
                y[j] += keep[j] ? w[(head * rank + r) * most + j] * phi : 0;
            }
        }
        return y;
    }

    // ---- quantizers

    private double[][][] probabilities(double[][][] p) {
        if (is("bivit")) {
            UnaryOperator<double[]> rows =
                    is("bivit-optimal") ? PlainScores::optimal : PlainScores::fast;
            return steps.pass(p, x -> map(x, rows), v -> 1);
        }
        if (is("tbt-1-1-8") || is("tbt-2-2-8")) {
            return dynamic(p, false);
        }
        if (is("tbt") || is("bit") || is("bipft")) {
            return unsigned(step(block, "probabilityQuantizer"), bits(), p);
        }
        return p;
    }

    private int bits() {
        return is("tbt-2-2-2") || is("bit-1-1-2") ? 2 : 1;
    }

    private double[][][] unsigned(double step, int bits, double[][][] p) {
        double min = bits == 1 ? 0 : extreme(p, -1);
        double highest = bits == 1 ? 1 : 2;
        DoubleUnaryOperator level =
                v -> step * Math.max(0, Math.min(highest, Math.rint((v - min) / step))) + min;
        return steps.pass(
                p, x -> each(x, level), v -> v - min >= 0 && v - min <= highest * step ? 1 : 0);
    }

    private double[][][] dynamic(double[][][] x, boolean symmetric) {
        return steps.pass(x, y -> ranged(y, symmetric), v -> Math.abs(v) <= 2.5 ? 1 : 0);
    }

    private static double[][][] ranged(double[][][] x, boolean symmetric) {
        double[][][] c = each(x, v -> Math.max(-2.5, Math.min(2.5, v)));
        double low = extreme(c, -1);
        double high = extreme(c, 1);
        if (symmetric) {
            double s = 127 / Math.max(high, -low);
            return each(c, v -> Math.rint(v * s) / s);
        }
        double range = high - low + 1e-8;
        return each(c, v -> Math.rint((v - low) / range * 255) / 255 * range + low);
    }

    private static double extreme(double[][][] x, int sign) {
        return sign
                * Arrays.stream(x)
                        .flatMap(Arrays::stream)
                        .flatMapToDouble(Arrays::stream)
                        .map(v -> sign * v)
                        .max()
                        .orElseThrow();
    }

    /** The quantizer of queries, keys or values. */
    private double[][][] operand(String name, double[][][] x) {
        if (is("bipft")) {
            double step = step(block, name);
            return sign(step, x, PlainSteps.closed(step));
        }
        return signed(block, name, x);
    }

    /** The quantizer of operands and inputs. */
    private double[][][] signed(Block owner, String name, double[][][] x) {
        if (is("tbt-1-1-8") || is("tbt-2-2-8")) {
            return dynamic(x, true);
        }
        if (is("bibert") || is("bivit")) {
            return sign(1, x, PlainSteps.OPEN);
        }
        if (is("bit") || is("bipft")) {
            double[] shift = ending(owner, name + "_shift");
            x = map(x, row -> added(row, shift));
        } else if (!is("tbt")) {
            return x;
        }
        double step = step(owner, name);
        DoubleUnaryOperator slope = PlainSteps.closed(step);
        return bits() == 1
                ? sign(step, x, slope)
                : steps.pass(
                        x,
                        y -> each(y, v -> step * Math.max(-1, Math.min(1, Math.rint(v / step)))),
                        slope);
    }

    private static double[] added(double[] x, double[] shift) {
        double[] y = x.clone();
        for (int d = 0; d < y.length; ++d) {
            y[d] += shift[d];
        }
        return y;
    }

    private double[][][] sign(double step, double[][][] x, DoubleUnaryOperator slope) {
        return steps.pass(x, y -> each(y, v -> v >= 0 ? step : -step), slope);
    }

    private double[][][] linear(QuantLinear layer, double[][][] x) {
        double[] bias = parameter(layer, "bias");
        double[] w = weights(layer);
        double[][][] in = signed(layer, "inputQuantizer", x);
        int features = x[0][0].length;
        return map(
                in,
                row -> {
                    double[] y = bias.clone();
                    for (int o = 0; o < y.length; ++o) {
                        for (int d = 0; d < features; ++d) {
                            y[o] += w[o * features + d] * row[d];
                        }
                    }
                    return y;
                });
    }

    private double[] weights(QuantLinear layer) {
        double[] w = parameter(layer, "weight");
        int units = layer.getUnits();
        int features = w.length / units;
        double mean = Arrays.stream(w).average().orElseThrow();
        double all = Arrays.stream(w).map(Math::abs).average().orElseThrow();
        double[] y = new double[w.length];
        for (int o = 0; o < units; ++o) {
            double[] row = Arrays.copyOfRange(w, o * features, (o + 1) * features);
            double own = Arrays.stream(row).average().orElseThrow();
            double size = Arrays.stream(row).map(Math::abs).average().orElseThrow();
            for (int d = 0; d < features; ++d) {
                y[o * features + d] = weight(layer, row[d], o, new double[] {mean, all, own, size});
            }
        }
        return y;
    }

    /** The means: of the matrix, of its absolute values, of the row, of its absolute values. */
    private double weight(QuantLinear layer, double w, int o, double[] means) {
        if (is("tbt-1")) {
            return w >= 0 ? means[3] : -means[3];
        }
        if (is("tbt-2")) {
            double alpha = 4 * means[3] / 3;
            return alpha * Math.rint(Math.max(-1, Math.min(1, w / alpha)));
        }
        if (is("bit") || is("bipft")) {
            return w - means[0] >= 0 ? means[1] : -means[1];
        }
        if (is("bibert")) {
            return w - means[2] >= 0 ? means[3] : -means[3];
        }
        if (is("bivit")) {
            double scale = ending(layer, "weightQuantizer_scale")[o];
            return w - means[2] >= 0 ? scale : -scale;
        }
        return w;
    }

    // ---- arrays

    private static double step(Block owner, String name) {
        for (Pair<String, Parameter> p : owner.getParameters()) {
            if (p.getKey().contains(name) && p.getKey().endsWith("_step")) {
                return p.getValue().getArray().toDoubleArray()[0];
            }
        }
        throw new AssertionError("no step of " + name);
    }

    private static double[] ending(Block owner, String name) {
        for (Pair<String, Parameter> p : owner.getParameters()) {
            if (p.getKey().endsWith(name)) {
                return p.getValue().getArray().toDoubleArray();
            }
        }
        throw new AssertionError("no " + name);
    }

    private static double[] parameter(Block owner, String name) {
        return owner.getDirectParameters().get(name).getArray().toDoubleArray();
    }

    static double[][][] map(double[][][] x, UnaryOperator<double[]> function) {
        return Arrays.stream(x)
                .map(rows -> Arrays.stream(rows).map(function).toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    static double[][][] each(double[][][] x, DoubleUnaryOperator function) {
        return map(x, row -> Arrays.stream(row).map(function).toArray());
    }

    /** An array of three axes as plain arrays. */
    static double[][][] plain(NDArray x) {
        double[] all = x.toDoubleArray();
        int rows = (int) x.getShape().get(1);
        int width = (int) x.getShape().get(2);
        double[][][] y = new double[(int) x.getShape().get(0)][rows][];
        for (int i = 0; i < y.length * rows; ++i) {
            y[i / rows][i % rows] = Arrays.copyOfRange(all, i * width, (i + 1) * width);
        }
        return y;
    }
}
