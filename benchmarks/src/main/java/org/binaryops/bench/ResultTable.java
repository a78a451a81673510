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
package org.binaryops.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Results in order: for each network and data set a row for each method, over its seeds. */
final class ResultTable {

    /** The method that the others are compared with. */
    static final String FLOAT = "float";

    /**
     * A network and a data set.
     *
     * @param network the name of the network
     * @param data the name of the data set
     */
    record Task(String network, String data) {

        @Override
        public String toString() {
            return network + " on " + data;
        }

        String fileName() {
            return network + '-' + data;
        }
    }

    /**
     * What the seeds of one method gave in one task.
     *
     * @param method the name of the method
     * @param results one for each seed, at least one
     */
    record Row(String method, List<CellResult> results) {

        double[] each(ToDoubleFunction<CellResult> figure) {
            return results.stream().mapToDouble(figure).toArray();
        }

        double[] accuracies() {
            return each(CellResult::finalAccuracy);
        }

        double accuracy() {
            return Statistics.mean(accuracies());
        }

        double secondsPerEpoch() {
            return Statistics.median(each(CellResult::secondsPerEpoch));
        }

        double trainSeconds() {
            return Statistics.mean(each(CellResult::trainSeconds));
        }

        NetworkCost cost() {
            return results.get(0).cost();
        }

        /** The mean over the seeds of a figure of each epoch. */
        double[] byEpoch(ToDoubleFunction<CellResult.EpochFigures> figure) {
            double[] means = new double[results.get(0).epochs().size()];
            for (int epoch = 0; epoch < means.length; ++epoch) {
                int index = epoch;
                means[epoch] =
                        Statistics.mean(each(r -> figure.applyAsDouble(r.epochs().get(index))));
            }
            return means;
        }
    }

    private final Map<Task, List<Row>> tasks = new LinkedHashMap<>();

    /** Creates a table; the order of the results is that of the rows. */
    ResultTable(Collection<CellResult> results) {
        Map<Task, Map<String, List<CellResult>>> groups = new LinkedHashMap<>();
        for (CellResult result : results) {
            Cell cell = result.cell();
            groups.computeIfAbsent(
                            new Task(cell.network(), cell.data()), t -> new LinkedHashMap<>())
                    .computeIfAbsent(cell.method(), m -> new ArrayList<>())
                    .add(result);
        }
        groups.forEach(
                (task, methods) -> {
                    List<Row> rows = new ArrayList<>();
                    methods.forEach((method, all) -> rows.add(new Row(method, all)));
                    tasks.put(task, rows);
                });
    }

    Map<Task, List<Row>> tasks() {
        return tasks;
    }

    /** All methods that have a result, in order. */
    List<String> methods() {
        return tasks.values().stream().flatMap(List::stream).map(Row::method).distinct().toList();
    }

    /** The row of a method in a task; {@code null} if it has no result there. */
    Row row(Task task, String method) {
        return tasks.get(task).stream()
                .filter(row -> row.method().equals(method))
                .findFirst()
                .orElse(null);
    }

    /** A figure of a row divided by that of the float network; empty without a float network. */
    OptionalDouble ratioToFloat(Task task, Row row, ToDoubleFunction<Row> figure) {
        Row reference = row(task, FLOAT);
        return reference == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(figure.applyAsDouble(row) / figure.applyAsDouble(reference));
    }

    /**
     * The ratios of a method's accuracy to the float network's, one for each task that has both.
     */
    double[] accuracyRatios(String method) {
        return tasks.keySet().stream()
                .filter(task -> row(task, method) != null && row(task, FLOAT) != null)
                .mapToDouble(
                        task -> ratioToFloat(task, row(task, method), Row::accuracy).getAsDouble())
                .toArray();
    }
}
