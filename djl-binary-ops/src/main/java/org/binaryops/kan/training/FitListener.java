package org.binaryops.kan.training;

/** Looks on while a network is fitted. */
@FunctionalInterface
public interface FitListener {

    /**
     * Called after each step.
     *
     * @param step the number of the step, from 0
     * @param state what was reached
     */
    void onStep(int step, FitState state);
}
