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
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import org.binaryops.gradient.Temporaries;

/**
 * Wavelets with learned scales and translations, after Wav-KAN (Bozorgasl and Chen, arXiv
 * 2405.12832): ψ((x − τ_im) / σ_im), m = 1 … n.
 *
 * <p>Wav-KAN gives each edge one wavelet with a scale and a translation of its own, which takes
 * samples · units · features numbers of memory in every pass. Here each feature has n wavelets,
 * with translations spread over a range, which the edges of all units share and weigh: the work of
 * one matrix product. With n = 1 and one unit the two are the same.
 */
public final class WaveletBasis extends FormulaBasis {

    private final Wavelet wavelet;
    private final int count;
    private final Parameter scales;
    private final Parameter translations;

    /**
     * Creates a basis with translations from −1 to 1.
     *
     * @param wavelet ψ
     * @param count n, positive
     * @throws IllegalArgumentException if it is not
     */
    public WaveletBasis(Wavelet wavelet, int count) {
        this(wavelet, count, -1, 1);
    }

    /**
     * Creates a basis.
     *
     * <p>The translations start evenly spaced from end to end, and the scales at that spacing; for
     * n = 1 at the middle, and at 1.
     *
     * @param wavelet ψ
     * @param count n, positive
     * @param low the least translation at first
     * @param high the greatest translation at first, greater than {@code low}
     * @throws IllegalArgumentException if a number is out of its range
     */
    public WaveletBasis(Wavelet wavelet, int count, double low, double high) {
        requirePositive("count", count);
        requireRange(low, high);
        this.wavelet = wavelet;
        this.count = count;
        double[] places = new double[count];
        double[] widths = new double[count];
        for (int m = 0; m < count; ++m) {
            places[m] = count == 1 ? (low + high) / 2 : low + m * (high - low) / (count - 1);
            widths[m] = count == 1 ? 1 : (high - low) / (count - 1);
        }
        scales = perFeature("scales", true, widths);
        translations = perFeature("translations", true, places);
    }

    /** {@inheritDoc} */
    @Override
    public int size() {
        return count;
    }

    /** {@inheritDoc} */
    @Override
    public NDArray evaluate(ParameterStore store, NDArray x, boolean training) {
        features(x.getShape());
        return Temporaries.freed(
                x.getManager(),
                () -> {
                    NDArray t = Temporaries.parameter(store, translations, x, training);
                    NDArray s = Temporaries.parameter(store, scales, x, training);
                    return wavelet.apply(x.expandDims(-1).sub(t).div(s));
                });
    }

    /** {@inheritDoc} */
    @Override
    public Initializer coefficientInitializer() {
        return kaimingUniform();
    }

    @Override
    String structure() {
        return wavelet + " × " + count;
    }
}
