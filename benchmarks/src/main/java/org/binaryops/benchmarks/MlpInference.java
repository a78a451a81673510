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
import ai.djl.training.ParameterStore;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.binaryops.nn.BinaryMlp;
import org.binaryops.nn.FloatMlp;
import org.binaryops.packed.PackedModel;
import org.binaryops.packed.PackedSession;
import org.binaryops.packed.compiler.PackedCompiler;
import org.binaryops.quantizer.ApproxSign;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Prediction by a perceptron 784-1024-1024-10: in float and binarized in DJL, in float and in 8
 * bits in ONNX Runtime, and packed. All run on one thread.
 *
 * <p>The networks of ONNX Runtime are files that {@code benchmarks/peers/export_onnx.py} writes;
 * the system property {@code onnx} names another folder than {@code benchmarks/target/onnx}.
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
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class MlpInference {

    private static final int FEATURES = 784;

    /** The number of rows that are predicted in one call. */
    @Param({"1", "256"})
    public int batch;

    private final NDManager manager = NDManager.newBaseManager();
    private final Model[] models = new Model[2];
    private Block real;
    private Block binary;
    private Predictor<NDList, NDList> realPredictor;
    private Predictor<NDList, NDList> binaryPredictor;
    private PackedSession packed;
    private float[] rows;

    /** For JMH. */
    public MlpInference() {}

    /** Builds the networks, and checks that packed and binarized agree. */
    @Setup
    public void setUp() {
        real = FloatMlp.builder().setOutputs(10).addHidden(1024).addHidden(1024).build();
        binary =
                BinaryMlp.builder()
                        .setOutputs(10)
                        .addHidden(1024)
                        .addHidden(1024)
                        .optInput(1, 0, 1)
                        .optActivation(ApproxSign::new)
                        .build();
        Shape input = new Shape(1, FEATURES);
        for (Block block : new Block[] {real, binary}) {
            block.initialize(manager, DataType.FLOAT32, input);
            // As after loading for prediction: no gradient is wanted.
            block.freezeParameters(true);
        }
        realPredictor = predictor(0, real);
        binaryPredictor = predictor(1, binary);
        rows = manager.randomUniform(0, 1, new Shape(batch, FEATURES)).toFloatArray();
        PackedModel model = PackedCompiler.compile(binary, input);
        packed = model.newSession();
        long[] trained = classes(binary);
        long[] compiled = Arrays.stream(packed.classify(rows, batch)).asLongStream().toArray();
        if (!Arrays.equals(trained, compiled)) {
            throw new IllegalStateException("packed and binarized networks disagree");
        }
    }

    private Predictor<NDList, NDList> predictor(int at, Block block) {
        models[at] = Model.newInstance("model");
        models[at].setBlock(block);
        return models[at].newPredictor(new NoopTranslator());
    }

    /** Frees the native memory. */
    @TearDown
    public void tearDown() {
        realPredictor.close();
        binaryPredictor.close();
        for (Model model : models) {
            model.close();
        }
        manager.close();
    }

    private long[] classes(Block block) {
        try (NDManager step = manager.newSubManager()) {
            NDArray x = step.create(rows, new Shape(batch, FEATURES));
            return block.forward(new ParameterStore(step, false), new NDList(x), false)
                    .singletonOrThrow()
                    .argMax(1)
                    .toLongArray();
        }
    }

    private long[] predict(Predictor<NDList, NDList> predictor) throws TranslateException {
        try (NDArray x = manager.create(rows, new Shape(batch, FEATURES))) {
            NDList y = predictor.predict(new NDList(x));
            long[] classes = y.singletonOrThrow().argMax(1).toLongArray();
            y.close();
            return classes;
        }
    }

    /**
     * The float network through a DJL predictor.
     *
     * @return the classes
     * @throws TranslateException if DJL fails
     */
    @Benchmark
    public long[] djlFloat() throws TranslateException {
        return predict(realPredictor);
    }

    /**
     * The binarized network through a DJL predictor.
     *
     * @return the classes
     * @throws TranslateException if DJL fails
     */
    @Benchmark
    public long[] djlBinary() throws TranslateException {
        return predict(binaryPredictor);
    }

    /**
     * The packed network.
     *
     * @return the classes
     */
    @Benchmark
    public int[] packed() {
        return packed.classify(rows, batch);
    }

    /**
     * The float network in ONNX Runtime.
     *
     * @param peer the session
     * @return the class of the first row
     * @throws OrtException if ONNX Runtime fails
     */
    @Benchmark
    public int onnxRuntimeFloat(OnnxMlp peer) throws OrtException {
        return peer.predict(peer.real);
    }

    /**
     * The network of 8-bit weights and activations in ONNX Runtime: the faster of its two forms.
     *
     * @param peer the session
     * @return the class of the first row
     * @throws OrtException if ONNX Runtime fails
     */
    @Benchmark
    public int onnxRuntimeInt8(OnnxMlp peer) throws OrtException {
        return peer.predict(peer.integer);
    }

    /** The network in ONNX Runtime, on one thread. */
    @State(Scope.Benchmark)
    public static class OnnxMlp {

        private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
        private OrtSession real;
        private OrtSession integer;
        private FloatBuffer rows;
        private long[] shape;

        /** For JMH. */
        public OnnxMlp() {}

        /**
         * Loads the files.
         *
         * @param benchmark has the rows
         * @throws OrtException if ONNX Runtime fails
         */
        @Setup
        public void setUp(MlpInference benchmark) throws OrtException {
            String folder = System.getProperty("onnx", "benchmarks/target/onnx");
            OrtSession.SessionOptions options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            real = environment.createSession(folder + "/mlp.onnx", options);
            integer = environment.createSession(folder + "/mlp-int8.onnx", options);
            rows =
                    ByteBuffer.allocateDirect(4 * benchmark.rows.length)
                            .order(ByteOrder.nativeOrder())
                            .asFloatBuffer();
            rows.put(benchmark.rows).rewind();
            shape = new long[] {benchmark.batch, FEATURES};
        }

        private int predict(OrtSession session) throws OrtException {
            try (OnnxTensor x = OnnxTensor.createTensor(environment, rows, shape);
                    OrtSession.Result result = session.run(Map.of("x", x))) {
                float[] logits = new float[10 * (int) shape[0]];
                ((OnnxTensor) result.get(0)).getFloatBuffer().get(logits);
                int best = 0;
                for (int i = 1; i < 10; ++i) {
                    best = logits[i] > logits[best] ? i : best;
                }
                return best;
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
