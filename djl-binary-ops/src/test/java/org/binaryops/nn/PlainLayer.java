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
package org.binaryops.nn;

/**
 * A binary layer with scales, and its gradients, as sums in plain Java.
 *
 * <p>A linear layer is the case of a kernel of 1 on images of 1 × 1, whose batch are the rows.
 */
final class PlainLayer {

    final int batch;
    final int channels;
    final int filters;
    final int groups;
    final int[] size;
    final int[] kernel;
    final int[] stride;
    final int[] padding;
    final int[] dilation;
    final int[] out = new int[2];
    final InputScale inputScale;
    final WeightScale weightScale;

    // The parameters, set by the test.
    double[] w;
    double[] bias;
    double[] learned;
    double[] rowScale;
    double[] columnScale;

    // The results.
    double[] y;
    double[] dx;
    double[] dw;
    double[] dBias;
    double[] dLearned;
    double[] dRowScale;
    double[] dColumnScale;

    /** Sizes: batch, channels, filters, groups; the others are [vertical, horizontal]. */
    PlainLayer(
            int[] sizes,
            int[] size,
            int[] kernel,
            int[] stride,
            int[] padding,
            int[] dilation,
            InputScale inputScale,
            WeightScale weightScale) {
        batch = sizes[0];
        channels = sizes[1];
        filters = sizes[2];
        groups = sizes[3];
        this.size = size;
        this.kernel = kernel;
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.inputScale = inputScale;
        this.weightScale = weightScale;
        for (int a = 0; a < 2; ++a) {
            int span = dilation[a] * (kernel[a] - 1) + 1;
            out[a] = Math.floorDiv(size[a] + 2 * padding[a] - span, stride[a]) + 1;
        }
    }

    static PlainLayer linear(int rows, int features, int units, InputScale in, WeightScale scale) {
        int[] one = {1, 1};
        return new PlainLayer(
                new int[] {rows, features, units, 1},
                one,
                one,
                one,
                new int[] {0, 0},
                one,
                in,
                scale);
    }

    private static double sign(double v) {
        return v >= 0 ? 1 : -1;
    }

    private static double window(double v) {
        return Math.abs(v) <= 1 ? 1 : 0;
    }

    private int fanIn() {
        return channels / groups * kernel[0] * kernel[1];
    }

    private int weightAt(int f, int c, int ky, int kx) {
        return ((f * (channels / groups) + c) * kernel[0] + ky) * kernel[1] + kx;
    }

    private int outputAt(int n, int f, int i, int j) {
        return ((n * filters + f) * out[0] + i) * out[1] + j;
    }

    /** The index of the input that an output position sees, or −1 in the padding. */
    private int inputAt(int n, int c, int i, int j, int ky, int kx) {
        int row = i * stride[0] - padding[0] + ky * dilation[0];
        int column = j * stride[1] - padding[1] + kx * dilation[1];
        boolean inside = row >= 0 && row < size[0] && column >= 0 && column < size[1];
        return inside ? ((n * channels + c) * size[0] + row) * size[1] + column : -1;
    }

    private double meanAbs(int from, int to) {
        double mean = 0;
        if (weightScale == WeightScale.CENTRED_CHANNEL_MEAN) {
            for (int i = from; i < to; ++i) {
                mean += w[i] / (to - from);
            }
        }
        double sum = 0;
        for (int i = from; i < to; ++i) {
            sum += Math.abs(w[i] - mean);
        }
        return sum / (to - from);
    }

    private double alpha(int f, int i, int j) {
        return switch (weightScale) {
            case NONE -> 1;
            case CHANNEL_MEAN, CHANNEL_MEAN_STRAIGHT_THROUGH, CENTRED_CHANNEL_MEAN ->
                    meanAbs(f * fanIn(), (f + 1) * fanIn());
            case LAYER_MEAN -> meanAbs(0, w.length);
            case LEARNED, LEARNED_FROM_MEAN -> learned[f];
            case LEARNED_RANK_ONE -> learned[f] * rowScale[i] * columnScale[j];
        };
    }

