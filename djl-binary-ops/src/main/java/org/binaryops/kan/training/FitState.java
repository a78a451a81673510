package org.binaryops.kan.training;

/**
 * What a fit has reached.
 *
 * @param train the root of the loss on the training samples; with the default loss the
 *     root-mean-square error
 * @param test the same on the test samples, NaN without them
 * @param penalty the regularizers' part of the objective
 */
public record FitState(double train, double test, double penalty) {}
