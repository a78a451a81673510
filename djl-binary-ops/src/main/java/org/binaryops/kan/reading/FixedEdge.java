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
