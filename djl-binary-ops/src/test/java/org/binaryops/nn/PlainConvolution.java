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
 * Convolutions and transposed convolutions with their gradients, as loops over the definition. One
 * dimension is two with a height of 1.
 *
 * @param n batch
 * @param c channels
 * @param h height
 * @param w width
 * @param f filters
 * @param groups groups
 * @param kernel kernel height and width
 * @param stride vertical and horizontal
 * @param padding vertical and horizontal
 * @param dilation vertical and horizontal
 * @param outPadding of the transposed convolution
 * @param transposed whether pixels are spread, not gathered
 */
record PlainConvolution(
        int n,
        int c,
        int h,
        int w,
        int f,
        int groups,
        int[] kernel,
        int[] stride,
        int[] padding,
        int[] dilation,
        int[] outPadding,
        boolean transposed) {

    /** Visits one product: indices of the input, the weight and the output. */
    private interface Product {
        void at(int x, int w, int y);
    }

    int outH() {
        return size(0, h);
    }

    int outW() {
        return size(1, w);
    }

    private int size(int axis, int in) {
        int span = dilation[axis] * (kernel[axis] - 1);
        return transposed
                ? (in - 1) * stride[axis] - 2 * padding[axis] + span + outPadding[axis] + 1
                : Math.floorDiv(in + 2 * padding[axis] - span - 1, stride[axis]) + 1;
    }

    private void forEach(Product product) {
        int near = transposed ? h : outH();
        int nearW = transposed ? w : outW();
        int far = transposed ? outH() : h;
        int farW = transposed ? outW() : w;
        for (int b = 0; b < n; ++b) {
            for (int filter = 0; filter < f; ++filter) {
                for (int local = 0; local < c / groups; ++local) {
                    int channel = filter / (f / groups) * (c / groups) + local;
                    for (int ky = 0; ky < kernel[0]; ++ky) {
                        for (int kx = 0; kx < kernel[1]; ++kx) {
                            for (int i = 0; i < near; ++i) {
                                for (int j = 0; j < nearW; ++j) {
                                    int y = i * stride[0] - padding[0] + ky * dilation[0];
                                    int x = j * stride[1] - padding[1] + kx * dilation[1];
                                    if (y < 0 || y >= far || x < 0 || x >= farW) {
                                        continue;
                                    }
                                    int iy = transposed ? i : y;
                                    int ix = transposed ? j : x;
                                    int oy = transposed ? y : i;
                                    int ox = transposed ? x : j;
                                    product.at(
                                            ((b * c + channel) * h + iy) * w + ix,
                                            ((filter * (c / groups) + local) * kernel[0] + ky)
                                                            * kernel[1]
                                                    + kx,
                                            ((b * f + filter) * outH() + oy) * outW() + ox);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    int weights() {
        return f * (c / groups) * kernel[0] * kernel[1];
    }

    int outputs() {
        return n * f * outH() * outW();
    }

    double[] forward(double[] x, double[] weight) {
        double[] y = new double[outputs()];
        forEach((ix, iw, iy) -> y[iy] += x[ix] * weight[iw]);
        return y;
    }

    double[] inputGradient(double[] weight, double[] upstream) {
        double[] dx = new double[n * c * h * w];
        forEach((ix, iw, iy) -> dx[ix] += upstream[iy] * weight[iw]);
        return dx;
    }

    double[] weightGradient(double[] x, double[] upstream) {
        double[] dw = new double[weights()];
        forEach((ix, iw, iy) -> dw[iw] += upstream[iy] * x[ix]);
        return dw;
    }
}
