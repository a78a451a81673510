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

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What the plain JVM of {@link PlainJvmTest} executes: checks every golden file. */
final class PlainJvm {

    private PlainJvm() {}

    /** Prints how many rows were as they must be; exits with 1 if DJL can be seen. */
    public static void main(String[] args) throws Exception {
        for (String foreign : new String[] {"ai.djl.nn.Block", "org.slf4j.Logger"}) {
            try {
                Class.forName(foreign);
                System.out.println(foreign + " is on the class path");
                System.exit(1);
            } catch (ClassNotFoundException e) {
                continue;
            }
        }
        List<String> chains = new ArrayList<>();
        for (RandomModels.End end : RandomModels.End.values()) {
            chains.add(GoldenFiles.name(end));
        }
        System.out.println(rows(chains) + " rows");
        List<String> programs = new ArrayList<>();
        for (RandomPrograms.Kind kind : RandomPrograms.Kind.values()) {
            programs.add(GoldenFiles.name(kind));
        }
        System.out.println(rows(programs) + " rows of programs");
    }

    private static int rows(List<String> names) throws IOException {
        int rows = 0;
        for (String name : names) {
            PackedModel model;
            try (InputStream in = GoldenFiles.model(name)) {
                model = PackedModel.load(in);
            }
            for (GoldenFiles.Case row : GoldenFiles.cases(name)) {
                rows += Arrays.equals(row.outputs(), model.predict(row.features())) ? 1 : 0;
            }
        }
        return rows;
    }
}
