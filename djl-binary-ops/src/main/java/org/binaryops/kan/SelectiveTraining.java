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
package org.binaryops.kan;

import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListenerAdapter;
import ai.djl.util.Pair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leads the selectable layers of a network through the three phases of S-KAN (see {@link
 * SpaceSelection}), epoch by epoch.
 *
 * <p>After the epochs of the full phase the temperature falls geometrically from 1 to its last
 * value over the epochs of the selective phase; then every layer is pruned, and what epochs remain
 * fine-tune the network. Attach it to a trainer, or call {@link #epoch} from a loop of your own.
 */
public final class SelectiveTraining extends TrainingListenerAdapter {

    private static final Logger logger = LoggerFactory.getLogger(SelectiveTraining.class);

    private final int fullEpochs;
    private final int selectiveEpochs;
    private final double lastTemperature;
    private int done;

    /**
     * Creates a schedule that ends at temperature 0.1.
     *
     * @param fullEpochs epochs with all spaces at temperature 1
     * @param selectiveEpochs epochs with a falling temperature, after which the layers are pruned
     * @throws IllegalArgumentException if a number is negative
     */
    public SelectiveTraining(int fullEpochs, int selectiveEpochs) {
        this(fullEpochs, selectiveEpochs, .1);
    }

    /**
     * Creates a schedule.
     *
     * @param fullEpochs epochs with all spaces at temperature 1
     * @param selectiveEpochs epochs with a falling temperature, after which the layers are pruned
     * @param lastTemperature the temperature of the last selective epoch, in (0, 1]
     * @throws IllegalArgumentException if a number is out of its range
     */
    public SelectiveTraining(int fullEpochs, int selectiveEpochs, double lastTemperature) {
        if (fullEpochs < 0 || selectiveEpochs < 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "fullEpochs and selectiveEpochs must not be negative, but were %d and"
                                    + " %d.",
                            fullEpochs, selectiveEpochs));
        }
        if (!(lastTemperature > 0 && lastTemperature <= 1)) {
            throw new IllegalArgumentException(
                    "lastTemperature must be in (0, 1], but was " + lastTemperature + ".");
        }
        this.fullEpochs = fullEpochs;
        this.selectiveEpochs = selectiveEpochs;
        this.lastTemperature = lastTemperature;
    }

    /**
     * Finds the selectable layers of a network.
     *
     * @param network the network
     * @return the selections of the layers over a {@link BasisPool}, by the name of the layer
     */
    public static Map<String, SpaceSelection> selections(Block network) {
        Map<String, SpaceSelection> found = new LinkedHashMap<>();
        collect("", network, found);
        return found;
    }

    private static void collect(String name, Block block, Map<String, SpaceSelection> found) {
        if (block instanceof KanLayer) {
            ((KanLayer) block).getSelection().ifPresent(each -> found.put(name, each));
            return;
        }
        for (Pair<String, Block> child : block.getChildren()) {
            String prefix = name.isEmpty() ? "" : name + ".";
            collect(prefix + child.getKey(), child.getValue(), found);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onEpoch(Trainer trainer) {
        epoch(trainer.getModel().getBlock());
    }

    /**
     * Says that an epoch has ended, and prepares the layers for the next one.
     *
     * @param network the network
     */
    public void epoch(Block network) {
        ++done;
        List<SpaceSelection> layers = new ArrayList<>(selections(network).values());
        int step = done - fullEpochs;
        if (step < 0 || step > selectiveEpochs) {
            return;
        }
        if (step == selectiveEpochs) {
            layers.forEach(SpaceSelection::prune);
            selections(network)
                    .forEach((name, each) -> logger.info("{} chose {}", name, each.report()));
            return;
        }
        // Selective epoch 1 … n: from a little below 1 down to the last temperature.
        double temperature = Math.pow(lastTemperature, (step + 1.) / selectiveEpochs);
        layers.forEach(each -> each.setTemperature(temperature));
    }
}
