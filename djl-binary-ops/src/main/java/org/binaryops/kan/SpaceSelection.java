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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.binaryops.gradient.Temporaries;

/**
 * How the edges of a selectable layer weigh the spaces of their {@link BasisPool}: the three phases
 * of S-KAN (Yang et al., arXiv 2408.08338).
 *
 * <p>Each edge (j, i) has a learned weight for each of the K spaces, and its function is the
 * mixture \(\phi_{ji}(x) = \sum_k w_{jik} \phi_{jik}(x)\). The paper's text, as far as it can be
 * had, does not say how w follows from what is learned; here
 *
 * <p>$$w_{ji} = \mathrm{softmax}(l_{ji} / \tau)$$
 *
 * <p>with the logits l, 0 at first.
 *
 * <ol>
 *   <li>{@link Phase#FULL}: all spaces are trained, τ = 1.
 *   <li>{@link Phase#SELECTIVE}: τ falls (by {@link #setTemperature}, which {@link
 *       SelectiveTraining} calls), so that each edge has to decide.
 *   <li>{@link Phase#PRUNED}: after {@link #prune} each edge keeps the space of its greatest weight
 *       with weight 1, and the network is fine-tuned. The logits no longer matter.
 * </ol>
 */
public final class SpaceSelection {

    /** A phase of the training of a selectable layer. */
    public enum Phase {
        /** All spaces are active, at temperature 1. */
        FULL,
        /** All spaces are active, and a falling temperature makes the edges choose. */
        SELECTIVE,
        /** Each edge has one space. */
        PRUNED
    }

    private final BasisPool pool;
    private final Parameter logits;
    private final Parameter chosen;
    private Phase phase = Phase.FULL;
    private double temperature = 1;

    SpaceSelection(BasisPool pool, Parameter logits, Parameter chosen) {
        this.pool = pool;
        this.logits = logits;
        this.chosen = chosen;
    }

    /**
     * Returns the phase.
     *
     * @return the phase that the layer is in
     */
    public Phase getPhase() {
        return phase;
    }

    /**
     * Returns the temperature.
     *
     * @return τ
     */
    public double getTemperature() {
        return temperature;
    }

    /**
     * Sets the temperature and enters the selective phase.
     *
     * @param temperature τ, positive
     * @throws IllegalArgumentException if it is not positive and finite
     * @throws IllegalStateException if the layer has been pruned
     */
    public void setTemperature(double temperature) {
        if (!(temperature > 0) || Double.isInfinite(temperature)) {
            throw new IllegalArgumentException(
                    "temperature must be positive and finite, but was " + temperature + ".");
        }
        if (phase == Phase.PRUNED) {
            throw new IllegalStateException(
                    "The layer has been pruned; its edges have nothing left to select.");
        }
        this.temperature = temperature;
        phase = Phase.SELECTIVE;
    }

    /** Keeps, on each edge, only the space of the greatest weight, and gives it the weight 1. */
    public void prune() {
        NDArray live = logits.getArray();
        try (NDManager scratch = live.getManager().newSubManager()) {
            NDArray values = live.stopGradient();
            values.attach(scratch);
            NDArray kept = values.argMax(-1).oneHot(pool.getSpaces().size(), live.getDataType());
            NDArray target = chosen.getArray().stopGradient();
            target.attach(scratch);
            target.set(new NDIndex("..."), kept);
        }
        phase = Phase.PRUNED;
        onlyUsedSpacesAreActive();
    }

    private void onlyUsedSpacesAreActive() {
        boolean[] used = new boolean[pool.getSpaces().size()];
        for (int[] row : choices()) {
            for (int k : row) {
                used[k] = true;
            }
        }
        pool.setActive(used);
    }

    /** Restores what a file says. */
    void restore(Phase savedPhase, double savedTemperature) {
        phase = savedPhase;
        temperature = savedTemperature;
    }

    /** To be called when the parameters have been loaded. */
    void loaded() {
        if (phase == Phase.PRUNED) {
            onlyUsedSpacesAreActive();
        }
    }

    /** The weights w [units, fan, K], with the gradient to the logits. */
    NDArray weights(ParameterStore store, NDArray like, boolean training) {
        NDArray l = Temporaries.parameter(store, logits, like, training);
        if (phase == Phase.PRUNED) {
            // The logits get the gradient 0: a trainer stops at an array that has none.
            return l.sub(l).add(Temporaries.parameter(store, chosen, like, training));
        }
        return l.div(Temporaries.constant(like, temperature)).softmax(-1);
    }

    /**
     * Returns the index of the space with the greatest weight for each edge.
     *
     * @return indices into {@link BasisPool#getSpaces()}, by unit and feature
     */
    public int[][] choices() {
        NDArray live = (phase == Phase.PRUNED ? chosen : logits).getArray();
        int units = (int) live.getShape().get(0);
        int fan = (int) live.getShape().get(1);
        int spaces = (int) live.getShape().get(2);
        double[] flat = EdgeSplines.doubles(live);
        int[][] best = new int[units][fan];
        for (int j = 0; j < units; ++j) {
            for (int i = 0; i < fan; ++i) {
                int from = (j * fan + i) * spaces;
                for (int k = 1; k < spaces; ++k) {
                    if (flat[from + k] > flat[from + best[j][i]]) {
                        best[j][i] = k;
                    }
                }
            }
        }
        return best;
    }

    /**
     * Counts how many edges prefer, or after pruning have, each space.
     *
     * @return the number of edges by the name of the space (its class, and its position in the pool
     *     where a class occurs twice), in the order of the pool
     */
    public Map<String, Integer> report() {
        List<Basis> spaces = pool.getSpaces();
        int[] counts = new int[spaces.size()];
        for (int[] row : choices()) {
            for (int k : row) {
                ++counts[k];
            }
        }
        Map<String, Integer> report = new LinkedHashMap<>();
        for (int k = 0; k < counts.length; ++k) {
            report.put(name(k), counts[k]);
        }
        return report;
    }

    private String name(int k) {
        List<Basis> spaces = pool.getSpaces();
        String name = spaces.get(k).getClass().getSimpleName();
        boolean alone =
                spaces.stream().filter(s -> s.getClass() == spaces.get(k).getClass()).count() == 1;
        return alone ? name : name + "#" + k;
    }

    @Override
    public String toString() {
        return "SpaceSelection(" + phase + ", temperature " + temperature + ")";
    }
}
