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
package org.binaryops.kan.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import org.binaryops.kan.Kan;
import org.binaryops.kan.reading.Pruning;

/**
 * Several starts from noise, of which the best goes on.
 *
 * <p>A narrow network has poor minima that a quasi-Newton method runs into from most starts: an
 * edge that should rise and fall stays monotone, and the function behind it makes the peak by a
 * hump of its own. That is the landscape and not the line search: PyTorch's L-BFGS meets them too.
 * A few steps tell good starts from bad ones. Likewise a sparsifying penalty finds the smallest
 * network from some starts only; {@link #sparsest} is for that.
 *
 * <pre>{@code
 * Kan kan = new Starts(8, KanFit.builder().optSteps(3).build())
 *         .best(manager, seed -> Kan.builder().setWidths(2, 1, 1).optSeed(seed).build(), x, y);
 * }</pre>
 */
public final class Starts {

    private final int count;
    private final KanFit trial;

    /**
     * Creates a search.
     *
     * @param count how many starts are tried, positive
     * @param trial what each of them is fitted by; a few steps are enough. With an optimizer of
     *     DJL's, whose memory would go from one start to the next, this is not meant to work
     * @throws IllegalArgumentException if the count is not positive
     */
    public Starts(int count, KanFit trial) {
        if (count <= 0) {
            throw new IllegalArgumentException("count must be positive, but was " + count + ".");
        }
        this.count = count;
        this.trial = trial;
    }

    /**
     * Tries the starts.
     *
     * @param manager the manager of the network's parameters
     * @param networks a new network, not initialized, for each of the seeds 0, 1, …
     * @param x the inputs, [samples, features]
     * @param y the targets, [samples, outputs]
     * @return the network that was nearest to the targets after the trial, as the trial left it
     * @throws IllegalArgumentException if the data do not fit or are not finite
     */
    public Kan best(NDManager manager, IntFunction<Kan> networks, NDArray x, NDArray y) {
        Kan best = null;
        double least = Double.NaN;
        for (int seed = 0; seed < count; ++seed) {
            Kan kan = networks.apply(seed);
            kan.initialize(manager, x.getDataType(), new Shape(1, x.getShape().get(1)));
            List<FitState> states = trial.fit(kan, x, y);
            double error = states.get(states.size() - 1).train();
            if (best == null || error < least || Double.isNaN(least)) {
                if (best != null) {
                    best.clear();
                }
                best = kan;
                least = error;
            } else {
                kan.clear();
            }
        }
        return best;
    }

    /**
     * Tries the starts with a trial that has a {@link KanRegularizer}, and takes the network of
     * which {@link Pruning#prune(Kan, NDManager, NDArray)} leaves the fewest edges, the nearest to
     * the targets among equals. Only those count whose error is at most some times the least one. A
     * penalty finds the smallest network from some starts only; from others it ends in one that
     * spreads a function over several nodes.
     *
     * @param manager the manager of the network's parameters
     * @param networks a new network, not initialized, for each of the seeds 0, 1, …
     * @param x the inputs, [samples, features]
     * @param y the targets, [samples, outputs]
     * @param tolerance how many times the least error is still good, from 1 on
     * @return the network as the trial left it, not pruned
     * @throws IllegalArgumentException if the data do not fit or are not finite, or the tolerance
     *     is below 1
     * @throws IllegalStateException if pruning would empty a level of each of the networks
     */
    public Kan sparsest(
            NDManager manager, IntFunction<Kan> networks, NDArray x, NDArray y, double tolerance) {
        if (!(tolerance >= 1)) {
            throw new IllegalArgumentException(
                    "tolerance must be at least 1, but was " + tolerance + ".");
        }
        List<Tried> all = new ArrayList<>();
        for (int seed = 0; seed < count; ++seed) {
            Kan kan = networks.apply(seed);
            kan.initialize(manager, x.getDataType(), new Shape(1, x.getShape().get(1)));
            List<FitState> states = trial.fit(kan, x, y);
            all.add(new Tried(kan, states.get(states.size() - 1).train(), edgesLeft(kan, x)));
        }
        double least = all.stream().mapToDouble(Tried::error).min().orElseThrow();
        Tried best =
                all.stream()
                        .filter(t -> t.edges < Integer.MAX_VALUE && t.error <= tolerance * least)
                        .min(Comparator.comparingInt(Tried::edges).thenComparing(Tried::error))
                        .orElse(null);
        all.stream().filter(t -> t != best).forEach(t -> t.kan.clear());
        if (best == null) {
            throw new IllegalStateException(
                    "Pruning would empty a level of each network: the penalty is too strong.");
        }
        return best.kan;
    }

    /** A network after the trial. */
    private record Tried(Kan kan, double error, int edges) {}

    private static int edgesLeft(Kan kan, NDArray x) {
        try (NDManager scratch = x.getManager().newSubManager()) {
            return Pruning.prune(kan, scratch, x).getEdges().size();
        } catch (IllegalStateException e) {
            // A level would be empty.
            return Integer.MAX_VALUE;
        }
    }
}
