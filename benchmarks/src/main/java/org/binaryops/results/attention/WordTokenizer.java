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

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Words as numbers: 0 fills up, 1 is any rare word, the others are the most frequent words and
 * marks of the training texts. It is kept as a text file, a word a line.
 */
final class WordTokenizer {

    private static final int SPECIAL = 2;

    private final List<String> words;
    private final Map<String, Integer> numbers = new HashMap<>();

    private WordTokenizer(List<String> words) {
        this.words = words;
        for (int i = 0; i < words.size(); ++i) {
            numbers.put(words.get(i), i + SPECIAL);
        }
    }

    static WordTokenizer of(List<String> texts, int size) {
        Map<String, Integer> counts = new HashMap<>();
        for (String text : texts) {
            for (String word : split(text)) {
                counts.merge(word, 1, Integer::sum);
            }
        }
        Comparator<Map.Entry<String, Integer>> frequent = Map.Entry.comparingByValue();
        return new WordTokenizer(
                counts.entrySet().stream()
                        .sorted(frequent.reversed().thenComparing(Map.Entry.comparingByKey()))
                        .limit(size - SPECIAL)
                        .map(Map.Entry::getKey)
                        .toList());
    }

    static WordTokenizer read(Path file) throws IOException {
        return new WordTokenizer(Files.readAllLines(file, StandardCharsets.UTF_8));
    }

    void write(Path file) throws IOException {
        Files.write(file, words, StandardCharsets.UTF_8);
    }

    private static String[] split(String text) {
        String spaced = text.toLowerCase(Locale.ROOT).replaceAll("([^a-z0-9' ])", " $1 ");
        return spaced.trim().split(" +");
    }

    int size() {
        return words.size() + SPECIAL;
    }

    long[] encode(String text, int length) {
        long[] tokens = new long[length];
        String[] split = split(text);
        for (int i = 0; i < Math.min(length, split.length); ++i) {
            tokens[i] = numbers.getOrDefault(split[i], 1);
        }
        return tokens;
    }
}
