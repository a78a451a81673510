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
package org.binaryops.quantizer;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.binaryops.gradient.Temporaries;

/** A learned number for each channel that is added to an array before it is quantized. */
final class ChannelShift {

    private final String owner;
    private final int axis;
    private final Parameter parameter;

    /**
     * Creates a shift of zeros.
     *
     * @param owner the name of the quantizer, for messages
     * @param axis the channel axis; a negative one counts from the end
     */
    ChannelShift(String owner, int axis) {
        this.owner = owner;
        this.axis = axis;
        parameter =
                Parameter.builder()
                        .setName("shift")
                        .setType(Parameter.Type.OTHER)
                        .optInitializer(Initializer.ZEROS)
                        .build();
    }

    Parameter parameter() {
        return parameter;
    }

    int axis() {
        return axis;
    }

    /** Gives the parameter its shape. */
    void prepare(Shape input) {
        parameter.setShape(new Shape(input.get(channelAxis(input))));
    }

    /** Computes x + b, to be called where temporaries are freed. */
    NDArray added(ParameterStore store, NDArray x, boolean training) {
        NDArray b = Temporaries.parameter(store, parameter, x, training);
        Shape shape = x.getShape();
        int channelAxis = channelAxis(shape);
        if (shape.get(channelAxis) != b.size()) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s was initialized for %d channels, but got an input of shape %s with"
                                    + " its channels on axis %d.",
                            owner, b.size(), shape, channelAxis));
        }
        long[] broadcastable = new long[shape.dimension() - channelAxis];
        Arrays.fill(broadcastable, 1);
        broadcastable[0] = b.size();
        return x.add(b.reshape(broadcastable));
    }

    private int channelAxis(Shape shape) {
        int channelAxis = axis < 0 ? axis + shape.dimension() : axis;
        if (channelAxis < 0 || channelAxis >= shape.dimension()) {
            throw new IllegalArgumentException(
                    String.format(
                            "%s has its channels on axis %d, but got an input of shape %s.",
                            owner, axis, shape));
        }
        return channelAxis;
    }

    void save(DataOutputStream os) throws IOException {
        os.writeInt(axis);
    }

    void load(DataInputStream is) throws IOException, MalformedModelException {
        int saved = is.readInt();
        if (saved != axis) {
            throw new MalformedModelException(
                    String.format(
                            "%s: this quantizer has its channels on axis %d, but the file has them"
                                    + " on axis %d",
                            owner, axis, saved));
        }
    }
}
