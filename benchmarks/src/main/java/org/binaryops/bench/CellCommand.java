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
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Trains one cell and tells of it on the standard output, in lines that {@link CellProcess} reads.
 * It ends as soon as its standard input does: with the process that started it.
 */
@Command(name = "cell", hidden = true, description = "Trains one cell; started by the bench.")
final class CellCommand implements Callable<Integer> {

    static final String EPOCH = "#epoch ";
    static final String RESULT = "#result ";

    @Mixin private TrainingOptions options;

    @Option(names = "--method", required = true)
    private String method;

    @Option(names = "--network", required = true)
    private String network;

    @Option(names = "--data", required = true)
    private String data;

    @Option(names = "--seed", required = true)
    private int seed;

    @Option(names = "--settings", required = true)
    private String settings;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        endWithParent();
        CellTraining.checkDevice(options.gpu);
        DataSource source = DataSource.parse(data);
        ImageSet images = ImageSet.read(source, options.train, options.test);
        Cell cell = new Cell(method, network, source.name(), seed, settings);
        PrintWriter out = spec.commandLine().getOut();
        CellResult result =
                new CellTraining(cell, options, images)
                        .run(
                                (epoch, figures) -> {
                                    out.println(
                                            EPOCH
                                                    + epoch
                                                    + ' '
                                                    + figures.accuracy()
                                                    + ' '
                                                    + figures.loss()
                                                    + ' '
                                                    + figures.seconds());
                                    out.flush();
                                });
        out.println(RESULT + result.toLine());
        out.flush();
        return 0;
    }

    private static void endWithParent() {
        Thread watch =
                new Thread(
                        () -> {
                            try {
                                while (System.in.read() >= 0) {
                                    continue;
                                }
                            } catch (IOException e) {
                                // As good as an end.
                            }
                            Runtime.getRuntime().halt(1);
                        },
                        "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }
}
