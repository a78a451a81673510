/**
 * Kolmogorov–Arnold networks: layers whose edges carry learnable functions of one variable, and
 * whose nodes only add.
 *
 * <p>{@link org.binaryops.kan.KanLinear} is the layer of Liu et al., "KAN: Kolmogorov–Arnold
 * Networks" (ICLR 2025, arXiv 2404.19756). What its edges are made of is a {@link
 * org.binaryops.kan.Basis}: B-splines on a grid ({@link org.binaryops.kan.BSplineBasis}) in the
 * original method, other families of functions in its many successors. A basis turns each input
 * feature into the values of its functions; everything after that is one matrix product, or one
 * convolution ({@link org.binaryops.kan.KanConv1d}, {@link org.binaryops.kan.KanConv2d}), so a new
 * member of the family is one new basis. Over a {@link org.binaryops.kan.BasisPool} each edge
 * selects its own. {@link org.binaryops.kan.AfKanLinear} stands apart: it reduces the functions
 * before it mixes the features.
 */
package org.binaryops.kan;
