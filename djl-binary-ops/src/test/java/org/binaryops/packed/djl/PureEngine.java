package org.binaryops.packed.djl;

import ai.djl.ndarray.NDManager;

/** The engine as it is where there is no other one. */
final class PureEngine {

    private static final BinaryOpsEngine ENGINE = new BinaryOpsEngine(false);

    private PureEngine() {}

    static NDManager manager() {
        return ENGINE.newBaseManager();
    }
}
