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
/**
 * Attention with few bits or with learned functions, and the transformers built from it.
 *
 * <p>{@link org.binaryops.attention.QuantAttention} takes the place of DJL's {@code
 * ScaledDotProductAttentionBlock} (same inputs, same mask, same output); {@link
 * org.binaryops.attention.QuantEncoderLayer} and {@link org.binaryops.attention.QuantDecoderLayer}
 * are the layers round it, {@link org.binaryops.attention.TokenTransformer} and {@link
 * org.binaryops.attention.VisionTransformer} whole models. An {@link
 * org.binaryops.attention.AttentionMethod} says what all of them are made of, by the name of a
 * paper. {@link org.binaryops.attention.SpikeGpt} is a language model of another kind, with spikes
 * and without a product of queries and keys.
 *
 * <p>Residual sums, layer norms and the softmax stay in float, as in the papers.
 */
package org.binaryops.attention;
