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
package org.binaryops.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

class GraphPropertiesTest {

    @Test
    void aPathHasItsClosedForms() {
        GraphProperties path =
                new GraphProperties(
                        GraphBatch.undirected(4, new int[] {0, 1, 2}, new int[] {1, 2, 3}));
        assertArrayEquals(new int[] {1, 0, 1, 2}, path.shortestPaths(1));
        assertArrayEquals(new int[] {3, 2, 2, 3}, path.eccentricities());
        assertEquals(3, path.diameter());
        assertTrue(path.isConnected());
        assertArrayEquals(
                new double[] {-1, -2, 2, 1}, path.laplacian(new double[] {1, 2, 5, 6}), 0);
        // 2·cos(π/5), the golden ratio.
        assertEquals((1 + Math.sqrt(5)) / 2, path.spectralRadius(), 1e-9);
        GraphProperties ring =
                new GraphProperties(RandomGraphs.of(RandomGraphs.Family.RING, 8, new Random(1)));
        assertEquals(2, ring.spectralRadius(), 1e-9);
        assertEquals(4, ring.diameter());
        GraphProperties parts =
                new GraphProperties(
                        GraphBatch.undirected(5, new int[] {0, 2, 3}, new int[] {1, 3, 4}));
        assertFalse(parts.isConnected());
        assertEquals(2, parts.diameter());
        assertArrayEquals(new int[] {0, 1, -1, -1, -1}, parts.shortestPaths(0));
    }

    @Test
    void familiesAreWhatTheirNamesSay() {
        for (RandomGraphs.Family family : RandomGraphs.Family.values()) {
            for (int seed = 0; seed < 20; ++seed) {
                int nodes = 4 + seed;
                GraphBatch graph = RandomGraphs.of(family, nodes, new Random(seed));
                assertEquals(nodes, graph.nodes());
                long loops = 0;
                for (int e = 0; e < graph.edges(); ++e) {
                    loops += graph.source()[e] == graph.target()[e] ? 1 : 0;
                }
                assertEquals(0, loops);
                GraphProperties properties = new GraphProperties(graph);
                switch (family) {
                    case TREE, CATERPILLAR -> {
                        assertEquals(2 * (nodes - 1), graph.edges());
                        assertTrue(properties.isConnected());
                    }
                    case RING, PREFERENTIAL_ATTACHMENT -> assertTrue(properties.isConnected());
                    case TWO_PARTS -> assertFalse(properties.isConnected());
                    default -> assertTrue(graph.edges() > 0);
                }
                GraphBatch again = RandomGraphs.of(family, nodes, new Random(seed));
                assertArrayEquals(graph.source(), again.source());
            }
        }
        assertThrows(IllegalArgumentException.class, () -> RandomGraphs.any(3, new Random(1)));
    }

    @Test
    void batchesPutGraphsSideBySide() {
        GraphBatch one = GraphBatch.undirected(3, new int[] {0}, new int[] {2});
        GraphBatch two = GraphBatch.of(2, new int[] {1}, new int[] {0});
        GraphBatch batch = GraphBatch.batch(List.of(one, two, one));
        assertEquals("GraphBatch(3 graphs, 8 nodes, 5 edges)", batch.toString());
        assertArrayEquals(new int[] {0, 2, 4, 5, 7}, batch.source());
        assertArrayEquals(new int[] {2, 0, 3, 7, 5}, batch.target());
        assertArrayEquals(new int[] {3, 2, 3}, batch.graphs().lengths());
        assertArrayEquals(new int[] {1, 0, 1, 1, 0, 1, 0, 1}, batch.incoming().lengths());
        assertEquals(13, batch.withLoops().edges());
        assertEquals(
                "GraphBatch: the target of edge 1 must be between 0 and 2, but is 3",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> GraphBatch.of(3, new int[] {0, 1}, new int[] {1, 3}))
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> GraphBatch.of(3, new int[] {0, 1}, new int[] {1}));
        assertEquals(5, Arrays.stream(batch.target()).count());
    }
}
