/**
 * The programs that trained the weights in this zoo, so that every shipped number can be made
 * again.
 */
package org.binaryops.zoo.training;
