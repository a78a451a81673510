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
package org.binaryops.packed.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All kernels give the numbers of the formulas, and those that run are those asked for. */
class KernelsTest {

    private static final int[] WIDTHS = {1, 13, 63, 64, 65, 207, 702, 4098};

    @Test
    void theIntendedKernelsRun() {
        for (String name : IsolatedKernels.names()) {
            assertEquals(name, IsolatedKernels.chosen(name));
        }
    }

    @Test
    void everyKernelEqualsTheFormulaOnRaggedSizes() {
        for (String name : IsolatedKernels.names()) {
            for (int width : WIDTHS) {
                for (int units : new int[] {1, 10, 33, 64, 67}) {
                    IsolatedKernels.check(name, units, width, 1 + units % 6, width + units);
                }
            }
        }
    }

    @Provide
    Arbitrary<Integer> widths() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(1, 600), Arbitraries.of(576, 702, 1024, 1152));
    }

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void everyKernelEqualsTheFormula(
            @ForAll @IntRange(min = 1, max = 140) int units,
            @ForAll("widths") int width,
            @ForAll @IntRange(min = 1, max = 37) int rows,
            @ForAll long seed) {
        for (String name : IsolatedKernels.names()) {
            IsolatedKernels.check(name, units, width, rows, seed);
        }
    }

    /**
     * Each in a Java machine of its own, as users have it: where code has seen several widths the
     * compiler no longer keeps vectors in registers.
     */
    @ParameterizedTest
    @ValueSource(strings = {"scalar", "128", "preferred"})
    void nothingIsAllocated(String wanted) throws Exception {
        String name = wanted.equals("preferred") ? KernelChoice.choose("").name() : wanted;
        assumeTrue(IsolatedKernels.names().contains(name), "vectors need Java 21");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (!name.equals("scalar")) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(
                List.of(
                        "-D" + KernelChoice.PROPERTY + "=" + name,
                        "-cp",
                        System.getProperty("java.class.path"),
                        KernelCheck.class.getName()));
        Process java =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(name + " 0", output.strip());
    }

    @Test
    void theChoiceIsLoggedInOneLine() {
        for (String wanted : new String[] {"", "scalar"}) {
            List<String> lines = new ArrayList<>();
            Logger log = Logger.getLogger("org.binaryops.packed.kernel");
            Handler handler =
                    new Handler() {
                        @Override
                        public void publish(LogRecord line) {
                            lines.add(line.getMessage());
                        }

                        @Override
                        public void flush() {}

                        @Override
                        public void close() {}
                    };
            log.addHandler(handler);
            Kernels kernels;
            try {
                kernels = KernelChoice.choose(wanted);
            } finally {
                log.removeHandler(handler);
            }
            assertEquals(1, lines.size(), lines::toString);
            assertTrue(lines.get(0).contains(kernels.name()), lines.get(0));
            boolean vectors = wanted.isEmpty() && Runtime.version().feature() >= 21;
            assertEquals(vectors, !kernels.name().equals("scalar"), lines.get(0));
        }
    }

    @Test
    void whatStandsAgainstVectorsIsSaid() {
        assertTrue(KernelChoice.obstacle(17, false, "mixed mode", false).contains("Java 21"));
        String unreadable = KernelChoice.obstacle(25, false, "mixed mode", false);
        assertTrue(unreadable.contains("--add-modules jdk.incubator.vector"), unreadable);
        String interpreted = KernelChoice.obstacle(25, true, "interpreted mode", false);
        assertTrue(interpreted.contains("compile") || interpreted.contains("build"), interpreted);
    }

    @Test
    void anImpossibleWishIsRefused() {
        String nonsense =
                assertThrows(IllegalStateException.class, () -> KernelChoice.choose("avx"))
                        .getMessage();
        assertTrue(nonsense.contains("128, 256 or 512"), nonsense);
        if (Runtime.version().feature() < 21) {
            String tooOld =
                    assertThrows(IllegalStateException.class, () -> KernelChoice.choose("256"))
                            .getMessage();
            assertTrue(tooOld.contains("Java 21"), tooOld);
        }
    }

    @Test
    void wrongSizesAreRefused() {
        Kernels kernels = new ScalarKernels();
        BinaryMatrix matrix = kernels.binary(new long[] {1, 2}, 1, 100);
        int[] out = new int[4];
        assertRefused(
                "expected 2 words of weights, but got 3",
                () -> kernels.binary(new long[3], 1, 100));
        assertRefused(
                "unit 0 has a bit set past its 100 weights",
                () -> kernels.binary(new long[] {0, -1}, 1, 100));
        assertRefused(
                "2 rows of inputs, 2 apart from 1, do not fit an array of 4",
                () -> matrix.multiply(new long[4], 1, 2, 2, out, 0, 1));
        assertRefused(
                "the rows of inputs must be 1 or more apart, but are 0",
                () -> matrix.multiply(new long[4], 0, 0, 2, out, 0, 1));
        assertRefused(
                "3 rows of inputs, 1 apart from 1, do not fit an array of 4",
                () -> matrix.multiply(new long[4], 1, 1, 3, out, 0, 1));
        assertRefused(
                "5 rows of sums, 1 apart from 0, do not fit an array of 4",
                () -> matrix.multiply(new long[10], 0, 2, 5, out, 0, 1));
        assertRefused("units must be positive, but is 0", () -> kernels.binary(out(0), 0, 1));
    }

    private static long[] out(int size) {
        return new long[size];
    }

    private static void assertRefused(String message, Runnable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
