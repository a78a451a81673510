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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The arrays without a native library give the types, the shapes and the values that the arrays of
 * PyTorch give, so that a translator that was written with one works with the other.
 */
class SameAsPyTorchTest {

    private static final DataType[] TYPES = {
        DataType.FLOAT32,
        DataType.FLOAT64,
        DataType.UINT8,
        DataType.INT8,
        DataType.INT32,
        DataType.INT64,
        DataType.BOOLEAN
    };

    private final Random random = new Random(20261121);

    /** An operation on an array (2, 3, 4). */
    private interface Operation extends Function<NDArray, Object> {}

    private static Map<String, Operation> onEveryType() {
        Map<String, Operation> all = new LinkedHashMap<>();
        all.put("add int", x -> x.add(2));
        all.put("add long", x -> x.add(2L));
        all.put("add float", x -> x.add(1.5f));
        all.put("add double", x -> x.add(1.5));
        all.put("mul float", x -> x.mul(0.3f));
        all.put("div int", x -> x.div(3));
        all.put("div float", x -> x.div(255f));
        all.put("div double", x -> x.div(255.0));
        all.put("add array", x -> x.add(x));
        all.put("div array", x -> x.div(x.add(300)));
        all.put("add broadcast", x -> x.add(x.get("0,:,1:2")));
        all.put("mul float array", x -> x.mul(x.getManager().ones(new Shape(4)).mul(0.5f)));
        all.put("gt", x -> x.gt(1));
        all.put("gte", x -> x.gte(1.5f));
        all.put("lt", x -> x.lt(2));
        all.put("lte array", x -> x.lte(x.get(0)));
        all.put("eq", x -> x.eq(1));
        all.put("neq", x -> x.neq(1));
        all.put("sum", x -> x.sum());
        all.put("sum axes", x -> x.sum(new int[] {0, 2}));
        all.put("sum keep", x -> x.sum(new int[] {1}, true));
        all.put("reshape", x -> x.reshape(4, -1));
        all.put("flatten", x -> x.flatten());
        all.put("flatten axes", x -> x.flatten(1, 2));
        all.put("expand", x -> x.expandDims(1));
        all.put("expand last", x -> x.expandDims(-1));
        all.put("squeeze", x -> x.expandDims(0).squeeze());
        all.put("transpose", x -> x.transpose());
        all.put("transpose axes", x -> x.transpose(2, 0, 1));
        all.put("swap", x -> x.swapAxes(0, 2));
        all.put("flip", x -> x.flip(0, 2));
        all.put("slice", x -> x.get(":,1:,::2"));
        all.put("index", x -> x.get("1,:,-1"));
        all.put("split", x -> x.split(2));
        all.put("split axis", x -> x.split(new long[] {1, 3}, 2));
        all.put("stack", x -> x.stack(x, 1));
        all.put("concat", x -> x.concat(x, 2));
        all.put("tile", x -> x.tile(new long[] {2, 1, 3}));
        all.put("broadcast", x -> x.get("0:1").broadcast(new Shape(5, 3, 4)));
        all.put("zeros like", x -> x.zerosLike());
        all.put("ones like", x -> x.onesLike());
        all.put("not", x -> x.toType(DataType.BOOLEAN, true).logicalNot());
        all.put("all", x -> x.gte(0).all());
        for (DataType type : TYPES) {
            all.put("to " + type, x -> x.toType(type, true));
        }
        return all;
    }

    private static Map<String, Operation> onNumbers() {
        Map<String, Operation> all = new LinkedHashMap<>();
        all.put("sub int", x -> x.sub(2));
        all.put("sub array", x -> x.sub(x.get("1")));
        all.put("max", x -> x.max());
        all.put("max axes", x -> x.max(new int[] {1}, true));
        all.put("min axes", x -> x.min(new int[] {0}));
        all.put("maximum", x -> x.maximum(2));
        all.put("minimum", x -> x.minimum(2));
        all.put("arg max", x -> x.argMax());
        all.put("arg max axis", x -> x.argMax(1));
        all.put("arg min axis", x -> x.argMin(-1));
        all.put("sort", x -> x.sort(1));
        all.put("top k values", x -> x.topK(2, 2).get(0));
        all.put("cum sum", x -> x.cumSum(1));
        all.put("square", x -> x.square());
        all.put("clip", x -> x.clip(1, 3));
        all.put("pad", x -> x.pad(new Shape(1, 2, 0, 1), 1));
        all.put("exp", x -> x.mul(0.1f).exp());
        all.put("sqrt", x -> x.sqrt());
        all.put("add in place", x -> x.duplicate().addi(3));
        all.put("sub in place", x -> x.duplicate().subi(x));
        all.put("mul in place", x -> x.duplicate().muli(x.get(0)));
        all.put("prod", x -> x.get("0,0").prod());
        return all;
    }

