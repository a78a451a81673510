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
package org.binaryops.benchmarks;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;

import org.binaryops.network.BinaryMethod;
import org.binaryops.network.ResNet;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.PackedSession;
import org.binaryops.packed.compiler.PackedCompiler;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Prediction of one image of 32×32 pixels by a ResNet-18 in the form for small images: in float and
 * binarized (Bi-Real, first and last layer in float) in DJL, in float and in 8 bits in ONNX
 * Runtime, and packed. All run on one thread.
 *
 * <p>The networks of ONNX Runtime are files that {@code benchmarks/peers/export_onnx.py} writes;
 * the system property {@code onnx} names another folder than {@code benchmarks/target/onnx}. They
 * have the 1×1 convolutions in three shortcuts that the networks here do without, 2 per cent of the
 * multiplications.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {
            "--add-modules=jdk.incubator.vector",
            "-Dai.djl.pytorch.num_threads=1",
            "-Dai.djl.pytorch.num_interop_threads=1"
        })
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ResNet18Inference {

    private static final Shape IMAGE = new Shape(1, 3, 32, 32);
    private static final float TOLERANCE = 1e-4f;

    private final NDManager manager = NDManager.newBaseManager();
    private final Model[] models = new Model[2];
    private final float[] logits = new float[10];
    private Predictor<NDList, NDList> real;
    private Predictor<NDList, NDList> binary;
    private PackedSession packed;
    private float[] pixels;

    /** For JMH. */
    public ResNet18Inference() {}

    /**
     * Builds the networks, and checks that packed and binarized agree.
     *
     * @throws TranslateException if DJL fails
     */
    @Setup
    public void setUp() throws TranslateException {
        real = predictor(0, "float");
        binary = predictor(1, "bireal");
        PackedModel model = PackedCompiler.compile(models[1].getBlock(), IMAGE);
        packed = model.newSession();
        int close = 0;
        for (int i = 0; i < 4; ++i) {
            pixels = manager.randomUniform(0, 1, IMAGE).toFloatArray();
            float[] trained = predict(binary);
            packed.predict(pixels, logits);
            float largest = 0;
            float error = 0;
            for (int c = 0; c < logits.length; ++c) {
                largest = Math.max(largest, Math.abs(trained[c]));
                error = Math.max(error, Math.abs(trained[c] - logits[c]));
            }
            close += error <= TOLERANCE * largest ? 1 : 0;
        }
        // A value within rounding of its threshold may move the logits of an image.
        if (close < 3) {
            throw new IllegalStateException("packed and binarized networks disagree");
        }
    }

    private Predictor<NDList, NDList> predictor(int at, String method) {
        Block block = ResNet.resnet18(BinaryMethod.named(method), 10);
        block.initialize(manager, DataType.FLOAT32, IMAGE);
        // As after loading for prediction: no gradient is wanted.
        block.freezeParameters(true);
        models[at] = Model.newInstance("model");
        models[at].setBlock(block);
        return models[at].newPredictor(new NoopTranslator());
    }

    /** Frees the native memory. */
    @TearDown
    public void tearDown() {
        real.close();
        binary.close();
        for (Model model : models) {
            model.close();
        }
        manager.close();
    }

    private float[] predict(Predictor<NDList, NDList> predictor) throws TranslateException {
        try (NDArray x = manager.create(pixels, IMAGE)) {
            NDList y = predictor.predict(new NDList(x));
            float[] result = y.singletonOrThrow().toFloatArray();
            y.close();
            return result;
        }
    }

    /**
     * The float network through a DJL predictor.
     *
     * @return the logits
     * @throws TranslateException if DJL fails
     */
    @Benchmark
    public float[] djlFloat() throws TranslateException {
        return predict(real);
    }

    /**
     * The binarized network through a DJL predictor.
     *
     * @return the logits
     * @throws TranslateException if DJL fails
     */
    @Benchmark
    public float[] djlBinary() throws TranslateException {
        return predict(binary);
    }

    /**
     * The packed network.
     *
     * @return the logits
     */
    @Benchmark
    public float[] packed() {
        return packed.predict(pixels, logits);
    }

    /**
     * The float network in ONNX Runtime.
     *
     * @param peer the session
     * @return the logits
     * @throws OrtException if ONNX Runtime fails
     */
    @Benchmark
    public float[] onnxRuntimeFloat(OnnxResNet peer) throws OrtException {
        return peer.predict(peer.real);
    }

    /**
     * The network of 8-bit weights and activations in ONNX Runtime.
     *
     * @param peer the session
     * @return the logits
     * @throws OrtException if ONNX Runtime fails
     */
    @Benchmark
    public float[] onnxRuntimeInt8(OnnxResNet peer) throws OrtException {
        return peer.predict(peer.integer);
    }

    /** The network in ONNX Runtime, on one thread. */
    @State(Scope.Benchmark)
    public static class OnnxResNet {

        private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
        private final float[] logits = new float[10];
        private OrtSession real;
        private OrtSession integer;
        private FloatBuffer pixels;

        /** For JMH. */
        public OnnxResNet() {}

        /**
         * Loads the files.
         *
         * @param benchmark has the image
         * @throws OrtException if ONNX Runtime fails
         */
        @Setup
        public void setUp(ResNet18Inference benchmark) throws OrtException {
            String folder = System.getProperty("onnx", "benchmarks/target/onnx");
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            real = environment.createSession(folder + "/resnet18.onnx", options);
            integer = environment.createSession(folder + "/resnet18-int8.onnx", options);
            pixels =
                    ByteBuffer.allocateDirect(4 * benchmark.pixels.length)
                            .order(ByteOrder.nativeOrder())
                            .asFloatBuffer();
            pixels.put(benchmark.pixels).rewind();
        }

        private float[] predict(OrtSession session) throws OrtException {
            try (OnnxTensor x = OnnxTensor.createTensor(environment, pixels, IMAGE.getShape());
                    OrtSession.Result result = session.run(Map.of("x", x))) {
                ((OnnxTensor) result.get(0)).getFloatBuffer().get(logits);
                return logits;
            }
        }

        /**
         * Frees the native memory.
         *
         * @throws OrtException if ONNX Runtime fails
         */
        @TearDown
        public void tearDown() throws OrtException {
            real.close();
            integer.close();
        }
    }
}
