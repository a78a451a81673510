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

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the cells that are not in the store yet, some at a time. */
final class GridRunner {

    private final Map<Cell, DataSource> cells;
    private final TrainingOptions options;
    private final ResultStore store;
    private final Path logs;
    private final ProgressLog progress;

    /**
     * Creates a runner.
     *
     * @param cells all cells of the grid, with their data, in the order to run them in
     * @param options the recipe
     * @param store the results, old and new
     * @param logs the folder for the logs of running cells
     * @param progress is told what happens
     */
    GridRunner(
            Map<Cell, DataSource> cells,
            TrainingOptions options,
            ResultStore store,
            Path logs,
            ProgressLog progress) {
        this.cells = new LinkedHashMap<>(cells);
        this.options = options;
        this.store = store;
        this.logs = logs;
        this.progress = progress;
    }

    /**
     * Runs the cells.
     *
     * @param jobs how many cells train at a time
     * @return the cells that failed
     * @throws IOException if a result cannot be stored
     * @throws InterruptedException if this thread is interrupted; running cells are ended
     */
    List<Cell> run(int jobs) throws IOException, InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(jobs);
        Map<Cell, Future<Boolean>> running = new LinkedHashMap<>();
        int number = 0;
        for (Map.Entry<Cell, DataSource> entry : cells.entrySet()) {
            ++number;
            Cell cell = entry.getKey();
            if (!store.contains(cell)) {
                int n = number;
                running.put(cell, pool.submit(() -> run(n, cell, entry.getValue())));
            }
        }
        pool.shutdown();
        List<Cell> failed = new ArrayList<>();
        try {
            for (Map.Entry<Cell, Future<Boolean>> each : running.entrySet()) {
                if (!each.getValue().get()) {
                    failed.add(each.getKey());
                }
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } finally {
            pool.shutdownNow();
        }
        return failed;
    }

    private boolean run(int number, Cell cell, DataSource data)
            throws IOException, InterruptedException {
        CellResult result;
        try {
            result =
                    new CellProcess(cell, data, options, logs)
                            .run(
                                    (epoch, accuracy, loss, seconds) ->
                                            progress.epoch(
                                                    number, cell, epoch, accuracy, loss, seconds));
        } catch (IOException e) {
            progress.failed(number, e.getMessage());
            return false;
        }
        // Stored before anybody is told: what was printed as done is never lost.
        store.add(result);
        progress.done(number, result);
        return true;
    }
}
