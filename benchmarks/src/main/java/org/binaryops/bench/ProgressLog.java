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

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Prints a line for each epoch, with the time that is left. */
final class ProgressLog {

    private final PrintWriter out;
    private final int cells;
    private final int epochs;
    private final long start = System.nanoTime();
    private final int epochsToRun;
    private int epochsDone;

    /**
     * Creates a log.
     *
     * @param out where to print
     * @param cells the number of cells of the grid
     * @param finished how many of them a former run has finished
     * @param epochs the number of epochs of a cell
     */
    ProgressLog(PrintWriter out, int cells, int finished, int epochs) {
        this.out = out;
        this.cells = cells;
        this.epochs = epochs;
        epochsToRun = (cells - finished) * epochs;
    }

    synchronized void epoch(
            int number, Cell cell, int epoch, double accuracy, double loss, double seconds) {
        ++epochsDone;
        print(
                "[%d/%d] %s: epoch %d/%d, loss %.4f, test accuracy %.2f %%, %.1f s; left %s",
                number, cells, cell.title(), epoch, epochs, loss, 100 * accuracy, seconds, left());
    }

    /** What the epochs so far took, projected; all that runs side by side is in it already. */
    private String left() {
        double elapsed = (System.nanoTime() - start) / 1e9;
        Duration left =
                Duration.ofSeconds(Math.round(elapsed / epochsDone * (epochsToRun - epochsDone)));
        return String.format(
                Locale.ROOT,
                "%d:%02d:%02d",
                left.toHours(),
                left.toMinutesPart(),
                left.toSecondsPart());
    }

    synchronized void done(int number, CellResult result) {
        print(
                "[%d/%d] %s: done, test accuracy %.2f %%, trained for %.1f s",
                number,
                cells,
                result.cell().title(),
                100 * result.finalAccuracy(),
                result.trainSeconds());
    }

    synchronized void failed(int number, String message) {
        print("[%d/%d] FAILED: %s", number, cells, message);
    }

    private void print(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
        out.flush();
    }
}
