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

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The usual last operation: turns C accumulators into C floats by one or more stages \(y_c = s_c
 * x_c + b_c\) in float32.
 *
 * <p>A stage either rounds the product and the sum, as separate operations of an engine do, or only
 * the sum, as a fused multiply-add does. Which of the two an engine does can so be repeated to the
 * last bit.
 */
public final class AffineOutput extends Operation {

    static final int CODE = 4;

    private final int channels;
    private final List<Stage> stages;

    private AffineOutput(int channels, List<Stage> stages) {
        this.channels = channels;
        this.stages = List.copyOf(stages);
    }

    /**
     * Creates the operation with one stage.
     *
     * @param scale the factors, one per channel, finite
     * @param bias the summands, one per channel, finite; −0 leaves every product as it is
     * @param fused whether the product is added before it is rounded
     * @return the operation
     * @throws IllegalArgumentException if the lengths differ or a number is not finite
     */
    public static AffineOutput of(float[] scale, float[] bias, boolean fused) {
        int channels = ValueType.checkWidth("channels", scale.length);
        return new AffineOutput(channels, List.of()).then(scale, bias, fused);
    }

    /**
     * Returns this operation with a further stage, which is applied to the result of the others.
     *
     * @param scale the factors, one per channel, finite
     * @param bias the summands, one per channel, finite; −0 leaves every product as it is
     * @param fused whether the product is added before it is rounded
     * @return a new operation
     * @throws IllegalArgumentException if a length differs or a number is not finite
     */
    public AffineOutput then(float[] scale, float[] bias, boolean fused) {
        if (scale.length != channels || bias.length != channels) {
            throw new IllegalArgumentException(
                    "expected "
                            + channels
                            + " scales and biases, but got "
                            + scale.length
                            + " and "
                            + bias.length);
        }
        for (int c = 0; c < channels; ++c) {
            if (!Float.isFinite(scale[c]) || !Float.isFinite(bias[c])) {
                throw new IllegalArgumentException(
                        "scale and bias must be finite, but those of channel "
                                + c
                                + " are "
                                + scale[c]
                                + " and "
                                + bias[c]);
            }
        }
        List<Stage> longer = new ArrayList<>(stages);
        longer.add(Stage.affine(scale, bias, fused));
        return new AffineOutput(channels, longer);
    }

    /**
     * Returns the number of outputs.
     *
     * @return the number of outputs, C
     */
    public int channels() {
        return channels;
    }

    @Override
    boolean isOutput() {
        return true;
    }

    @Override
    int code() {
        return CODE;
    }

    @Override
    ValueType output(List<ValueType> inputs) {
        ValueType input = single(inputs);
        input.require(ValueType.Kind.ACCUMULATORS, channels, "AffineOutput");
        return input.with(ValueType.Kind.FLOATS, channels, 0);
    }

    @Override
    void run(Scratch scratch, int[] in, int out, int rows) {
        int[] from = scratch.accumulators[in[0]];
        float[] floats = scratch.floats[out];
        int to = scratch.offset[out];
        int positions = rows * scratch.types[in[0]].positions();
        for (int i = 0; i < positions * channels; ++i) {
            floats[to + i] = from[i];
        }
        for (int s = 0; s < stages.size(); ++s) {
            stages.get(s).apply(floats, to, positions * channels);
        }
    }

    private static long stageBytes(int channels) {
        return 8 + 2 * padded(4L * channels);
    }

    @Override
    long bodyBytes() {
        return 8 + stages.size() * stageBytes(channels);
    }

    @Override
    void write(ByteBuffer body) {
        body.putInt(channels).putInt(stages.size());
        for (Stage stage : stages) {
            body.putInt(stage.kind() == Stage.Kind.FUSED_AFFINE ? 1 : 0).putInt(0);
            for (float[] values : new float[][] {stage.first(), stage.second()}) {
                for (float value : values) {
                    body.putFloat(value);
                }
                body.position((int) padded(body.position()));
            }
        }
    }

    static AffineOutput read(BodyReader body) throws PackedFormatException {
        int channels = body.width("channels");
        int stages = body.width("stages");
        body.expect(8 + stages * stageBytes(channels));
        AffineOutput result = new AffineOutput(channels, List.of());
        List<Stage> all = new ArrayList<>();
        for (int s = 0; s < stages; ++s) {
            boolean fused = body.flag("fused");
            body.zero();
            float[] scale = body.floats(channels);
            // then() checks the numbers; the stages are gathered here so that many stay linear
            all.addAll(result.then(scale, body.floats(channels), fused).stages);
        }
        return new AffineOutput(channels, all);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "AffineOutput       "
                + channels
                + " outputs"
                + (stages.size() == 1 ? "" : ", " + stages.size() + " stages");
    }
}
