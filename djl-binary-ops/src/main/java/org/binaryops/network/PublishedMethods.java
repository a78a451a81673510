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
package org.binaryops.network;

import java.util.LinkedHashMap;
import java.util.Map;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.RPReLU;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.BiPer;
import org.binaryops.quantizer.BwnWeight;
import org.binaryops.quantizer.CentredWeight;
import org.binaryops.quantizer.DoReFaWeight;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.ErrorDecayEstimator;
import org.binaryops.quantizer.FourierSign;
import org.binaryops.quantizer.IrNetWeight;
import org.binaryops.quantizer.LearnedShift;
import org.binaryops.quantizer.NormalizedSign;
import org.binaryops.quantizer.ReActShift;
import org.binaryops.quantizer.ReCuWeight;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.quantizer.StraightThroughSign;
import org.binaryops.quantizer.SwishSign;
import org.binaryops.quantizer.XnorWeight;

/** The published methods, put together from their quantizers and scales. */
final class PublishedMethods {

    /** By name, in the order of publication. */
    static final Map<String, BinaryMethod> ALL = new LinkedHashMap<>();

    private static final Map<String, String> ALIASES = Map.of("ste", "bnn", "swish", "bnn+");

    static {
        add(BinaryMethod.builder("float"));
        add(
                BinaryMethod.builder("bnn")
                        .optPaper("Hubara et al., Binarized Neural Networks, NeurIPS 2016")
                        .optActivation(StraightThroughSign::new)
                        .optWeight(StraightThroughSign::new));
        add(
                BinaryMethod.builder("xnor")
                        .optPaper(
                                "Rastegari et al., XNOR-Net: ImageNet Classification Using Binary"
                                        + " Convolutional Neural Networks, ECCV 2016")
                        .optActivation(StraightThroughSign::new)
                        .optWeight(() -> new XnorWeight(XnorWeight.Derivative.PAPER))
                        .optInputScale(InputScale.SPATIAL_MAP));
        add(
                BinaryMethod.builder("dorefa")
                        .optPaper(
                                "Zhou et al., DoReFa-Net: Training Low Bitwidth Convolutional"
                                        + " Neural Networks with Low Bitwidth Gradients, 2016")
                        // At one bit its activations {0, 1} are taken as signs, as BiBench does.
                        .optActivation(StraightThroughSign::new)
                        .optWeight(() -> new DoReFaWeight(1)));
        add(
                BinaryMethod.builder("bireal")
                        .optPaper(
                                "Liu et al., Bi-Real Net: Enhancing the Performance of 1-bit CNNs"
                                        + " With Improved Representational Capability and Advanced"
                                        + " Training Algorithm, ECCV 2018")
                        .optActivation(ApproxSign::new)
                        .optWeight(StraightThroughSign::new)
                        .optScale(WeightScale.CHANNEL_MEAN_STRAIGHT_THROUGH));
        add(
                BinaryMethod.builder("bnn+")
                        .optPaper("Darabi et al., BNN+: Improved Binary Network Training, 2018")
                        .optActivation(SwishSign::new)
                        .optWeight(SwishSign::new));
        add(
                BinaryMethod.builder("xnor++")
                        .optPaper(
                                "Bulat and Tzimiropoulos, XNOR-Net++: Improved Binary Neural"
                                        + " Networks, BMVC 2019")
                        .optActivation(StraightThroughSign::new)
                        .optWeight(StraightThroughSign::new)
                        .optScale(WeightScale.LEARNED_RANK_ONE));
        add(
                BinaryMethod.builder("irnet")
                        .optPaper(
                                "Qin et al., Forward and Backward Information Retention for"
                                        + " Accurate Binary Neural Networks, CVPR 2020")
                        .optActivation(ErrorDecayEstimator::new)
                        .optWeight(IrNetWeight::new));
        add(
                BinaryMethod.builder("reactnet")
                        .optPaper(
                                "Liu et al., ReActNet: Towards Precise Binary Neural Network with"
                                        + " Generalized Activation Functions, ECCV 2020")
                        .optActivation(ReActShift::forConvolution)
                        .optWeight(StraightThroughSign::new)
                        .optScale(WeightScale.CHANNEL_MEAN_STRAIGHT_THROUGH)
                        .optNonlinearity(RPReLU::new));
        add(
                BinaryMethod.builder("recu")
                        .optPaper(
                                "Xu et al., ReCU: Reviving the Dead Weights in Binary Neural"
                                        + " Networks, ICCV 2021")
                        .optActivation(NormalizedSign::new)
                        .optWeight(ReCuWeight::new)
                        .optScale(WeightScale.LEARNED));
        add(
                BinaryMethod.builder("fda")
                        .optPaper(
                                "Xu et al., Learning Frequency Domain Approximation for Binary"
                                        + " Neural Networks, NeurIPS 2021")
                        .optActivation(FourierSign::new)
                        .optWeight(FourierSign::new)
                        .optScale(WeightScale.CHANNEL_MEAN));
        add(
                BinaryMethod.builder("bit")
                        .optPaper(
                                "Liu et al., BiT: Robustly Binarized Multi-distilled Transformer,"
                                        + " NeurIPS 2022")
                        .optActivation(
                                () -> LearnedShift.forConvolution(ElasticQuantizer.signed(1)))
                        .optWeight(BwnWeight::perLayer));
        add(
                BinaryMethod.builder("xnor-bibench")
                        .optPaper(
                                "Qin et al., BiBench: Benchmarking and Analyzing Network"
                                        + " Binarization, ICML 2023")
                        .optActivation(StraightThroughSign::new)
                        .optWeight(StraightThroughSign::new)
                        .optScale(WeightScale.CHANNEL_MEAN_STRAIGHT_THROUGH)
                        .optInputScale(InputScale.SAMPLE_MEAN_STRAIGHT_THROUGH));
        add(
                BinaryMethod.builder("tbt")
                        .optPaper(
                                "Liu et al., Binary and Ternary Natural Language Generation, ACL"
                                        + " 2023")
                        .optActivation(() -> ElasticQuantizer.signed(1))
                        .optWeight(() -> new StatisticsWeightQuantizer(1)));
        add(
                BinaryMethod.builder("bivit")
                        .optPaper(
                                "He et al., BiViT: Extremely Compressed Binary Vision Transformers,"
                                        + " ICCV 2023")
                        .optActivation(StraightThroughSign::new)
                        .optWeight(() -> new CentredWeight(StraightThroughSign.open()))
                        .optScale(WeightScale.LEARNED_FROM_MEAN));
        add(
                BinaryMethod.builder("reste")
                        .optPaper(
                                "Wu et al., Estimator Meets Equilibrium Perspective: A Rectified"
                                        + " Straight Through Estimator for Binary Neural Networks"
                                        + " Training, ICCV 2023")
                        .optActivation(ReSte::new)
                        .optWeight(ReSte::new)
                        .optScale(WeightScale.LAYER_MEAN));
        add(
                BinaryMethod.builder("biper")
                        .optPaper(
                                "Vargas et al., BiPer: Binary Neural Networks using a Periodic"
                                        + " Function, CVPR 2024")
                        .optActivation(NormalizedSign::new)
                        .optWeight(BiPer::new)
                        .optScale(WeightScale.LEARNED));
    }

    private PublishedMethods() {}

    static String canonical(String name) {
        return ALIASES.getOrDefault(name, name);
    }

    private static void add(BinaryMethod.Builder builder) {
        BinaryMethod method = builder.build();
        ALL.put(method.getName(), method);
    }
}
