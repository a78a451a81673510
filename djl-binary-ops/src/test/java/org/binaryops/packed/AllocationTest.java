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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A warm session allocates nothing. Each kind of kernels has a Java machine of its own, as users
 * have it: where code has seen vectors of several widths they no longer stay in registers.
 */
class AllocationTest {

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void predictingAllocatesNothing(String kind) throws Exception {
        assumeTrue(
                kind.equals("scalar") || Runtime.version().feature() >= 21, "vectors need Java 21");
        List<String> lines = run(kind);
        assertEquals(kind.equals("scalar"), lines.get(0).equals("scalar"), lines.get(0));
        assertTrue(lines.size() > 10, lines::toString);
        for (String line : lines.subList(1, lines.size())) {
            assertTrue(line.endsWith(" 0"), lines::toString);
        }
    }

    private static List<String> run(String kind) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (kind.equals("scalar")) {
            command.add("-Dorg.binaryops.packed.kernels=scalar");
        } else {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Allocations.class.getName()));
        Process java =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, java.waitFor(), output);
        return output.strip().lines().toList();
    }
}
