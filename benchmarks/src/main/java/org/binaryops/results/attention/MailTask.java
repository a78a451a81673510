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

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.training.Trainer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.binaryops.attention.TokenTransformer;

/** Which mails are spam; the last fifth of them is held out. */
final class MailTask extends Task {

    private static final int VOCABULARY = 2000;

    private final List<long[]> tokens = new ArrayList<>();
    private final List<Float> labels = new ArrayList<>();
    private int train;
    private int vocabulary;

    MailTask(RunOptions options) {
        super(options);
    }

    @Override
    String metric() {
        return "accuracy";
    }

    @Override
    void prepare() throws IOException {
        List<String> texts = new ArrayList<>();
        for (String line : Texts.read(options.texts, "mails.tsv.gz").split("\n")) {
            labels.add(line.charAt(0) == '1' ? 1f : 0f);
            texts.add(line.substring(2));
        }
        train = texts.size() * 4 / 5;
        WordTokenizer tokenizer = WordTokenizer.of(texts.subList(0, train), VOCABULARY);
        tokenizer.write(options.output.resolve("vocabulary.txt"));
        vocabulary = tokenizer.size();
        texts.forEach(text -> tokens.add(tokenizer.encode(text, options.length)));
    }

    @Override
    Block model(String method) {
        return common(TokenTransformer.builder(), method)
                .setVocabulary(vocabulary)
                .setMaxLength(options.length)
                .setClasses(2)
                .optPadding(0)
                .optDropout(.1f)
                .build();
    }

    @Override
    NDList sample(NDManager manager, Random random) {
        int[] at = random.ints(options.batch, 0, train).toArray();
        return batch(manager, at);
    }

    private NDList batch(NDManager manager, int[] at) {
        long[] x = new long[at.length * options.length];
        float[] y = new float[at.length];
        for (int i = 0; i < at.length; ++i) {
            System.arraycopy(tokens.get(at[i]), 0, x, i * options.length, options.length);
            y[i] = labels.get(at[i]);
        }
        return new NDList(
                manager.create(x, new Shape(at.length, options.length)), manager.create(y));
    }

    @Override
    double score(Trainer trainer, Random random) {
        return accuracy(trainer, train, tokens.size(), this::batch);
    }
}
