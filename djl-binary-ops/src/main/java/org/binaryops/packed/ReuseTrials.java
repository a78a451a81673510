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
package org.binaryops.packed;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.binaryops.packed.reuse.ReuseFigures;
import org.binaryops.packed.reuse.ReuseTrial;

/**
 * What trials of reuse gave, by the number of the step: the figures of the layers that follow a
 * tree since, and of those that it would slow. They are kept in the file.
 */
final class ReuseTrials {

    static final ReuseTrials NONE = new ReuseTrials(Map.of());

    /** The size of one in a file. */
    static final int BYTES = 56;

    private final Map<Integer, ReuseFigures> figures;

    private ReuseTrials(Map<Integer, ReuseFigures> figures) {
        this.figures = Collections.unmodifiableMap(new TreeMap<>(figures));
    }

    /** Tries a layer of units with so many weights each. */
    @FunctionalInterface
    interface Trial {
        ReuseTrial of(long[] weights, int units, int width);
    }

    /** Tries all binary layers of one group; those that win follow their tree. */
    static PackedModel of(PackedModel model, Trial trials) {
        Map<Integer, ReuseFigures> before = model.reuseTrials();
        List<Step> steps = new ArrayList<>();
        Map<Integer, ReuseFigures> figures = new TreeMap<>();
        for (Step step : model.steps()) {
            Operation operation = step.operation();
            Window window = null;
            long[] weights = null;
            if (operation instanceof BinaryLinear linear) {
                window = Window.ofVector(linear.inputs());
                weights = linear.words();
            } else if (operation instanceof BinaryConvolution convolution
                    && convolution.groups() == 1
                    && convolution.planes() == 1) {
                window = convolution.window();
                weights = convolution.words();
            }
            if (window != null) {
                int width = window.taps() * window.channels();
                int units = weights.length / ValueType.words(width);
                ReuseTrial trial = trials.of(weights, units, width);
                figures.put(steps.size(), trial.figures());
                if (trial.wins()) {
                    operation = new ReusedConvolution(window, weights, trial.tree());
                }
            }
            if (step.operation() instanceof ReusedConvolution && before.containsKey(steps.size())) {
                figures.put(steps.size(), before.get(steps.size()));
            }
            steps.add(new Step(operation, step.inputs()));
        }
        Program program = new Program(model.inputShape(), steps);
        return new PackedModel(program, new ReuseTrials(figures));
    }

    boolean isEmpty() {
        return figures.isEmpty();
    }

    int size() {
        return figures.size();
    }

    /** The figures of a step; null if it was not on trial. */
    ReuseFigures of(int step) {
        return figures.get(step);
    }

    Map<Integer, ReuseFigures> all() {
        return figures;
    }

    void write(ByteBuffer file) {
        for (Map.Entry<Integer, ReuseFigures> one : figures.entrySet()) {
            ReuseFigures f = one.getValue();
            file.putInt(one.getKey()).putInt(f.depth());
            file.putLong(f.plainProducts()).putLong(f.reuseProducts());
            file.putLong(f.plainWords()).putLong(f.reuseWords());
            file.putDouble(f.plainNanoseconds()).putDouble(f.reuseNanoseconds());
        }
    }

    static ReuseTrials read(ByteBuffer payload, long count, List<Step> steps)
            throws PackedFormatException {
        if (count > payload.remaining() / BYTES) {
            throw new PackedFormatException(
                    count + " trials of reuse do not fit into " + payload.remaining() + " bytes");
        }
        Map<Integer, ReuseFigures> figures = new TreeMap<>();
        int last = -1;
        for (int i = 0; i < count; ++i) {
            int step = payload.getInt();
            ReuseFigures one =
                    new ReuseFigures(
                            payload.getInt(),
                            payload.getLong(),
                            payload.getLong(),
                            payload.getLong(),
                            payload.getLong(),
                            payload.getDouble(),
                            payload.getDouble());
            Operation operation =
                    step > last && step < steps.size() ? steps.get(step).operation() : null;
            boolean fits =
                    one.wins()
                            ? operation instanceof ReusedConvolution
                            : operation instanceof BinaryLinear
                                    || operation instanceof BinaryConvolution;
            if (!fits) {
                throw new PackedFormatException(
                        "trial " + i + " of reuse is of step " + step + ", which is none of its");
            }
            last = step;
            figures.put(step, one);
        }
        return new ReuseTrials(figures);
    }
}
