/**
 * Codebook features: a bottleneck that turns activations into a few numbers of codes, the loss and
 * the listener that train it, and what is read from it afterwards.
 *
 * <p>The quantizer itself is {@link org.binaryops.quantizer.codebook.Codebook}. It stands apart
 * from the other quantizers because it brings parts of its own: a similarity, an objective that
 * reaches beyond the gradient of its output, and the upkeep of codes in the course of training.
 */
package org.binaryops.quantizer.codebook;
