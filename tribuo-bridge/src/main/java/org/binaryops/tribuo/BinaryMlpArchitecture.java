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

import ai.djl.nn.Block;
import com.oracle.labs.mlrg.olcut.config.Config;
import java.util.Arrays;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.WeightScale;

/**
 * A multi-layer perceptron with ±1 weights and ±1 activations, see {@link BinaryMlp}; it can be
 * packed.
 *
 * <p>Features are first compared with thresholds that lie at equal distances inside [0, 1], which
 * suits {@link ImageFeatureConverter} and {@link DenseFeatureConverter} with {@link
 * DenseFeatureConverter.Scaling#RANGE}. With {@code normalize} a batch norm brings the features to
 * mean 0 and deviation 1 first, and the thresholds lie inside [−2, 2], which suits features of any
 * scale.
 */
public final class BinaryMlpArchitecture implements Architecture {

    @Config(description = "The numbers of units of the hidden layers, from input to output.")
    private int[] hiddenSizes = {256};

    @Config(description = "The number of thresholds that each feature is compared with.")
    private int levels = 4;

    @Config(description = "Normalize the features by a batch norm before the thresholds.")
    private boolean normalize;

    @Config(description = "The gradient of the sign of the activations.")
    private SignEstimator activationEstimator = SignEstimator.STRAIGHT_THROUGH;

    @Config(description = "The quantizer of the weights.")
    private WeightEstimator weightEstimator = WeightEstimator.STRAIGHT_THROUGH;

    @Config(description = "The scale of the weights.")
    private WeightScale scale = WeightScale.NONE;

    /** For OLCUT. */
    private BinaryMlpArchitecture() {}

    /**
     * Creates an architecture with 4 thresholds for each feature and straight-through estimators.
     *
     * @param hiddenSizes the numbers of units of the hidden layers, from input to output, each
     *     positive; may be empty
     * @throws IllegalArgumentException if a size is not positive
     */
    public BinaryMlpArchitecture(int... hiddenSizes) {
        this.hiddenSizes = hiddenSizes.clone();
        check();
    }

    /**
     * Creates an architecture without a scale of the weights.
     *
     * @param hiddenSizes the numbers of units of the hidden layers, from input to output, each
     *     positive; may be empty
     * @param levels the number of thresholds that each feature is compared with, positive
     * @param normalize whether a batch norm comes before the thresholds
     * @param activationEstimator the gradient of the sign of the activations
     * @param weightEstimator the gradient of the sign of the weights
     * @throws IllegalArgumentException if a number is not positive or an estimator is null
     */
    public BinaryMlpArchitecture(
            int[] hiddenSizes,
            int levels,
            boolean normalize,
            SignEstimator activationEstimator,
            SignEstimator weightEstimator) {
        this(
                hiddenSizes,
                levels,
                normalize,
                activationEstimator,
                weightEstimator == null ? null : WeightEstimator.valueOf(weightEstimator.name()),
                WeightScale.NONE);
    }

    /**
     * Creates an architecture.
     *
     * @param hiddenSizes the numbers of units of the hidden layers, from input to output, each
     *     positive; may be empty
     * @param levels the number of thresholds that each feature is compared with, positive
     * @param normalize whether a batch norm comes before the thresholds
     * @param activationEstimator the gradient of the sign of the activations
     * @param weightEstimator the quantizer of the weights
     * @param scale the scale of the weights; the batch norm after each layer makes up for {@link
     *     WeightScale#NONE}, but ReSTE was published with {@link WeightScale#LAYER_MEAN} and BiPer
     *     with {@link WeightScale#LEARNED}
     * @throws IllegalArgumentException if a number is not positive, or an estimator or the scale is
     *     null
     */
    public BinaryMlpArchitecture(
            int[] hiddenSizes,
            int levels,
            boolean normalize,
            SignEstimator activationEstimator,
            WeightEstimator weightEstimator,
            WeightScale scale) {
        this.hiddenSizes = hiddenSizes.clone();
        this.levels = levels;
        this.normalize = normalize;
        this.activationEstimator = activationEstimator;
        this.weightEstimator = weightEstimator;
        this.scale = scale;
        check();
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public void postConfig() {
        Setting.configured(this::check);
    }

    private void check() {
        MlpArchitecture.checkSizes(hiddenSizes);
        Setting.require(levels > 0, "levels", "positive", levels);
        Setting.require(activationEstimator != null, "activationEstimator", "given", "null");
        Setting.require(weightEstimator != null, "weightEstimator", "given", "null");
        Setting.require(scale != null, "scale", "given", "null");
    }

    /** {@inheritDoc} */
    @Override
    public Block build(int features, int outputs) {
        BinaryMlp.Builder builder =
                BinaryMlp.builder()
                        .setOutputs(outputs)
                        .optActivation(activationEstimator::create)
                        .optWeight(weightEstimator::create)
                        .optScale(scale);
        if (normalize) {
            builder.optNormalizedInput(levels);
        } else {
            builder.optInput(levels, 0, 1);
        }
        for (int units : hiddenSizes) {
            builder.addHidden(units);
        }
        return builder.build();
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "BinaryMlpArchitecture(hiddenSizes="
                + Arrays.toString(hiddenSizes)
                + ",levels="
                + levels
                + ",normalize="
                + normalize
                + ",activationEstimator="
                + activationEstimator
                + ",weightEstimator="
                + weightEstimator
                + ",scale="
                + scale
                + ")";
    }
}
