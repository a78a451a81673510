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
