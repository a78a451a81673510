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
import org.binaryops.gradient.Temporaries;

/** A mother wavelet ψ of a {@link WaveletBasis}. */
public enum Wavelet {

    /** \(\psi(z) = \frac{2}{\sqrt{3} \pi^{1/4}} (1 - z^2) e^{-z^2/2}\), the Mexican hat. */
    MEXICAN_HAT {
        @Override
        NDArray apply(NDArray z) {
            double factor = 2 / (Math.sqrt(3) * Math.pow(Math.PI, .25));
            NDArray square = z.square();
            return square.neg().add(1).mul(bell(square)).mul(Temporaries.constant(z, factor));
        }
    },

    /** \(\psi(z) = \cos(5 z) e^{-z^2/2}\), the Morlet wavelet with ω₀ = 5. */
    MORLET {
        @Override
        NDArray apply(NDArray z) {
            return z.mul(Temporaries.constant(z, 5)).cos().mul(bell(z.square()));
        }
    },

    /** \(\psi(z) = -z e^{-z^2/2}\), the first derivative of a Gaussian. */
    DERIVATIVE_OF_GAUSSIAN {
        @Override
        NDArray apply(NDArray z) {
            return z.neg().mul(bell(z.square()));
        }
    };

    /**
     * Applies ψ.
     *
     * @param z the argument
     * @return a new array
     */
    abstract NDArray apply(NDArray z);

    private static NDArray bell(NDArray square) {
        return square.mul(Temporaries.constant(square, -.5)).exp();
    }
}
