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
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import java.io.IOException;
import java.util.Random;
import org.binaryops.attention.SpikeGpt;
import org.binaryops.attention.TokenTransformer;

/** The next character of a novel; its last tenth is held out. */
final class CharacterTask extends Task {

    /** What this task has besides the methods. */
    static final String SPIKEGPT = "spikegpt";

    /** Larger than the published 0.01, which small models take long to leave. */
    private static final float DEVIATION = .1f;

    private static final int TESTED = 16;

    private long[] text;
    private int train;
    private String alphabet;

    CharacterTask(RunOptions options) {
        super(options);
    }

    @Override
    String metric() {
        return "bits per character";
    }

    @Override
    void prepare() throws IOException {
        String read = Texts.read(options.texts, "moby-dick.txt.gz");
        StringBuilder letters = new StringBuilder();
        read.chars().distinct().sorted().forEach(c -> letters.append((char) c));
        alphabet = letters.toString();
        text = read.chars().mapToLong(alphabet::indexOf).toArray();
        train = text.length * 9 / 10;
    }

    @Override
    Block model(String method) {
        if (SPIKEGPT.equals(method)) {
            return new SpikeGpt(alphabet.length(), options.units, options.layers, .03f, DEVIATION);
        }
        return common(TokenTransformer.builder(), method)
                .setVocabulary(alphabet.length())
                .setMaxLength(options.length)
                .setClasses(alphabet.length())
                .optCausal(true)
                .optPerToken(true)
                .optNormFirst(true)
                .build();
    }

    @Override
    NDList sample(NDManager manager, Random random) {
        return batch(manager, random.ints(options.batch, 0, train - options.length).toArray());
    }

    private NDList batch(NDManager manager, int[] from) {
        int length = options.length;
        long[] x = new long[from.length * length];
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; ++i) {
            int at = from[i / length] + i % length;
            x[i] = text[at];
            y[i] = text[at + 1];
        }
        Shape shape = new Shape(from.length, length);
        return new NDList(manager.create(x, shape), manager.create(y, shape));
    }

    @Override
    double score(Trainer trainer, Random random) {
        double sum = 0;
        for (int i = 0; i < TESTED; ++i) {
            int[] from =
                    random.ints(options.batch, train, text.length - options.length - 1).toArray();
            try (NDManager manager = trainer.getManager().newSubManager()) {
                NDList batch = batch(manager, from);
                NDArray logits = trainer.evaluate(new NDList(batch.get(0))).head();
                sum += loss(logits, batch.get(1)).getFloat() / Math.log(2) / TESTED;
            }
        }
        return sum;
    }
}
