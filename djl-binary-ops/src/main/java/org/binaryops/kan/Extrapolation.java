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
package org.binaryops.kan;

/**
 * What a spline does outside its grid [a, b].
 *
 * <p>On the closed interval [a, b] the choices agree in value. At the ends a and b their derivative
 * is that from inside.
 */
public enum Extrapolation {

    /**
     * The spline goes on along its tangent: B(c) + B′(c)(x − c), where c is the nearer end of the
     * grid. The values keep the sum 1, and an input that has left the grid still gets a gradient
     * that can bring it back. For splines of order 0, which have no slope, this is {@link #CLAMP}.
     */
    LINEAR,

    /** The spline keeps the value of the nearer end, and its derivative is 0. */
    CLAMP,

    /**
     * The published form (pykan, efficient-kan): the basis functions of the grid run out over the k
     * knots beyond each end and are 0 farther out. The sum of their values falls from 1 to 0 there.
     */
    ZERO
}
