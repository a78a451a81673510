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
package org.binaryops.nn;

import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.ConstantInitializer;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.binaryops.gradient.Temporaries;

/**
 * The activation function RPReLU, a PReLU that learns for each channel where its kink lies (Liu et
 * al., "ReActNet: Towards Precise Binary Neural Network with Generalized Activation Functions",
 * ECCV 2020).
 *
 * <p>$$y = \mathrm{PReLU}_{a_c}(x + b_c) + d_c, \quad \mathrm{PReLU}_a(z) = \max(z, 0) + a \,
 * \min(z, 0)$$
 *
 * <p>At z = 0 the derivative to z is a, as PyTorch has it. The shifts b and d start at 0, the slope
 * a at 0.25. (The paper writes x − γ<sub>c</sub>; b is −γ.)
 *
 * <p>Shapes:
 *
 * <ul>
 *   <li>input x: [batch, channels, ...]; the output has the same
 *   <li>inner shift b, slope a, outer shift d: [channels]
 * </ul>
 */
public final class RPReLU extends AbstractBlock {

    private static final byte VERSION = 1;

    private final Parameter innerShift;
    private final Parameter slope;
    private final Parameter outerShift;

    /** Creates a block; the number of channels is that of its input. */
    public RPReLU() {
        super(VERSION);
        innerShift = addParameter(parameter("innerShift", Initializer.ZEROS));
        slope = addParameter(parameter("slope", new ConstantInitializer(0.25f)));
        outerShift = addParameter(parameter("outerShift", Initializer.ZEROS));
    }

    private static Parameter parameter(String name, Initializer initializer) {
        return Parameter.builder()
                .setName(name)
                .setType(Parameter.Type.OTHER)
                .optInitializer(initializer)
                .build();
    }

    /** {@inheritDoc} */
    @Override
    protected NDList forwardInternal(
            ParameterStore parameterStore,
            NDList inputs,
            boolean training,
            PairList<String, Object> params) {
        NDArray x = inputs.singletonOrThrow();
        long channels = channels(x.getShape());
        if (channels != slope.getShape().size()) {
            throw new IllegalArgumentException(
                    String.format(
                            "RPReLU was initialized for %d channels, but got an input of shape %s.",
                            slope.getShape().size(), x.getShape()));
        }
        return new NDList(
                Temporaries.freed(
                        x.getManager(),
                        () -> {
                            NDArray b = perChannel(parameterStore, innerShift, x, training);
                            NDArray a = perChannel(parameterStore, slope, x, training);
                            NDArray d = perChannel(parameterStore, outerShift, x, training);
                            NDArray z = x.add(b);
                            NDArray positive = z.getNDArrayInternal().relu();
                            return positive.add(z.sub(positive).mul(a)).add(d);
                        }));
    }

    private static NDArray perChannel(
            ParameterStore store, Parameter parameter, NDArray x, boolean training) {
        long[] shape = new long[x.getShape().dimension() - 1];
        Arrays.fill(shape, 1);
        shape[0] = parameter.getShape().size();
        return Temporaries.parameter(store, parameter, x, training).reshape(shape);
    }

    private static long channels(Shape input) {
        if (input.dimension() < 2) {
            throw new IllegalArgumentException(
                    "RPReLU takes an input of shape [batch, channels, ...], but got "
                            + input
                            + ".");
        }
        return input.get(1);
    }

    /** {@inheritDoc} */
    @Override
    public Shape[] getOutputShapes(Shape[] inputShapes) {
        return inputShapes;
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        Shape shape = new Shape(channels(inputShapes[0]));
        innerShift.setShape(shape);
        slope.setShape(shape);
        outerShift.setShape(shape);
    }

    /** {@inheritDoc} */
    @Override
    protected void loadMetadata(byte loadVersion, DataInputStream is)
            throws IOException, MalformedModelException {
        super.loadMetadata(loadVersion, is);
        // DJL restores the shapes only, and describeInput() asks for names too.
        inputNames = List.of("data0");
    }
}
