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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * What a cell gave. Accuracies are shares of the test images that are classified correctly, after
 * each epoch, by the network as it would be deployed: with all its weights binary.
 *
 * @param cell which cell
 * @param trainImages the number of training images
 * @param testImages the number of test images
 * @param epochs what was measured in each epoch
 * @param cost the size of the network
 */
record CellResult(
        Cell cell, int trainImages, int testImages, List<EpochFigures> epochs, NetworkCost cost) {

    /** The columns with a figure for each epoch, separated by semicolons, in this order. */
    private static final List<String> SERIES =
            List.of(
                    "epoch_accuracies",
                    "epoch_train_losses",
                    "epoch_seconds",
                    "epoch_flip_ratios",
                    "epoch_estimating_errors",
                    "epoch_gradient_instabilities");

    /** The columns of the store, in this order. */
    static final List<String> COLUMNS =
            List.of(
                    "method",
                    "network",
                    "data",
                    "seed",
                    "settings",
                    "train_images",
                    "test_images",
                    "epochs",
                    "final_accuracy",
                    "best_accuracy",
                    "final_train_loss",
                    "train_seconds",
                    "seconds_per_epoch",
                    "parameters",
                    "binary_parameters",
                    "macs",
                    "binary_macs",
                    "epoch_accuracies",
                    "epoch_train_losses",
                    "epoch_seconds",
                    "epoch_flip_ratios",
                    "epoch_estimating_errors",
                    "epoch_gradient_instabilities");

    /**
     * What was measured in an epoch.
     *
     * @param accuracy the share of test images classified correctly at its end
     * @param loss the mean training loss of its steps
     * @param seconds the time of its training steps, without the test
     * @param flipRatio the share of binary weights whose sign at the end differs from that at the
     *     start; NaN without binary weights
     * @param estimatingError ReSTE's e of the weights at its end; NaN if no estimator quantizes
     *     them
     * @param instability ReSTE's s, the variance of the gradients' magnitudes, in its last step
     */
    record EpochFigures(
            double accuracy,
            double loss,
            double seconds,
            double flipRatio,
            double estimatingError,
            double instability) {}

    CellResult {
        if (epochs.isEmpty()) {
            throw new IllegalArgumentException("a result has at least one epoch.");
        }
        epochs = List.copyOf(epochs);
    }

    double finalAccuracy() {
        return epochs.get(epochs.size() - 1).accuracy();
    }

    double bestAccuracy() {
        return epochs.stream().mapToDouble(EpochFigures::accuracy).max().getAsDouble();
    }

    double finalLoss() {
        return epochs.get(epochs.size() - 1).loss();
    }

    double trainSeconds() {
        return epochs.stream().mapToDouble(EpochFigures::seconds).sum();
    }

    /** The median: the first epoch also warms the JVM up. */
    double secondsPerEpoch() {
        return Statistics.median(epochs.stream().mapToDouble(EpochFigures::seconds).toArray());
    }

    /** This result as a line of the store. */
    String toLine() {
        return String.join(
                ",",
                cell.method(),
                cell.network(),
                cell.data(),
                String.valueOf(cell.seed()),
                cell.settings(),
                String.valueOf(trainImages),
                String.valueOf(testImages),
                String.valueOf(epochs.size()),
                number(finalAccuracy()),
                number(bestAccuracy()),
                number(finalLoss()),
                seconds(trainSeconds()),
                seconds(secondsPerEpoch()),
                String.valueOf(cost.parameters()),
                String.valueOf(cost.binaryParameters()),
                String.valueOf(cost.macs()),
                String.valueOf(cost.binaryMacs()),
                joined(EpochFigures::accuracy, CellResult::number),
                joined(EpochFigures::loss, CellResult::number),
                joined(EpochFigures::seconds, CellResult::seconds),
                joined(EpochFigures::flipRatio, CellResult::number),
                joined(EpochFigures::estimatingError, CellResult::number),
                joined(EpochFigures::instability, CellResult::number));
    }

    private String joined(ToDoubleFunction<EpochFigures> figure, DoubleFunction<String> format) {
        return epochs.stream()
                .map(epoch -> format.apply(figure.applyAsDouble(epoch)))
                .collect(Collectors.joining(";"));
    }

    /** In full: equal runs must give equal lines. */
    private static String number(double value) {
        return Double.toString(value);
    }

    private static String seconds(double value) {
        return Double.toString(Math.rint(value * 1e3) / 1e3);
    }

    /**
     * Reads a line of the store.
     *
     * @param values the fields by the names of the columns
     * @throws IllegalArgumentException if a field is missing or is not what it should be
     */
    static CellResult parse(Map<String, String> values) {
        Cell cell =
                new Cell(
                        text(values, "method"),
                        text(values, "network"),
                        text(values, "data"),
                        Integer.parseInt(text(values, "seed")),
                        text(values, "settings"));
        List<double[]> series = new ArrayList<>();
        int count = Integer.parseInt(text(values, "epochs"));
        for (String column : SERIES) {
            double[] figures = series(values, column);
            if (figures.length != count) {
                throw new IllegalArgumentException(
                        String.format(
                                "%s: expected figures of %d epochs, got %d.",
                                column, count, figures.length));
            }
            series.add(figures);
        }
        List<EpochFigures> epochs = new ArrayList<>();
        for (int i = 0; i < count; ++i) {
            epochs.add(
                    new EpochFigures(
                            series.get(0)[i],
                            series.get(1)[i],
                            series.get(2)[i],
                            series.get(3)[i],
                            series.get(4)[i],
                            series.get(5)[i]));
        }
        return new CellResult(
                cell,
                Integer.parseInt(text(values, "train_images")),
                Integer.parseInt(text(values, "test_images")),
                epochs,
                new NetworkCost(
                        Long.parseLong(text(values, "parameters")),
                        Long.parseLong(text(values, "binary_parameters")),
                        Long.parseLong(text(values, "macs")),
                        Long.parseLong(text(values, "binary_macs"))));
    }

    private static String text(Map<String, String> values, String column) {
        String value = values.get(column);
        if (value == null) {
            throw new IllegalArgumentException("the column " + column + " is missing.");
        }
        return value;
    }

    private static double[] series(Map<String, String> values, String column) {
        return Arrays.stream(text(values, column).split(";"))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }
}
