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
package org.binaryops.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The table of the quick start, as text and in a page. */
final class Report {

    private Report() {}

    /** The table as text; the first row is what the others are compared with. */
    static String table(List<Contender> contenders) {
        StringBuilder text =
                new StringBuilder(
                        String.format(
                                "%-22s %9s %10s %16s %20s%n",
                                "", "accuracy", "file", "one image", "images per second"));
        for (Contender c : contenders) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%-22s %8.2f%% %7d kB %13.1f µs %,20.0f%n",
                            c.name(),
                            100 * c.accuracy(),
                            (c.fileBytes() + 999) / 1000,
                            c.latencyMicros(),
                            c.imagesPerSecond()));
        }
        return text.toString();
    }

    /** What the table says, in words: what is smaller and faster than the first row, and not. */
    static String verdict(List<Contender> contenders) {
        Contender base = contenders.get(0);
        StringBuilder text = new StringBuilder();
        for (Contender c : contenders.subList(1, contenders.size())) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%s against %s: %+.2f points of accuracy, %s, one image %s, batches"
                                    + " %s.%n",
                            c.name(),
                            base.name(),
                            100 * (c.accuracy() - base.accuracy()),
                            ratio(base.fileBytes(), c.fileBytes(), "smaller", "larger"),
                            ratio(base.latencyMicros(), c.latencyMicros(), "faster", "slower"),
                            ratio(
                                    c.imagesPerSecond(),
                                    base.imagesPerSecond(),
                                    "faster",
                                    "slower")));
        }
        return text.toString();
    }

    private static String ratio(double more, double less, String better, String worse) {
        return more >= less
                ? String.format(Locale.ROOT, "%.1f× %s", more / less, better)
                : String.format(Locale.ROOT, "%.1f× %s", less / more, worse);
    }

    /** Writes the page. */
    static void write(Path file, List<Contender> contenders, String machine, List<String> notes)
            throws IOException {
        StringBuilder html = new StringBuilder();
        html.append(
                """
                <!DOCTYPE html>
                <html lang="en"><head><meta charset="utf-8"><title>djl-binary-ops quick start</title>
                <style>
                body { font-family: sans-serif; max-width: 60em; margin: 2em auto; }
                table { border-collapse: collapse; }
                td, th { padding: .3em 1em; border-bottom: 1px solid #ccc; text-align: right; }
                td:first-child { text-align: left; }
                img { max-width: 100%; }
                </style></head><body>
                <h1>djl-binary-ops quick start</h1>
                <table><tr><th></th><th>accuracy</th><th>file</th><th>one image</th>
                <th>images per second</th></tr>
                """);
        for (Contender c : contenders) {
            html.append(
                    String.format(
                            Locale.ROOT,
                            "<tr><td>%s</td><td>%.2f %%</td><td>%d kB</td><td>%.1f µs</td>"
                                    + "<td>%,.0f</td></tr>%n",
                            c.name(),
                            100 * c.accuracy(),
                            (c.fileBytes() + 999) / 1000,
                            c.latencyMicros(),
                            c.imagesPerSecond()));
        }
        html.append("</table>\n<p>")
                .append(verdict(contenders).strip().replace("\n", "<br>\n"))
                .append("</p>\n<p>")
                .append(machine)
                .append("</p>\n<h2>Training</h2>\n<img src=\"training.png\" alt=\"curves\">\n")
                .append("<h2>Predictions of the packed network</h2>\n")
                .append("<img src=\"samples.png\" alt=\"samples\">\n<h2>Notes</h2>\n<ul>\n");
        for (String note : notes) {
            html.append("<li>").append(note).append("</li>\n");
        }
        html.append("</ul>\n</body></html>\n");
        Files.writeString(file, html);
    }
}
