/**
 * Layers that take quantizers: linear and convolutional layers whose input and weight pass through
 * a {@link org.binaryops.quantizer.Quantizer} each, the thermometer encoding that turns real
 * features into ±1 values, and the multi-layer perceptrons built from them.
 */
package org.binaryops.nn;
