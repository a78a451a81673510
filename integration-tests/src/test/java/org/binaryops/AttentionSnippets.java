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
package org.binaryops;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import java.util.List;
import org.binaryops.attention.AttentionMethod;
import org.binaryops.attention.Entmax;
import org.binaryops.attention.KArAt;
import org.binaryops.attention.QuantAttention;
import org.binaryops.attention.SpikeGpt;
import org.binaryops.attention.TokenTransformer;
import org.binaryops.attention.VisionTransformer;
import org.binaryops.kan.BaseBranch;
import org.binaryops.kan.Wavelet;
import org.binaryops.kan.WaveletBasis;
import org.binaryops.quantizer.StatisticsWeightQuantizer;

/** The README's snippets about attention; {@link ReadmeTest} runs them and compares their text. */
final class AttentionSnippets {

    private AttentionSnippets() {}

    static List<Block> models() {
        Block bert = TokenTransformer.bert("bit", 8000, 128, 2); // a classifier of texts
        Block gpt = TokenTransformer.gpt("tbt-2-2-2", 96, 256); // causal
        Block vit = VisionTransformer.of("bivit", new Shape(1, 28, 28), 4, 10);
        Block spiking = new SpikeGpt(96, 128, 2); // linear in the length, recurrent
        return List.of(bert, gpt, vit, spiking);
    }

    static Block attention() {
        AttentionMethod mine =
                AttentionMethod.builder("mine")
                        .optWeight(() -> new StatisticsWeightQuantizer(2))
                        .optNormalizer(() -> new Entmax(1.5))
                        .build();
        QuantAttention attention =
                QuantAttention.builder()
                        .setUnits(64)
                        .setHeads(4)
                        .optMethod(mine) // or AttentionMethod.named("bipft")
                        .optCausal(true)
                        .build();
        return attention;
    }

    static Block learned() {
        AttentionMethod learned =
                AttentionMethod.builder("wavelets")
                        .optNormalizer(
                                () ->
                                        KArAt.builder()
                                                .setBasis(new WaveletBasis(Wavelet.MEXICAN_HAT, 4))
                                                .optBase(BaseBranch.SILU)
                                                .optRank(12)
                                                .build())
                        .build();
        Block vit =
                VisionTransformer.builder()
                        .optMethod(learned)
                        .setImage(new Shape(1, 28, 28))
                        .setPatch(4)
                        .setClasses(10)
                        .build();
        return vit;
    }
}
