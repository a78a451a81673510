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
package org.binaryops.results.attention;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a method reached on a task.
 *
 * @param method its name
 * @param scores the figure of each seed
 * @param millis the time of a training step of each seed
 * @param steps where the losses were read
 * @param losses the mean over the seeds of the mean loss since the step before
 * @param cost the size and the operations of the model
 */
record MethodResult(
        String method,
        double[] scores,
        double[] millis,
        List<Integer> steps,
        List<Double> losses,
        TransformerCost cost) {

    static String header(String metric) {
        return "| method | "
                + metric
                + " | size kB | operations M | ms a step |\n|---|---|---|---|---|";
    }

    double mean() {
        return Arrays.stream(scores).average().orElseThrow();
    }

    /** The standard deviation of a sample; 0 for one seed, of which there is no spread. */
    double spread() {
        double mean = mean();
        double squares = Arrays.stream(scores).map(s -> (s - mean) * (s - mean)).sum();
        return Math.sqrt(squares / Math.max(1, scores.length - 1));
    }

    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %.4f ± %.4f | %.1f | %.3f | %.0f |",
                method,
                mean(),
                spread(),
                cost.bytes() / 1000,
                cost.operations() / 1e6,
                Arrays.stream(millis).average().orElseThrow());
    }
}