    /** K at an output position. */
    private double inputFactor(double[] x, int n, int f, int i, int j) {
        double sum = 0;
        switch (inputScale) {
            case NONE:
                return 1;
            case SAMPLE_MEAN, SAMPLE_MEAN_STRAIGHT_THROUGH:
                int perSample = channels * size[0] * size[1];
                for (int e = n * perSample; e < (n + 1) * perSample; ++e) {
                    sum += Math.abs(x[e]);
                }
                return sum / perSample;
            default:
                int perGroup = channels / groups;
                int first = f / (filters / groups) * perGroup;
                for (int ky = 0; ky < kernel[0]; ++ky) {
                    for (int kx = 0; kx < kernel[1]; ++kx) {
                        double a = 0;
                        for (int c = first; c < first + perGroup; ++c) {
                            int at = inputAt(n, c, i, j, ky, kx);
                            a += at < 0 ? 0 : Math.abs(x[at]);
                        }
                        sum += a / perGroup / (kernel[0] * kernel[1]);
                    }
                }
                return sum;
        }
    }

    /** Computes y and the gradients of Σ y ⊙ upstream; the sign's is 1[|v| ≤ 1]. */
    void run(double[] x, double[] upstream) {
        y = new double[batch * filters * out[0] * out[1]];
        dx = new double[x.length];
        dw = new double[w.length];
        dBias = new double[filters];
        dLearned = new double[filters];
        dRowScale = new double[out[0]];
        dColumnScale = new double[out[1]];
        double total = 0;
        for (int n = 0; n < batch; ++n) {
            for (int f = 0; f < filters; ++f) {
                for (int i = 0; i < out[0]; ++i) {
                    for (int j = 0; j < out[1]; ++j) {
                        total += position(x, upstream, n, f, i, j);
                    }
                }
            }
        }
        if (weightScale == WeightScale.LAYER_MEAN) {
            for (int e = 0; e < w.length; ++e) {
                dw[e] += total * Math.signum(w[e]) / w.length;
            }
        }
    }

    /** Adds what one output does; returns its part of ∂L/∂α. */
    private double position(double[] x, double[] upstream, int n, int f, int i, int j) {
        double g = upstream[outputAt(n, f, i, j)];
        double alpha = alpha(f, i, j);
        double k = inputFactor(x, n, f, i, j);
        double toInput = inputScale == InputScale.SAMPLE_MEAN_STRAIGHT_THROUGH ? 1 : k;
        double toWeight = weightScale == WeightScale.CHANNEL_MEAN_STRAIGHT_THROUGH ? 1 : alpha;
        int perGroup = channels / groups;
        int first = f / (filters / groups) * perGroup;
        double sum = 0;
        for (int c = 0; c < perGroup; ++c) {
            for (int ky = 0; ky < kernel[0]; ++ky) {
                for (int kx = 0; kx < kernel[1]; ++kx) {
                    int at = inputAt(n, first + c, i, j, ky, kx);
                    if (at >= 0) {
                        int v = weightAt(f, c, ky, kx);
                        sum += sign(x[at]) * sign(w[v]);
                        dx[at] += g * alpha * toInput * sign(w[v]) * window(x[at]);
                        dw[v] += g * toWeight * k * sign(x[at]) * window(w[v]);
                    }
                }
            }
        }
        y[outputAt(n, f, i, j)] = alpha * k * sum + bias[f];
        dBias[f] += g;
        if (weightScale == WeightScale.LEARNED_RANK_ONE) {
            dLearned[f] += g * k * sum * rowScale[i] * columnScale[j];
            dRowScale[i] += g * k * sum * learned[f] * columnScale[j];
            dColumnScale[j] += g * k * sum * learned[f] * rowScale[i];
        } else {
            dLearned[f] += g * k * sum;
        }
        return g * k * sum;
    }
}
