/**
 * Sums of one unit from those of another: minimum spanning trees over the units of a binary layer,
 * after Vo et al., "MST-compression: Compressing and Accelerating Binary Neural Networks with
 * Minimum Spanning Tree" (ICCV 2023).
 *
 * <p>Where two units differ in few weights, \(y_c = y_p + 2 \sum_{i \in D} w_{ci} x_i\) takes as
 * many products as there are differences D; from the negated parent, \(y_c = -y_p + 2 \sum_{i
 * \notin D} w_{ci} x_i\) as many as there are agreements. It pays only where that beats 64 products
 * in an instruction: {@link org.binaryops.packed.reuse.ReuseTrial} measures it for a layer.
 */
package org.binaryops.packed.reuse;
