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
package org.binaryops.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;

import org.binaryops.gradient.Temporaries;
import org.binaryops.monoid.SegmentMath;

/**
 * Graph attention (Veličković et al., ICLR 2018): for each head with G/H features, over the edges u
 * → v and v itself,
 *
 * <pre>
 * α_uv = softmax over u of leakyRelu₀.₂(s·W·x_u + t·W·x_v),   x_v′ = Σ α_uv · W·x_u + b
 * </pre>
 *
 * <p>and the heads side by side. The parameters beside W and b are {@code source} and {@code
 * target}, [H, G/H].
 */
public final class GatLayer extends GraphLayer {

    private static final byte VERSION = 1;

    private final int heads;
    private final Parameter source = addParameter(attention("source"));
    private final Parameter target = addParameter(attention("target"));
    private final Parameter bias =
            addParameter(Parameter.builder().setName("bias").setType(Parameter.Type.BIAS).build());
    private final Linear linear;

    /**
     * Creates a layer.
     *
     * @param outputs G
     * @param heads H, which must divide G
     * @throws IllegalArgumentException if it does not
     */
    public GatLayer(int outputs, int heads) {
        super(VERSION, outputs);
        if (heads < 1 || outputs % heads != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            "GatLayer: the number of heads must divide the outputs, but there are"
                                    + " %d heads and %d outputs",
                            heads, outputs));
        }
        this.heads = heads;
        linear = Linear.builder().setUnits(outputs).optBias(false).build();
        addChildBlock("linear", linear);
    }

    private static Parameter attention(String name) {
        return Parameter.builder().setName(name).setType(Parameter.Type.WEIGHT).build();
    }

    /** {@inheritDoc} */
    @Override
    protected NDArray layer(
            ParameterStore store, NDArray nodes, GraphBatch graph, boolean training) {
        NDArray s = Temporaries.parameter(store, source, nodes, training);
        NDArray t = Temporaries.parameter(store, target, nodes, training);
        NDArray b = Temporaries.parameter(store, bias, nodes, training);
        GraphBatch looped = graph.withLoops();
        long width = outputs() / heads;
        NDArray mapped = linear.forward(store, new NDList(nodes), training).get(0);
        NDArray byHead = mapped.reshape(-1, heads, width);
        NDArray ofSource = byHead.mul(s).sum(new int[] {2});
        NDArray ofTarget = byHead.mul(t).sum(new int[] {2});
        NDArray scores =
                SegmentMath.gather(ofSource, looped.source())
                        .add(SegmentMath.gather(ofTarget, looped.target()));
        NDArray alpha = SegmentMath.softmax(Activation.leakyRelu(scores, 0.2f), looped.incoming());
        NDArray messages =
                SegmentMath.gather(mapped, looped.source())
                        .reshape(-1, heads, width)
                        .mul(alpha.expandDims(2))
                        .reshape(-1, outputs());
        return SegmentMath.sum(messages, looped.incoming()).add(b);
    }

    /** {@inheritDoc} */
    @Override
    protected void prepare(Shape[] inputShapes) {
        source.setShape(new Shape(heads, outputs() / heads));
        target.setShape(new Shape(heads, outputs() / heads));
        bias.setShape(new Shape(outputs()));
    }

    /** {@inheritDoc} */
    @Override
    protected void initializeChildBlocks(
            NDManager manager, DataType dataType, Shape... inputShapes) {
        linear.initialize(manager, dataType, inputShapes);
    }
}
