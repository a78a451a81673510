/**
 * Quantizers: blocks that map an array to one of the same shape with few distinct values, and that
 * carry the gradient which their paper prescribes.
 *
 * <p>One method, one class. A {@link org.binaryops.quantizer.Quantizer} may own parameters (a
 * learned step, a threshold) and is saved with the layer that holds it. {@link
 * org.binaryops.quantizer.SignQuantizer} is the family with the values ±1, which the packed runtime
 * executes. Methods whose gradient changes in the course of training implement {@link
 * org.binaryops.quantizer.Annealed}.
 *
 * <p>Signs of activations and weights: {@link org.binaryops.quantizer.StraightThroughSign}, {@link
 * org.binaryops.quantizer.ApproxSign}, {@link org.binaryops.quantizer.ReSte}, {@link
 * org.binaryops.quantizer.SwishSign}, {@link org.binaryops.quantizer.ErrorDecayEstimator}, {@link
 * org.binaryops.quantizer.FourierSign}; of activations alone {@link
 * org.binaryops.quantizer.NormalizedSign}, and with learned thresholds {@link
 * org.binaryops.quantizer.ReActShift} or {@link org.binaryops.quantizer.LearnedShift} before any
 * quantizer. Weights by channel or layer: {@link org.binaryops.quantizer.BiPer}, {@link
 * org.binaryops.quantizer.ReCuWeight}, {@link org.binaryops.quantizer.IrNetWeight}, {@link
 * org.binaryops.quantizer.XnorWeight}, {@link org.binaryops.quantizer.StatisticsWeightQuantizer},
 * {@link org.binaryops.quantizer.DoReFaWeight}, {@link org.binaryops.quantizer.BwnWeight}, and
 * {@link org.binaryops.quantizer.CentredWeight} around any of them. Weights of few levels: {@link
 * org.binaryops.quantizer.TernaryQuantizer}, {@link org.binaryops.quantizer.PowerQuantizer}.
 * Either: {@link org.binaryops.quantizer.AffineQuantizer}, {@link
 * org.binaryops.quantizer.DynamicFixedPointQuantizer}. Activations of several levels: {@link
 * org.binaryops.quantizer.ElasticQuantizer}, {@link org.binaryops.quantizer.DoReFaActivation}.
 * Spikes, 0 and 1: the subclasses of {@link org.binaryops.quantizer.SpikeQuantizer}. {@link
 * org.binaryops.quantizer.Staged} switches any of them on later.
 */
package org.binaryops.quantizer;
