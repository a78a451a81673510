/**
 * Networks as the papers on binarization draw them, built in one line with the name of a method:
 * {@link org.binaryops.network.BinaryMethod} says how a layer is binarized, the network classes say
 * how layers are put together.
 */
package org.binaryops.network;
