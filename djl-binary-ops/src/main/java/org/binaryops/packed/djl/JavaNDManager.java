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
package org.binaryops.packed.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.util.PairList;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Arrays;

/** Makes and owns {@link JavaNDArray}s. */
class JavaNDManager extends BaseNDManager {

    private final BinaryOpsEngine engine;
    private final JavaNDManager root;

    private JavaNDManager(BinaryOpsEngine engine, JavaNDManager parent) {
        super(parent, Device.cpu());
        this.engine = engine;
        root = parent == null ? this : parent.root;
        alternativeManager = OtherManager.of(engine);
    }

    /** The manager above all others of an engine. */
    static JavaNDManager system(BinaryOpsEngine engine) {
        return new SystemManager(engine);
    }

    private static final class SystemManager extends JavaNDManager implements SystemNDManager {
        SystemManager(BinaryOpsEngine engine) {
            super(engine, null);
        }
    }

    NDManager alternative() {
        return alternativeManager;
    }

    @Override
    public Engine getEngine() {
        // The constructor of the base class would start the other engine, and make a manager of
        // it, for each of ours: it is told that there is none. See OtherManager.
        return engine == null ? BinaryOpsEngine.ALONE : engine;
    }

    @Override
    public ByteBuffer allocateDirect(int capacity) {
        return ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
    }

    @Override
    public JavaNDManager newSubManager(Device device) {
        if (device != null && !device.equals(Device.cpu())) {
            throw new IllegalArgumentException(
                    "The engine "
                            + BinaryOpsEngine.ENGINE_NAME
                            + " runs on the CPU only, but the device "
                            + device
                            + " was asked for.");
        }
        JavaNDManager manager = new JavaNDManager(engine, this);
        attachUncappedInternal(manager.uid, manager);
        return manager;
    }

    @Override
    public void close() {
        super.close();
        alternativeManager.close();
    }

    @Override
    public JavaNDArray from(NDArray array) {
        return array == null || array instanceof JavaNDArray
                ? (JavaNDArray) array
                : array(JavaNDArray.read(array), array.getShape(), array.getName());
    }

    JavaNDArray array(Cells cells, Shape shape, String name) {
        JavaNDArray array = new JavaNDArray(this, root, alternativeManager, cells, shape);
        array.setName(name);
        return array;
    }

    @Override
    public NDArray create(Buffer data, Shape shape, DataType dataType) {
        return array(Cells.of(dataType, data, Cells.count(shape)), shape, null);
    }

    @Override
    public NDArray zeros(Shape shape, DataType dataType) {
        return array(new Cells(dataType, Cells.count(shape)), shape, null);
    }

    @Override
    public NDArray ones(Shape shape, DataType dataType) {
        return full(shape, 1, dataType);
    }

    @Override
    public NDArray full(Shape shape, float value, DataType dataType) {
        double[] values = new double[Cells.count(shape)];
        Arrays.fill(values, value);
        return array(Cells.of(dataType, values), shape, null);
    }

    @Override
    public NDArray arange(float start, float stop, float step, DataType dataType) {
        double[] values = new double[(int) Math.max(0, Math.ceil(((double) stop - start) / step))];
        Arrays.setAll(values, i -> start + i * (double) step);
        return array(Cells.of(dataType, values), new Shape(values.length), null);
    }

    // What follows is left to the other engine.

    @Override
    public NDArray create(String[] data, Charset charset, Shape shape) {
        return alternativeManager.create(data, charset, shape);
    }

    @Override
    public NDArray createCSR(Buffer data, long[] indptr, long[] indices, Shape shape) {
        return alternativeManager.createCSR(data, indptr, indices, shape);
    }

    @Override
    public NDArray createRowSparse(Buffer data, Shape dataShape, long[] indices, Shape shape) {
        return alternativeManager.createRowSparse(data, dataShape, indices, shape);
    }

    @Override
    public NDArray createCoo(Buffer data, long[][] indices, Shape shape) {
        return alternativeManager.createCoo(data, indices, shape);
    }

    @Override
    public NDList load(Path path) {
        return alternativeManager.load(path);
    }

    @Override
    public NDArray eye(int rows, int cols, int k, DataType dataType) {
        return alternativeManager.eye(rows, cols, k, dataType);
    }

    @Override
    public NDArray linspace(float start, float stop, int num, boolean endpoint) {
        return alternativeManager.linspace(start, stop, num, endpoint);
    }

    @Override
    public NDArray randomInteger(long low, long high, Shape shape, DataType dataType) {
        return alternativeManager.randomInteger(low, high, shape, dataType);
    }

    @Override
    public NDArray randomPermutation(long n) {
        return alternativeManager.randomPermutation(n);
    }

    @Override
    public NDArray randomUniform(float low, float high, Shape shape, DataType dataType) {
        return alternativeManager.randomUniform(low, high, shape, dataType);
    }

    @Override
    public NDArray randomNormal(float loc, float scale, Shape shape, DataType dataType) {
        return alternativeManager.randomNormal(loc, scale, shape, dataType);
    }

    @Override
    public NDArray randomMultinomial(int n, NDArray pValues) {
        return alternativeManager.randomMultinomial(n, alternativeManager.from(pValues));
    }

    @Override
    public NDArray randomMultinomial(int n, NDArray pValues, Shape shape) {
        return alternativeManager.randomMultinomial(n, alternativeManager.from(pValues), shape);
    }

    @Override
    public NDArray sampleNormal(NDArray mu, NDArray sigma) {
        return alternativeManager.sampleNormal(
                alternativeManager.from(mu), alternativeManager.from(sigma));
    }

    @Override
    public NDArray sampleNormal(NDArray mu, NDArray sigma, Shape shape) {
        return alternativeManager.sampleNormal(
                alternativeManager.from(mu), alternativeManager.from(sigma), shape);
    }

    @Override
    public NDArray samplePoisson(NDArray lam) {
        return alternativeManager.samplePoisson(alternativeManager.from(lam));
    }

    @Override
    public NDArray samplePoisson(NDArray lam, Shape shape) {
        return alternativeManager.samplePoisson(alternativeManager.from(lam), shape);
    }

    @Override
    public NDArray sampleGamma(NDArray alpha, NDArray beta) {
        return alternativeManager.sampleGamma(
                alternativeManager.from(alpha), alternativeManager.from(beta));
    }

    @Override
    public NDArray sampleGamma(NDArray alpha, NDArray beta, Shape shape) {
        return alternativeManager.sampleGamma(
                alternativeManager.from(alpha), alternativeManager.from(beta), shape);
    }

    @Override
    public void invoke(
            String operation, NDArray[] src, NDArray[] dest, PairList<String, ?> params) {
        throw Refusal.of("invoke " + operation);
    }

    @Override
    public NDList invoke(String operation, NDList src, PairList<String, ?> params) {
        throw Refusal.of("invoke " + operation);
    }
}
