/**
 * Quantizers: blocks that map an array to one of the same shape with few distinct values, and that
 * carry the gradient which their paper prescribes.
 *
 * <p>One method, one class. A {@link org.binaryops.quantizer.Quantizer} may own parameters (a
 * learned step, a threshold) and is saved with the layer that holds it. {@link
 * org.binaryops.quantizer.SignQuantizer} is the family with the values ±1, which the packed runtime
 * executes. Methods whose gradient changes in the course of training implement {@link
 * org.binaryops.quantizer.Annealed}.
 */
package org.binaryops.quantizer;
