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
package org.binaryops.packed.reuse;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.binaryops.packed.kernel.BinaryMatrix;
import org.binaryops.packed.kernel.Kernels;
import org.junit.jupiter.api.Test;

/** The trees are minimal and as deep as they may be, and the products along them are the same. */
class ReuseTest {

    /** [1111], [111-], [11--], [----], the lowest bit first. */
    private static final long[] CHAIN = {0b1111, 0b0111, 0b0011, 0b0000};

    private static long[] weights(int units, int width, long seed) {
        int words = (width + 63) / 64;
        long[] bits = new Random(seed).longs((long) units * words).toArray();
        for (int unit = 0; unit < units; ++unit) {
            if (width % 64 != 0) {
                bits[(unit + 1) * words - 1] &= (1L << width % 64) - 1;
            }
        }
        return bits;
    }

    private static int different(long[] bits, int width, int a, int b) {
        int words = (width + 63) / 64;
        int count = 0;
        for (int k = 0; k < width; ++k) {
            long x = bits[a * words + k / 64] ^ bits[b * words + k / 64];
            count += (int) (x >>> k % 64 & 1);
        }
        return count;
    }

    @Test
    void theChainOfThePaper() {
        ReuseTree tree = ReuseTree.of(CHAIN, 4, 4, false, 4);
        assertEquals(4, tree.totalDistance());
        assertEquals(8, tree.operations());
        assertEquals(2, tree.depth());
        int root = tree.unit(0);
        assertTrue(root == 1 || root == 2, "root " + root);
        int[] sums = new int[4];
        // x = [1, −1, 1, 1]
        new ReuseMatrix(CHAIN, tree).multiply(new long[] {0b1101}, 0, 1, 1, sums, 0, 4);
        assertArrayEquals(new int[] {2, 0, -2, -2}, sums);
    }

    @Test
    void aNegatedParentIsNear() {
        ReuseTree tree = ReuseTree.of(CHAIN, 4, 4, true, 4);
        // [----] is the first one negated.
        assertEquals(2, tree.totalDistance());
        int negations = 0;
        for (int unit = 0; unit < 4; ++unit) {
            negations += tree.isNegated(unit) ? 1 : 0;
        }
        assertEquals(1, negations);
        int[] sums = new int[4];
        new ReuseMatrix(CHAIN, tree).multiply(new long[] {0b1101}, 0, 1, 1, sums, 0, 4);
        assertArrayEquals(new int[] {2, 0, -2, -2}, sums);
    }

    /** Kruskal's algorithm, written out: another than the one under test. */
    private static long minimum(long[] bits, int units, int width, boolean flips) {
        int[] part = new int[units];
        for (int i = 0; i < units; ++i) {
            part[i] = i;
        }
        long total = 0;
        for (int distance = 0; distance <= width; ++distance) {
            for (int a = 0; a < units; ++a) {
                for (int b = 0; b < a; ++b) {
                    int d = different(bits, width, a, b);
                    d = flips ? Math.min(d, width - d) : d;
                    if (d == distance && part[a] != part[b]) {
                        int old = part[a];
                        for (int i = 0; i < units; ++i) {
                            part[i] = part[i] == old ? part[b] : part[i];
                        }
                        total += distance;
                    }
                }
            }
        }
        return total;
    }

