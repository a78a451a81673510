/**
 * What a training loop needs besides layers: listeners that drive annealed quantizers and measure
 * them, trainings in stages, losses towards a teacher, clipping and penalties of latent weights,
 * quantized gradients, and a summary of what a network costs.
 *
 * <p>Everything plugs into DJL's own trainer: as a {@code TrainingListener}, a {@code Loss}, an
 * {@code Optimizer} or a {@code Dataset}.
 */
package org.binaryops.training;
