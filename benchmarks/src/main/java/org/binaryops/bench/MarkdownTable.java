package org.binaryops.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Builds a table in Markdown: the first column to the left, the others to the right. */
final class MarkdownTable {

    private final List<String> lines = new ArrayList<>();
    private final int columns;

    MarkdownTable(String... header) {
        columns = header.length;
        row(header);
        lines.add("|---|" + String.join("|", Collections.nCopies(columns - 1, "---:")) + "|");
    }

    MarkdownTable row(String... cells) {
        if (cells.length != columns) {
            throw new IllegalArgumentException(
                    "expected " + columns + " cells, got " + cells.length + ".");
        }
        lines.add("| " + String.join(" | ", cells) + " |");
        return this;
    }

    /** A number with a fixed count of decimals; a dash for none. */
    static String number(double value, int decimals) {
        return Double.isNaN(value)
                ? "–"
                : String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    @Override
    public String toString() {
        return String.join("\n", lines) + "\n";
    }
}
