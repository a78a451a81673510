/*
 * Copyright 2026 the djl-binary-ops authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.binaryops.packed.djl;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs packed files ({@code *.bops}) on the CPU with nothing but the JVM.
 *
 * <p>The engine predicts; it does not train. Its rank places it behind the engines that have arrays
 * and training of their own, so that it is the default engine only where none of them is on the
 * class path.
 */
public final class BinaryOpsEngine extends Engine {

    /** The name for {@code Criteria.optEngine}. */
    public static final String ENGINE_NAME = "BinaryOps";

    /**
     * Behind PyTorch (2), TensorFlow (3) and ONNX Runtime (10), before DJL's remote engine (15).
     */
    static final int RANK = 12;

    /** From this rank on, engines have no arrays of their own and look for another one too. */
    private static final int FIRST_RANK_WITHOUT_ARRAYS = 10;

    private static final Logger LOGGER = LoggerFactory.getLogger(BinaryOpsEngine.class);

    /** The engine where there is no other one. It has no managers. */
    static final BinaryOpsEngine ALONE = new BinaryOpsEngine();

    private final boolean useAlternative;
    private final JavaNDManager systemManager;
    private boolean alternativeKnown;
    private Engine alternative;

    /**
     * Creates an engine.
     *
     * @param useAlternative whether another engine may execute what this one cannot
     */
    BinaryOpsEngine(boolean useAlternative) {
        this.useAlternative = useAlternative;
        systemManager = JavaNDManager.system(this);
    }

    private BinaryOpsEngine() {
        useAlternative = false;
        systemManager = null;
    }

    /**
     * Returns the engine that executes the array operations that this one lacks: DJL's default
     * engine, if it has arrays of its own.
     *
     * @return the engine; null if there is none, if it cannot start, or if the system property
     *     {@code ai.djl.java.disable_alternative} is {@code true}
     */
    @Override
    public synchronized Engine getAlternativeEngine() {
        if (!alternativeKnown) {
            if (useAlternative && !Boolean.getBoolean("ai.djl.java.disable_alternative")) {
                alternative = findAlternative();
            }
            alternativeKnown = true;
        }
        return alternative;
    }

    private static Engine findAlternative() {
        if (ENGINE_NAME.equals(Engine.getDefaultEngineName())) {
            return null;
        }
        try {
            Engine engine = Engine.getInstance();
            return engine.getRank() < FIRST_RANK_WITHOUT_ARRAYS ? engine : null;
        } catch (RuntimeException | LinkageError e) {
            // Packed files need no other engine: one that is broken is no reason to fail.
            LOGGER.warn(
                    "The engine {} does not start and is not used for the array operations that"
                            + " {} lacks: {}",
                    Engine.getDefaultEngineName(),
                    ENGINE_NAME,
                    e.toString());
            return null;
        }
    }

    /** {@inheritDoc} */
    @Override
    public String getEngineName() {
        return ENGINE_NAME;
    }

    /** {@inheritDoc} */
    @Override
    public int getRank() {
        return RANK;
    }

    /** {@inheritDoc} */
    @Override
    public String getVersion() {
        String version = BinaryOpsEngine.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** {@inheritDoc} */
    @Override
    public boolean hasCapability(String capability) {
        return false;
    }

    /** {@inheritDoc} */
    @Override
    public Model newModel(String name, Device device) {
        return new BinaryOpsModel(name, newBaseManager(device));
    }

    /** {@inheritDoc} */
    @Override
    public NDManager newBaseManager() {
        return newBaseManager(null);
    }

    /**
     * Creates a manager whose arrays live in the memory of the JVM.
     *
     * @param device the CPU, or null for it
     * @return a new manager
     * @throws IllegalArgumentException if the device is not the CPU
     */
    @Override
    public NDManager newBaseManager(Device device) {
        return systemManager.newSubManager(device);
    }

    /**
     * Refuses.
     *
     * @return never
     * @throws UnsupportedOperationException always: packed networks are trained before they are
     *     packed, with another engine
     */
    @Override
    public GradientCollector newGradientCollector() {
        throw new UnsupportedOperationException(BinaryOpsModel.NO_TRAINING);
    }
}
