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
package org.binaryops.tribuo;

import java.util.function.Supplier;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.SignQuantizer;
import org.binaryops.quantizer.StraightThroughSign;

/**
 * The sign estimators of activations that a {@link BinaryMlpArchitecture} can name, with their
 * default settings.
 */
public enum SignEstimator {
    /** {@link StraightThroughSign}: the gradient passes where |x| ≤ 1. */
    STRAIGHT_THROUGH(StraightThroughSign::new),
    /** {@link StraightThroughSign#identity()}: the gradient passes everywhere. */
    IDENTITY(StraightThroughSign::identity),
    /** {@link ApproxSign}: the derivative of a piecewise quadratic. */
    APPROX_SIGN(ApproxSign::new),
    /** {@link ReSte}: a power function that sharpens with the progress of training. */
    RESTE(ReSte::new);

    // Constants with bodies of their own would be classes that provenance cannot read back.
    private final Supplier<SignQuantizer> maker;

    SignEstimator(Supplier<SignQuantizer> maker) {
        this.maker = maker;
    }

    SignQuantizer create() {
        return maker.get();
    }
}
