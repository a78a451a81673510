/**
 * Learnable commutative monoids: aggregation of sets and multisets by a learned binary operator.
 *
 * <p>Sum, mean and maximum fold a set with a fixed commutative monoid; what they cannot express,
 * the rest of the network has to make up for. Here the operation itself is learned: {@link
 * org.binaryops.monoid.LcmAggregator} folds the elements of every set of a batch along a balanced
 * tree ({@link org.binaryops.monoid.TreeReduction}) with a {@link
 * org.binaryops.monoid.BinaryOperator}, in ⌈log₂ n⌉ batched calls where a recurrent network needs n
 * steps. {@link org.binaryops.monoid.Symmetrized} makes any operator exactly commutative, absent
 * elements are exact identities, and {@link org.binaryops.monoid.MonoidLaws} measures how far a
 * learned operator is from being associative.
 *
 * <p>Sets come padded, as arrays [B, n, F], or ragged, as arrays [N, F] with {@link
 * org.binaryops.monoid.Segments}; what aggregates them is a {@link
 * org.binaryops.monoid.SetAggregator}: the learned monoid, fixed statistics, attention, principal
 * neighbourhood aggregation, a recurrent fold or Deep Sets.
 *
 * <p>Method: Ong and Veličković, "Learnable Commutative Monoids for Graph Neural Networks", LoG
 * 2022 (PMLR 198).
 */
package org.binaryops.monoid;
