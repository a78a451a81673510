package org.binaryops.kan;

/**
 * The four numbers of an edge that is fixed to a function f: c·f(ax + b) + d.
 *
 * @param a the factor of the argument
 * @param b the shift of the argument
 * @param c the factor of the value
 * @param d the shift of the value
 */
public record Affine(double a, double b, double c, double d) {

    /** f itself. */
    public static final Affine IDENTITY = new Affine(1, 0, 1, 0);
}
