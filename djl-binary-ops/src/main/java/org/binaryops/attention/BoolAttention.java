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
import ai.djl.nn.Activation;
import ai.djl.training.ParameterStore;
import org.binaryops.gradient.CustomGradient;
import org.binaryops.gradient.DifferentiableFunction;
import org.binaryops.quantizer.SignQuantizer;

/**
 * The attention weights of Qin et al., "BiBERT: Accurate Fully Binarized BERT", ICLR 2022, which
 * have no softmax:
 *
 * <p>$$b = 1\{s \ge 0\}, \quad \partial s = g \cdot 1\{|s| \lt 1\}$$
 *
 * <p>A score of 0 gives 1, as in the paper; its public code gives 0 there.
 */
public final class BoolAttention extends ScoreNormalizer {

    private static final byte VERSION = 1;
    private static final DifferentiableFunction BOOL = new Bool();

    /** Creates the function. */
    public BoolAttention() {
        super(VERSION);
    }

    /**
     * Binarizes scores; the functional twin of this block.
     *
     * @param scores the scores, of any shape
     * @return 1 where a score is not negative, else 0; attached to the manager of {@code scores}
     */
    public static NDArray bool(NDArray scores) {
        return CustomGradient.apply(scores, BOOL);
    }

    /** {@inheritDoc} */
    @Override
    public NDArray normalize(
            ParameterStore store, NDArray scores, ScoreMask mask, boolean training) {
        return bool(mask.shifted(scores));
    }

    private static final class Bool implements DifferentiableFunction {

        @Override
        public NDArray value(NDArray x) {
            return Activation.relu(SignQuantizer.sign(x));
        }

        @Override
        public NDArray derivative(NDArray x) {
            return Activation.relu(x.stopGradient().abs().negi().addi(1).signi());
        }
    }
}
