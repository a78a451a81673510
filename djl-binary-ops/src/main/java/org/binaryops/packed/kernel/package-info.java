/**
 * The kernels of the packed runtime: products of packed matrices, chosen once for the processor
 * that runs them.
 *
 * <p>{@link org.binaryops.packed.kernel.Kernels#get()} decides at its first call between scalar
 * code, which runs everywhere, and code for vectors of 128, 256 or 512 bits, which needs Java 21 or
 * later and the module {@code jdk.incubator.vector}; one log line names the choice. A matrix is
 * brought into the layout of the chosen kernels when it is made, so that files do not depend on the
 * processor. Every kernel gives the same integers; those in floating point add in the same order
 * without fused operations, so that they too agree to the last bit.
 *
 * <p>A convolution is such a product as well: its rows are the receptive fields of the outputs.
 *
 * <p>What stands between two products, from sums to floats and bits, is here too, as {@link
 * org.binaryops.packed.kernel.SumFunctions}: pass by pass it would take as long as the products.
 *
 * <p>Nothing here allocates during a product, and matrices may be shared by any number of threads.
 */
package org.binaryops.packed.kernel;
