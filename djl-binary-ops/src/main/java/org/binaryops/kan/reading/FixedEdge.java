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
package org.binaryops.kan.reading;

import java.util.Locale;
import org.binaryops.kan.Edge;
import org.binaryops.kan.symbolic.Suggestion;

/**
 * An edge that was fixed to a function.
 *
 * @param edge the edge
 * @param choice the function, how well it fits and how complex it is
 */
public record FixedEdge(Edge edge, Suggestion choice) {

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s = %s, r2 %.10f, complexity %.0f",
                edge,
                choice.function().name(),
                choice.fit().r2(),
                choice.function().complexity());
    }
}
