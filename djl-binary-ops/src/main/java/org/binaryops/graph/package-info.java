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
/**
 * Message passing on plain arrays: graphs as edge lists, layers that gather, aggregate by any
 * {@link org.binaryops.monoid.SetAggregator} and update, and synthetic tasks to compare
 * aggregators.
 *
 * <p>A neighbourhood is a set, and so are the nodes of a graph: what the package {@code monoid}
 * does with sets is all that a layer and a readout need. Batching graphs means to put them side by
 * side in one {@link org.binaryops.graph.GraphBatch}.
 */
package org.binaryops.graph;
