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
package org.binaryops.training;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A summary as a table. */
final class SummaryText {

    private SummaryText() {}

    static String of(Summary summary) {
        List<String[]> rows = new ArrayList<>();
        List<Integer> widths = summary.widths();
        rows.add(header(widths));
        for (Summary.Layer layer : summary.layers()) {
            rows.add(cells(layer, widths));
        }
        return table(rows) + totals(summary);
    }

    private static String[] header(List<Integer> widths) {
        List<String> cells = new ArrayList<>(List.of("Layer", "Type", "Output", "Input × weight"));
        widths.forEach(bits -> cells.add("# " + bits + "-bit"));
        cells.addAll(List.of("kB", "MACs"));
        return cells.toArray(new String[0]);
    }

    private static String[] cells(Summary.Layer layer, List<Integer> widths) {
        List<String> cells = new ArrayList<>();
        cells.add(layer.name());
        cells.add(layer.type());
        cells.add(
                layer.output().isEmpty()
                        ? "?"
                        : layer.output().stream()
                                .map(Shape::toString)
                                .collect(Collectors.joining(", ")));
        cells.add(layer.operands() == null ? "" : layer.operands().toString());
        for (int bits : widths) {
            long count = layer.parameters().getOrDefault(bits, 0L);
            cells.add(count == 0 ? "" : number(count));
        }
        cells.add(layer.parameters().isEmpty() ? "" : format("%,.2f", layer.kilobytes()));
        cells.add(layer.macs() < 0 ? "?" : layer.macs() == 0 ? "" : number(layer.macs()));
        return cells.toArray(new String[0]);
    }

    /** Text to the left, numbers to the right. */
    private static String table(List<String[]> rows) {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < widths.length; ++i) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; ++i) {
                String space = " ".repeat(widths[i] - row[i].length());
                line.append(i < 4 ? row[i] + space : space + row[i]).append("  ");
            }
            text.append(line.toString().stripTrailing()).append('\n');
            if (row == rows.get(0)) {
                text.append("-".repeat(line.length() - 2)).append('\n');
            }
        }
        return text.toString();
    }

    private static String totals(Summary summary) {
        StringBuilder text = new StringBuilder();
        text.append(
                format(
                        "Parameters  %s, of which %s are trained%s\n",
                        number(summary.totalParameters()),
                        number(summary.trainableParameters()),
                        list(summary.parameters(), bits -> bits + "-bit")));
        long all = summary.macs().values().stream().mapToLong(Long::longValue).sum();
        text.append(
                format(
                        "MACs        %s%s%s\n",
                        number(all),
                        summary.isComplete() ? "" : " and those of the layers marked \"?\"",
                        list(summary.macs(), Summary.Operands::toString)));
        text.append(
                format(
                        "Size        %,.2f kB, as float32 %,.2f kB: %.2f times smaller\n",
                        summary.kilobytes(), summary.floatKilobytes(), summary.compression()));
        return text.toString();
    }

    private static <K> String list(
            Map<K, Long> counts, java.util.function.Function<K, String> name) {
        if (counts.isEmpty()) {
            return "";
        }
        return counts.entrySet().stream()
                .map(entry -> name.apply(entry.getKey()) + " " + number(entry.getValue()))
                .collect(Collectors.joining("; ", ": ", ""));
    }

    private static String number(long count) {
        return format("%,d", count);
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
