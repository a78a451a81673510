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
package org.binaryops.training.optimizer;

/** The few operations on vectors that the optimizers need. */
final class Vectors {

    private Vectors() {}

    static double dot(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; ++i) {
            sum += p[i] * q[i];
        }
        return sum;
    }

    static double greatest(double[] p) {
        double most = 0;
        for (double value : p) {
            most = Math.max(most, Math.abs(value));
        }
        return most;
    }

    static double sumOfMagnitudes(double[] p) {
        double sum = 0;
        for (double value : p) {
            sum += Math.abs(value);
        }
        return sum;
    }

    /** p += factor · q. */
    static void add(double[] p, double factor, double[] q) {
        for (int i = 0; i < p.length; ++i) {
            p[i] += factor * q[i];
        }
    }

    static double[] times(double factor, double[] q) {
        double[] product = new double[q.length];
        add(product, factor, q);
        return product;
    }

    static double[] difference(double[] p, double[] q) {
        double[] difference = p.clone();
        add(difference, -1, q);
        return difference;
    }
}
