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
package org.binaryops.monoid;

/**
 * The shape of the trees along which sets are folded. For an associative operator all give the same
 * result; how far they differ shows how far a learned one is from being associative.
 */
public enum TreeShape {
    /**
     * Neighbours in pairs, the last of an odd number carried: ⌈log₂ n⌉ levels. The shape for
     * inference and for speed.
     */
    BALANCED,
    /** ((x₀ ⊕ x₁) ⊕ x₂) ⊕ …: n − 1 levels, what a recurrent network does. */
    LEFT_TO_RIGHT,
    /**
     * A random tree for each set: at every level, walking along the nodes, a node is carried with
     * probability ¼ and otherwise combined with its right neighbour, so that every tree can occur;
     * about log₂ n / log₂ 1.75 levels, a quarter more than the balanced tree has. A means to train
     * an operator towards associativity.
     */
    RANDOM
}
