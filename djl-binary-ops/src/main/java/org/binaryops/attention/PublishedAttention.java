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

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.binaryops.attention.AttentionMethod.Nonlinearity;
import org.binaryops.kan.BSplineBasis;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.BwnWeight;
import org.binaryops.quantizer.CentredWeight;
import org.binaryops.quantizer.DynamicRangeQuantizer;
import org.binaryops.quantizer.ElasticQuantizer;
import org.binaryops.quantizer.LearnedScaleWeight;
import org.binaryops.quantizer.LearnedShift;
import org.binaryops.quantizer.Quantizer;
import org.binaryops.quantizer.StatisticsWeightQuantizer;
import org.binaryops.quantizer.StraightThroughSign;

/** The published methods, put together from their parts. */
final class PublishedAttention {

    /** By name. */
    private static final Map<String, AttentionMethod> ALL = new LinkedHashMap<>();

    private static final Map<String, String> ALIASES =
            Map.of("tbt", "tbt-1-1-1", "karat-fourier", "fourier-karat", "bit-1-1-1", "bit");

    private static final String TBT =
            "Liu et al., Binary and Ternary Natural Language Generation, ACL 2023";
    private static final String BIT =
            "Liu et al., BiT: Robustly Binarized Multi-distilled Transformer, NeurIPS 2022";
    private static final String BIVIT =
            "He et al., BiViT: Extremely Compressed Binary Vision Transformers, ICCV 2023";
    private static final String KARAT =
            "Maity et al., Kolmogorov-Arnold Attention: Is Learnable Attention Better for Vision"
                    + " Transformers?, 2025";

    static {
        add(AttentionMethod.builder("float"));
        add(tbt("tbt-1-1-1", 1, 1));
        add(tbt("tbt-2-2-2", 2, 2));
        add(tbt("tbt-1-1-8", 1, 8));
        add(tbt("tbt-2-2-8", 2, 8));
        add(
                AttentionMethod.builder("bibert")
                        .optPaper("Qin et al., BiBERT: Accurate Fully Binarized BERT, ICLR 2022")
                        .optActivations(StraightThroughSign::open)
                        .optHidden(StraightThroughSign::open)
                        .optWeight(() -> new CentredWeight(new StraightThroughSign()))
                        .optScale(WeightScale.CHANNEL_MEAN_STRAIGHT_THROUGH)
                        .optEmbedding(() -> new CentredWeight(new StatisticsWeightQuantizer(1)))
                        .optNormalizer(BoolAttention::new));
        add(bit("bit-1-1-2", 2));
        add(bit("bit", 1));
        add(
                bit("bipft", 1)
                        .optPaper(
                                "Xing et al., BiPFT: Binary Pre-trained Foundation Transformer with"
                                        + " Low-Rank Estimation of Binarization Residual"
                                        + " Polynomials, AAAI 2024")
                        .optHeads(() -> ElasticQuantizer.signed(1))
                        .optResidualRank(1));
        add(bivit("bivit").optProbability(SoftmaxAwareBinarizer::fast));
        add(bivit("bivit-optimal").optProbability(SoftmaxAwareBinarizer::optimal));
        add(
                bivit("bivit-mlp-1-32")
                        .optProbability(SoftmaxAwareBinarizer::fast)
                        .optFeedForwardActivations(false));
        add(
                AttentionMethod.builder("karat")
                        .optPaper(KARAT)
                        .optNormalizer(
                                () ->
                                        KArAt.builder()
                                                .setBasis(
                                                        BSplineBasis.builder()
                                                                .optGrid(3)
                                                                .optRange(-3, 3)
                                                                .build())
                                                .build()));
        add(
                AttentionMethod.builder("fourier-karat")
                        .optPaper(KARAT)
                        .optNormalizer(() -> KArAt.fourier(3)));
        add(
                AttentionMethod.builder("fourier-karat-small")
                        .optPaper(KARAT)
                        .optNormalizer(() -> KArAt.fourier(3, .002f)));
        add(
                AttentionMethod.builder("fourier-karat-universal")
                        .optPaper(KARAT)
                        .optUniversal(true)
                        .optNormalizer(() -> KArAt.fourier(3)));
        add(
                AttentionMethod.builder("entmax")
                        .optPaper("Peters et al., Sparse Sequence-to-Sequence Models, ACL 2019")
                        .optNormalizer(() -> new Entmax(1.5)));
        add(
                AttentionMethod.builder("sparsemax")
                        .optPaper(
                                "Martins and Astudillo, From Softmax to Sparsemax: A Sparse Model"
                                        + " of Attention and Multi-Label Classification, ICML 2016")
                        .optNormalizer(Entmax::sparsemax));
    }

    private PublishedAttention() {}

    /** Up to 2 bits the steps are learned, with 8 bits they follow the range of each array. */
    private static AttentionMethodBuilder tbt(String name, int weightBits, int activationBits) {
        Supplier<Quantizer> signed =
                activationBits == 8
                        ? () -> DynamicRangeQuantizer.symmetric(8)
                        : () -> ElasticQuantizer.signed(activationBits);
        Supplier<Quantizer> unsigned =
                activationBits == 8
                        ? () -> DynamicRangeQuantizer.asymmetric(8)
                        : () -> ElasticQuantizer.unsigned(activationBits);
        return AttentionMethod.builder(name)
                .optPaper(TBT)
                .optActivations(signed)
                .optHidden(unsigned)
                .optWeight(() -> new StatisticsWeightQuantizer(weightBits))
                .optEmbedding(() -> new StatisticsWeightQuantizer(weightBits))
                .optProbability(unsigned)
                .optNonlinearity(Nonlinearity.RELU);
    }

    /** The moves are learned shifts before the steps; the two sets are ±α and {0, α}. */
    private static AttentionMethodBuilder bit(String name, int bits) {
        return AttentionMethod.builder(name)
                .optPaper(BIT)
                .optActivations(() -> LearnedShift.forLinear(ElasticQuantizer.signed(bits)))
                .optHidden(() -> LearnedShift.forLinear(ElasticQuantizer.unsigned(bits)))
                .optWeight(BwnWeight::perLayer)
                .optEmbedding(BwnWeight::perChannel)
                .optProbability(() -> ElasticQuantizer.unsigned(bits))
                .optNonlinearity(Nonlinearity.RELU);
    }

    private static AttentionMethodBuilder bivit(String name) {
        return AttentionMethod.builder(name)
                .optPaper(BIVIT)
                .optActivations(StraightThroughSign::open)
                .optHidden(StraightThroughSign::open)
                .optWeight(
                        () ->
                                new LearnedScaleWeight(
                                        new CentredWeight(StraightThroughSign.open())));
    }

    static AttentionMethod named(String name) {
        String key = Objects.requireNonNullElse(name, "").toLowerCase(Locale.ROOT);
        AttentionMethod method = ALL.get(ALIASES.getOrDefault(key, key));
        if (method == null) {
            throw new IllegalArgumentException(
                    "name must be one of "
                            + String.join(", ", names())
                            + ", but was "
                            + name
                            + ".");
        }
        return method;
    }

    static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    private static void add(AttentionMethodBuilder builder) {
        AttentionMethod method = builder.build();
        ALL.put(method.getName(), method);
    }
}
