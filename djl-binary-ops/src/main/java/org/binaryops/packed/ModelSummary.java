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
package org.binaryops.packed;

import java.util.List;
import java.util.Locale;

/** The text that describes a model. */
final class ModelSummary {

    private ModelSummary() {}

    static String of(Program program, ReuseTrials trials, long length) {
        StringBuilder text = new StringBuilder();
        text.append("packed model: ")
                .append(program.inputs())
                .append(" features -> ")
                .append(program.outputs())
                .append(program.outputs() == 1 ? " output\n" : " outputs\n");
        long weights = 0;
        long products = 0;
        long floats = 0;
        List<Step> steps = program.steps();
        for (int i = 0; i < steps.size(); ++i) {
            Operation operation = steps.get(i).operation();
            weights += operation.binaryWeights();
            products += operation.binaryProducts();
            floats += operation.floatProducts();
            List<Integer> reads = steps.get(i).inputs();
            text.append(
                    String.format(
                            Locale.ROOT,
                            "%3d  %s, %,d bytes%s%s\n",
                            i,
                            operation,
                            operation.bodyBytes(),
                            reads.equals(List.of(i)) ? "" : ", of " + sources(reads),
                            trials.of(i) == null ? "" : "; " + trials.of(i)));
        }
        text.append(
                String.format(
                        Locale.ROOT,
                        "%,d binary weights, %s multiply-adds per row;"
                                + " file of %,d bytes (%,d as float weights)\n",
                        weights,
                        products == weights && floats == 0
                                ? "as many binary"
                                : String.format(
                                        Locale.ROOT, "%,d binary and %,d other", products, floats),
                        length,
                        4 * weights));
        return text.toString();
    }

    private static String sources(List<Integer> reads) {
        StringBuilder text = new StringBuilder();
        for (int value : reads) {
            text.append(text.length() == 0 ? "" : " and ")
                    .append(value == 0 ? "the input" : String.valueOf(value - 1));
        }
        return text.toString();
    }
}
