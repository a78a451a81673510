/**
 * Optimizers that DJL does not have. Full-batch quasi-Newton training is what small readable
 * networks are fitted with: it reaches the accuracy of float64, where first-order methods stop many
 * digits earlier.
 */
package org.binaryops.training.optimizer;
