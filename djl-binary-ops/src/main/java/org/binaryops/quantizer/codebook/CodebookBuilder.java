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
package org.binaryops.quantizer.codebook;

/** Builds a {@link Codebook}. */
public final class CodebookBuilder {

    int size;
    int groups = 1;
    int topK = 1;
    Snap snap = Snap.INNER_PRODUCT;
    boolean sum;
    Objective objective = Objective.BASE;
    double commitment = .25;

    CodebookBuilder() {}

    /**
     * Sets the number of codes of each group.
     *
     * @param codes C, positive
     * @return this builder
     */
    public CodebookBuilder setCodes(int codes) {
        this.size = codes;
        return this;
    }

    /**
     * Sets how many codes stand for a vector; the default is 1.
     *
     * @param topK k, positive and at most C
     * @return this builder
     */
    public CodebookBuilder optTopK(int topK) {
        this.topK = topK;
        return this;
    }

    /**
     * Sets how vectors and codes are compared; the default is {@link Snap#INNER_PRODUCT}.
     *
     * @param snap the similarity
     * @return this builder
     */
    public CodebookBuilder optSnap(Snap snap) {
        this.snap = snap;
        return this;
    }

    /**
     * Takes the sum of the k codes, as the paper writes; the default is the mean.
     *
     * @param sum whether to sum
     * @return this builder
     */
    public CodebookBuilder optSum(boolean sum) {
        this.sum = sum;
        return this;
    }

    /**
     * Sets what the codes and the input learn from; the default is {@link Objective#BASE}, and all
     * others need a {@link ReconstructionLoss}.
     *
     * @param objective the objective
     * @return this builder
     */
    public CodebookBuilder optObjective(Objective objective) {
        this.objective = objective;
        return this;
    }

    /**
     * Sets the weight of the pull on the input in {@link Objective#VQVAE} and {@link
     * Objective#FULLAELOSS}; the default is 0.25.
     *
     * @param commitment β, finite and not negative
     * @return this builder
     */
    public CodebookBuilder optCommitment(double commitment) {
        this.commitment = commitment;
        return this;
    }

    /**
     * Cuts vectors into equal parts with codes of their own; the default is 1.
     *
     * @param groups the number of parts, a divisor of the width
     * @return this builder
     */
    public CodebookBuilder optGroups(int groups) {
        this.groups = groups;
        return this;
    }

    /**
     * Builds the codebook.
     *
     * @return a new codebook
     * @throws IllegalArgumentException if the number of codes was not set or another number is out
     *     of its range
     */
    public Codebook build() {
        require(size > 0, "codes must be positive, but was " + size + ".");
        require(groups > 0, "groups must be positive, but was " + groups + ".");
        require(
                topK > 0 && topK <= size,
                "topK must be in [1, " + size + "], but was " + topK + ".");
        require(
                commitment >= 0 && commitment < Double.POSITIVE_INFINITY,
                "commitment must be finite and not negative, but was " + commitment + ".");
        return new Codebook(this);
    }

    static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalArgumentException(message);
        }
    }
}
