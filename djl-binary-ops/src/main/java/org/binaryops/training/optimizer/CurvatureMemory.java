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

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * The last m pairs of steps s and changes of the gradient y, and the inverse Hessian that they
 * stand for (Nocedal 1980; Nocedal and Wright, Numerical Optimization, algorithm 7.4).
 */
final class CurvatureMemory {

    /** A step, the change of the gradient over it and 1 / yᵀs. */
    private record Pair(double[] s, double[] y, double rho) {}

    private final int size;
    private final double leastCurvature;
    private final Deque<Pair> pairs = new ArrayDeque<>();
    private double diagonal = 1;

    /**
     * Creates an empty memory, whose inverse Hessian is the identity.
     *
     * @param size m
     * @param leastCurvature pairs with yᵀs at or below this are left out, so that the Hessian stays
     *     positive definite
     */
    CurvatureMemory(int size, double leastCurvature) {
        this.size = size;
        this.leastCurvature = leastCurvature;
    }

    void clear() {
        pairs.clear();
        diagonal = 1;
    }

    void add(double[] s, double[] y) {
        double ys = Vectors.dot(y, s);
        double yy = Vectors.dot(y, y);
        // Underflow of either product says nothing about curvature any more.
        if (!(ys > leastCurvature) || !(yy > 0) || Double.isInfinite(1 / ys)) {
            return;
        }
        if (pairs.size() == size) {
            pairs.removeFirst();
        }
        pairs.addLast(new Pair(s, y, 1 / ys));
        diagonal = ys / yy;
    }

    /** Returns −H g by the recursion of two loops. */
    double[] direction(double[] gradient) {
        double[] q = Vectors.times(-1, gradient);
        double[] alpha = new double[pairs.size()];
        int i = pairs.size();
        for (Iterator<Pair> newestFirst = pairs.descendingIterator(); newestFirst.hasNext(); ) {
            Pair pair = newestFirst.next();
            alpha[--i] = Vectors.dot(pair.s, q) * pair.rho;
            Vectors.add(q, -alpha[i], pair.y);
        }
        for (int j = 0; j < q.length; ++j) {
            q[j] *= diagonal;
        }
        for (Pair pair : pairs) {
            double beta = Vectors.dot(pair.y, q) * pair.rho;
            Vectors.add(q, alpha[i++] - beta, pair.s);
        }
        return q;
    }
}
