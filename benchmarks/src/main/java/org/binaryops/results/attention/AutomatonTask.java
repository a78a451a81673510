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
package org.binaryops.results.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import ai.djl.training.listener.TrainingListener;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.binaryops.attention.TokenTransformer;
import org.binaryops.quantizer.codebook.Codebook;
import org.binaryops.quantizer.codebook.ReconstructionLoss;

/**
 * The finite automaton of Tamkin et al., "Codebook Features", ICML 2024, in a small form: 50
 * states, each with 5 random successors and written as two digits. A model reads 8 states and
 * samples the next; the figure is the share of its transitions that exist, 10 % by chance.
 */
final class AutomatonTask extends Task {

    private static final int STATES = 50;
    private static final int SUCCESSORS = 5;
    private static final int DIGITS = 10;
    private static final int GIVEN = 16;
    private static final int SAMPLED = 400;
    private static final int LLOYD = 10;
    private static final String CODEBOOKS = "+codes";

    private final int[][] successors = new int[STATES][];

    private final CodebookOptions codebooks;

    AutomatonTask(RunOptions options, CodebookOptions codebooks) {
        super(options);
        this.codebooks = codebooks;
        Random random = new Random(5);
        for (int i = 0; i < STATES; ++i) {
            successors[i] = random.ints(0, STATES).distinct().limit(SUCCESSORS).toArray();
        }
    }

    @Override
    String metric() {
        return "transition accuracy";
    }

    @Override
    void prepare() {
        if (options.length < GIVEN + 2) {
            throw new IllegalArgumentException(
                    "length must be at least " + (GIVEN + 2) + ", but was " + options.length + ".");
        }
    }

    @Override
    Block model(String method) {
        boolean codes = method.endsWith(CODEBOOKS);
        String base = codes ? method.substring(0, method.length() - CODEBOOKS.length()) : method;
        TokenTransformer.Builder builder =
                common(TokenTransformer.builder(), base)
                        .setVocabulary(DIGITS)
                        .setMaxLength(options.length)
                        .setClasses(DIGITS)
                        .optCausal(true)
                        .optPerToken(true)
                        .optNormFirst(true);
        if (codes) {
            builder.optAttentionOutput(codebooks::codebook)
                    .optFeedForwardOutput(codebooks::codebook);
        }
        return builder.build();
    }

    @Override
    NDArray objective(Block net, NDArray loss) {
        return ReconstructionLoss.add(net, loss);
    }

    /** Without it, most codes are never used. */
    @Override
    List<TrainingListener> listeners() {
        return List.of(codebooks.replacement());
    }

    /** Codes that the control does not have start from what its layers give. */
    @Override
    void started(Block net) {
        if (net instanceof Codebook codebook) {
            codebook.requestInitialization(LLOYD);
        }
        net.getChildren().values().forEach(this::started);
    }

    private long[] walk(Random random, int digits) {
        long[] walk = new long[digits];
        int state = random.nextInt(STATES);
        for (int i = 0; i < digits; i += 2) {
            walk[i] = state / DIGITS;
            if (i + 1 < digits) {
                walk[i + 1] = state % DIGITS;
            }
            state = successors[state][random.nextInt(SUCCESSORS)];
        }
        return walk;
    }

    @Override
    NDList sample(NDManager manager, Random random) {
        int length = options.length;
        long[] x = new long[options.batch * length];
        float[] y = new float[x.length];
        for (int b = 0; b < options.batch; ++b) {
            long[] walk = walk(random, length + 1);
            for (int i = 0; i < length; ++i) {
                x[b * length + i] = walk[i];
                y[b * length + i] = walk[i + 1];
            }
        }
        Shape shape = new Shape(options.batch, length);
        return new NDList(manager.create(x, shape), manager.create(y, shape));
    }

    @Override
    double score(Trainer trainer, Random random) {
        long[][] walks = new long[SAMPLED][];
        for (int i = 0; i < SAMPLED; ++i) {
            long[] given = walk(random, GIVEN);
            walks[i] = java.util.Arrays.copyOf(given, GIVEN + 2);
        }
        for (int digit = GIVEN; digit < GIVEN + 2; ++digit) {
            try (NDManager manager = trainer.getManager().newSubManager()) {
                long[] x = new long[SAMPLED * digit];
                for (int i = 0; i < x.length; ++i) {
                    x[i] = walks[i / digit][i % digit];
                }
                NDList in = new NDList(manager.create(x, new Shape(SAMPLED, digit)));
                NDArray logits = trainer.evaluate(in).head().get(new NDIndex(":, -1"));
                float[] p = logits.softmax(1).toFloatArray();
                for (int i = 0; i < SAMPLED; ++i) {
                    walks[i][digit] = draw(p, i * DIGITS, random);
                }
            }
        }
        int right = 0;
        for (long[] walk : walks) {
            int from = (int) (walk[GIVEN - 2] * DIGITS + walk[GIVEN - 1]);
            int to = (int) (walk[GIVEN] * DIGITS + walk[GIVEN + 1]);
            right += IntStream.of(successors[from]).anyMatch(s -> s == to) ? 1 : 0;
        }
        return (double) right / SAMPLED;
    }

    private static int draw(float[] p, int from, Random random) {
        double left = random.nextDouble();
        for (int i = 0; i < DIGITS - 1; ++i) {
            left -= p[from + i];
            if (left < 0) {
                return i;
            }
        }
        return DIGITS - 1;
    }
}
