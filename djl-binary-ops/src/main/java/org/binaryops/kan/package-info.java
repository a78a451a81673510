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
