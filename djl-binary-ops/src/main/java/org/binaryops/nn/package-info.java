/**
 * Layers that take quantizers: linear, convolutional, transposed convolutional and embedding layers
 * whose input and weight pass through a {@link org.binaryops.quantizer.Quantizer} each, a wrapper
 * that quantizes the weights of other people's blocks, spiking neurons, the thermometer encoding
 * that turns real features into ±1 values, and the multi-layer perceptrons built from them.
 */
package org.binaryops.nn;
