/**
 * Attention with few bits: the weights of the projections, the queries, keys and values and the
 * attention probabilities each take a quantizer.
 *
 * <p>{@link org.binaryops.attention.QuantAttention} takes the place of DJL's {@code
 * ScaledDotProductAttentionBlock} (same inputs, same mask, same output) and {@link
 * org.binaryops.attention.QuantEncoderLayer} that of a transformer encoder layer. The defaults are
 * the method of one paper, TBT; other methods are other quantizers in the same places. Softmax,
 * residual sums and layer norms stay in float, as in the papers.
 */
package org.binaryops.attention;