    @Property(tries = 60)
    void treesAreMinimalAndProductsTheSame(
            @ForAll @IntRange(min = 1, max = 24) int units,
            @ForAll @IntRange(min = 1, max = 150) int width,
            @ForAll @IntRange(min = 1, max = 6) int maxDepth,
            @ForAll boolean flips,
            @ForAll long seed) {
        long[] bits = weights(units, width, seed);
        long minimum = minimum(bits, units, width, flips);
        ReuseTree free = ReuseTree.of(bits, units, width, flips, units);
        assertEquals(minimum, free.totalDistance());
        assertEquals(width + minimum, free.operations());
        ReuseTree bounded = ReuseTree.of(bits, units, width, flips, maxDepth);
        assertTrue(bounded.depth() <= maxDepth, "depth " + bounded.depth());
        assertTrue(bounded.totalDistance() >= minimum);
        if (free.depth() <= maxDepth) {
            assertEquals(minimum, bounded.totalDistance());
        }
        int words = (width + 63) / 64;
        long[] x = weights(3, width, seed + 1);
        int[] expected = new int[3 * units];
        for (int row = 0; row < 3; ++row) {
            for (int unit = 0; unit < units; ++unit) {
                for (int k = 0; k < width; ++k) {
                    long a = x[row * words + k / 64] >>> k % 64 & 1;
                    long b = bits[unit * words + k / 64] >>> k % 64 & 1;
                    expected[row * units + unit] += a == b ? 1 : -1;
                }
            }
        }
        for (ReuseTree tree : new ReuseTree[] {free, bounded}) {
            int[] sums = new int[3 * units];
            new ReuseMatrix(bits, tree).multiply(x, 0, words, 3, sums, 0, units);
            assertArrayEquals(expected, sums);
        }
        BinaryMatrix plain = Kernels.get().binary(bits, units, width);
        int[] sums = new int[3 * units];
        plain.multiply(x, 0, words, 3, sums, 0, units);
        assertArrayEquals(expected, sums);
    }

    /** The root is the centre: no other root of the same tree would make it shallower. */
    @Property(tries = 30)
    void theRootIsTheCentre(@ForAll @IntRange(min = 2, max = 30) int units, @ForAll long seed) {
        ReuseTree tree = ReuseTree.of(weights(units, 90, seed), units, 90, true, units);
        int[][] steps = new int[units][units];
        for (int a = 0; a < units; ++a) {
            for (int b = 0; b < units; ++b) {
                steps[a][b] = a == b ? 0 : 1000;
            }
            if (tree.parent(a) >= 0) {
                steps[a][tree.parent(a)] = 1;
                steps[tree.parent(a)][a] = 1;
            }
        }
        for (int a = 0; a < units; ++a) {
            for (int b = 0; b < units; ++b) {
                if (steps[a][b] == 1) {
                    steps[b][a] = 1;
                }
            }
        }
        for (int via = 0; via < units; ++via) {
            for (int a = 0; a < units; ++a) {
                for (int b = 0; b < units; ++b) {
                    steps[a][b] = Math.min(steps[a][b], steps[a][via] + steps[via][b]);
                }
            }
        }
        int least = Integer.MAX_VALUE;
        for (int a = 0; a < units; ++a) {
            int depth = 0;
            for (int b = 0; b < units; ++b) {
                depth = Math.max(depth, steps[a][b]);
            }
            least = Math.min(least, depth);
        }
        assertEquals(least, tree.depth());
    }

    @Test
    void theFiguresOfRandomUnitsAndOfTwins() {
        ReuseTrial random = ReuseTrial.of(weights(256, 1024, 1), 256, 1024, 16);
        assertEquals(random.figures().plainWords(), random.figures().reuseWords());
        System.out.println("random units: " + random);
        // Somewhat under half of the products of unrelated units, as a nearest of many is nearer.
        double ratio = (double) random.tree().operations() / random.figures().plainProducts();
        assertTrue(ratio > 0.4 && ratio < 0.5, random::toString);
        long[] twins = new long[256 * 16];
        long[] first = weights(1, 1024, 2);
        for (int unit = 0; unit < 256; ++unit) {
            System.arraycopy(first, 0, twins, 16 * unit, 16);
            twins[16 * unit + unit % 16] ^= 1L << unit / 16;
        }
        ReuseTrial near = ReuseTrial.of(twins, 256, 1024, 16);
        assertEquals(1024 + 2 * 255, near.tree().operations(), near::toString);
        System.out.println("near units: " + near);
        assertTrue(near.figures().reuseWords() <= 16 + 2 * 255, near::toString);
        assertTrue(near.toString().startsWith(near.wins() ? "reuse kept" : "reuse refused"));
    }

    @Test
    void wrongArgumentsAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> ReuseTree.of(new long[3], 2, 64, true, 1));
        assertThrows(
                IllegalArgumentException.class, () -> ReuseTree.of(new long[2], 2, 64, true, 0));
    }
}
