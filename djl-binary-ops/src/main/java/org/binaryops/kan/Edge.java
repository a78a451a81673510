package org.binaryops.kan;

/**
 * The place of an edge in a network, in pykan's order.
 *
 * @param layer the layer, from 0
 * @param input the node that it leaves, from 0
 * @param output the subnode that it ends in, from 0
 */
public record Edge(int layer, int input, int output) {

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "(" + layer + ", " + input + ", " + output + ")";
    }
}
