package org.binaryops.packed;

import java.util.Random;

/** Packed models with random content for the tests of other packages. */
public final class SmallModels {

    private SmallModels() {}

    /** A model with two thresholds a feature, a hidden layer and float outputs. */
    public static PackedModel of(long seed, int features, int hidden, int outputs) {
        return RandomModels.of(
                new Random(seed), RandomModels.End.AFFINE, features, 2, hidden, outputs);
    }
}