    private static Map<String, Operation> onFloats() {
        Map<String, Operation> all = new LinkedHashMap<>();
        all.put("mean", x -> x.mean());
        all.put("mean axis", x -> x.mean(new int[] {1}));
        all.put("softmax", x -> x.softmax(1));
        all.put("log softmax", x -> x.logSoftmax(-1));
        all.put("normalize", x -> x.normalize(2, 1, 1e-12));
        all.put("norm", x -> x.norm());
        all.put("norm axes", x -> x.norm(new int[] {1}, true));
        all.put("neg", x -> x.neg());
        all.put("abs", x -> x.sub(2).abs());
        all.put("sign", x -> x.sub(2).sign());
        all.put("floor", x -> x.sub(1.7f).floor());
        all.put("ceil", x -> x.ceil());
        all.put("round", x -> x.mul(0.5f).round());
        all.put("trunc", x -> x.sub(2.5f).trunc());
        all.put("log", x -> x.add(1).log());
        all.put("tanh", x -> x.tanh());
        all.put("sigmoid", x -> x.getNDArrayInternal().sigmoid());
        all.put("relu", x -> x.sub(2).getNDArrayInternal().relu());
        all.put("pow", x -> x.pow(3));
        all.put("mod", x -> x.sub(2).mod(1.25f));
        all.put("div in place", x -> x.duplicate().divi(3));
        all.put("where", x -> x.getNDArrayInternal().where(x.gt(2), x.neg()));
        all.put("nan", x -> x.sub(x).div(x.sub(x)).isNaN());
        all.put("one hot", x -> x.floor().toType(DataType.INT64, false).oneHot(6));
        all.put("rdiv", x -> x.add(1).getNDArrayInternal().rdiv(2));
        all.put("rsub", x -> x.getNDArrayInternal().rsub(2));
        return all;
    }

    @TestFactory
    Stream<DynamicTest> everyOperationOnEveryTypeThatItTakes() {
        Stream<DynamicTest> every = tests(onEveryType(), TYPES);
        Stream<DynamicTest> numbers =
                tests(
                        onNumbers(),
                        DataType.FLOAT32,
                        DataType.FLOAT64,
                        DataType.UINT8,
                        DataType.INT32,
                        DataType.INT64);
        Stream<DynamicTest> floats = tests(onFloats(), DataType.FLOAT32, DataType.FLOAT64);
        return Stream.of(every, numbers, floats).flatMap(s -> s);
    }

    private Stream<DynamicTest> tests(Map<String, Operation> operations, DataType... types) {
        return operations.entrySet().stream()
                .flatMap(
                        e ->
                                Stream.of(types)
                                        .map(
                                                type ->
                                                        DynamicTest.dynamicTest(
                                                                e.getKey() + " of " + type,
                                                                () ->
                                                                        compare(
                                                                                type,
                                                                                e.getValue()))));
    }

    private void compare(DataType type, Operation operation) {
        float[] values = new float[24];
        for (int i = 0; i < values.length; ++i) {
            values[i] = random.nextInt(type == DataType.BOOLEAN ? 2 : 5);
            if (type.isFloating()) {
                values[i] += random.nextInt(8) / 16f;
            }
        }
        try (NDManager ours = PureEngine.manager();
                NDManager theirs = NDManager.newBaseManager("PyTorch")) {
            Shape shape = new Shape(2, 3, 4);
            NDList actual = list(operation.apply(ours.create(values, shape).toType(type, false)));
            NDList expected =
                    list(operation.apply(theirs.create(values, shape).toType(type, false)));
            assertEquals(expected.size(), actual.size());
            for (int i = 0; i < expected.size(); ++i) {
                assertSame(expected.get(i), actual.get(i), 2e-6);
            }
        }
    }

    private static NDList list(Object result) {
        return result instanceof NDList list ? list : new NDList((NDArray) result);
    }

    private static void assertSame(NDArray expected, NDArray actual, double tolerance) {
        assertTrue(actual instanceof JavaNDArray, actual.getClass().getName());
        assertEquals(expected.getDataType(), actual.getDataType());
        assertEquals(expected.getShape(), actual.getShape());
        double[] e = expected.toType(DataType.FLOAT64, true).toDoubleArray();
        double[] a = actual.toType(DataType.FLOAT64, true).toDoubleArray();
        for (int i = 0; i < e.length; ++i) {
            if (!(Double.isNaN(e[i]) && Double.isNaN(a[i]))) {
                assertEquals(e[i], a[i], tolerance * Math.max(1, Math.abs(e[i])), "element " + i);
            }
        }
    }

    /** Every interpolation, growing and shrinking; bytes may differ by rounding. */
    @TestFactory
    Stream<DynamicTest> imagesAreResizedAlike() {
        int[][] sizes = {{8, 6}, {16, 12}, {5, 9}, {3, 2}, {28, 28}, {1, 1}};
        return Stream.of(ai.djl.modality.cv.Image.Interpolation.values())
                .flatMap(
                        kind ->
                                Stream.of(sizes)
                                        .map(
                                                size ->
                                                        DynamicTest.dynamicTest(
                                                                kind + " to " + size[0] + "x"
                                                                        + size[1],
                                                                () ->
                                                                        resize(
                                                                                kind.ordinal(),
                                                                                size))));
    }

    private void resize(int kind, int[] size) {
        float[] values = new float[6 * 8 * 3];
        for (int i = 0; i < values.length; ++i) {
            values[i] = random.nextInt(256);
        }
        try (NDManager ours = PureEngine.manager();
                NDManager theirs = NDManager.newBaseManager("PyTorch")) {
            for (DataType type : new DataType[] {DataType.FLOAT32, DataType.UINT8}) {
                Shape shape = new Shape(6, 8, 3);
                NDArray actual =
                        ours.create(values, shape)
                                .toType(type, false)
                                .getNDArrayInternal()
                                .resize(size[0], size[1], kind);
                NDArray expected =
                        theirs.create(values, shape)
                                .toType(type, false)
                                .getNDArrayInternal()
                                .resize(size[0], size[1], kind);
                if (type == DataType.FLOAT32) {
                    assertSame(expected, actual, 1e-4);
                } else if (kind != 3) {
                    // Outside the bytes, where only bicubic interpolation leads, PyTorch wraps.
                    int[] e = expected.toUint8Array();
                    int[] a = actual.toUint8Array();
                    for (int i = 0; i < e.length; ++i) {
                        assertEquals(e[i], a[i], 1);
                    }
                }
            }
        }
    }
}
