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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.internal.NDArrayEx;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the engine has not is named, or done by the other engine. */
class RefusalTest {

    /** Calls all methods of a type with plain arguments; gives the names of those that refuse. */
    private static Set<String> refused(Class<?> type, NDManager manager, boolean extension) {
        Set<String> refused = new TreeSet<>();
        for (Method method : type.getMethods()) {
            if (Modifier.isStatic(method.getModifiers())
                    || method.getDeclaringClass() == AutoCloseable.class
                    || method.getName().equals("close")) {
                continue;
            }
            try (NDManager sub = manager.newSubManager()) {
                NDArray array = sub.ones(new Shape(2, 2));
                Object[] arguments = new Object[method.getParameterCount()];
                for (int i = 0; i < arguments.length; ++i) {
                    arguments[i] = argument(method.getParameterTypes()[i], sub);
                }
                method.invoke(extension ? array.getNDArrayInternal() : array, arguments);
            } catch (InvocationTargetException e) {
                Throwable cause = e.getCause();
                if (cause instanceof UnsupportedOperationException
                        && String.valueOf(cause.getMessage()).contains("pytorch-engine")) {
                    assertTrue(cause.getMessage().contains("array operation "), cause.getMessage());
                    refused.add(method.getName());
                } else {
                    boolean ours =
                            cause instanceof IllegalArgumentException
                                    || cause instanceof IllegalStateException;
                    assertTrue(ours, method + ": " + cause);
                    assertTrue(cause.getMessage().length() > 10, method + ": " + cause);
                }
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
        return refused;
    }

    private static Object argument(Class<?> type, NDManager manager) {
        if (type == NDArray.class) {
            return manager.ones(new Shape(2, 2));
        }
        if (type == NDList.class) {
            return new NDList(manager.ones(new Shape(2, 2)));
        }
        if (type == NDManager.class) {
            return manager;
        }
        if (type == Number.class || type == int.class || type == Integer.class) {
            return 1;
        }
        if (type == long.class) {
            return 1L;
        }
        if (type == double.class) {
            return 1.0;
        }
        if (type == float.class) {
            return 1f;
        }
        if (type == boolean.class) {
            return false;
        }
        if (type == int[].class) {
            return new int[] {0};
        }
        if (type == long[].class) {
            return new long[] {1};
        }
        if (type == float[].class) {
            return new float[] {1, 1, 1, 1};
        }
        if (type == byte[].class) {
            return new byte[16];
        }
        if (type == double[].class) {
            return new double[] {1, 1, 1, 1};
        }
        if (type == Shape.class) {
            return new Shape(2, 2);
        }
        if (type == DataType.class) {
            return DataType.FLOAT32;
        }
        if (type == SparseFormat.class) {
            return SparseFormat.DENSE;
        }
        if (type == ai.djl.Device.class) {
            return ai.djl.Device.cpu();
        }
        if (type == ai.djl.ndarray.index.NDIndex.class) {
            return new ai.djl.ndarray.index.NDIndex("0");
        }
        if (type == String.class) {
            return "0";
        }
        if (type == Object[].class) {
            return new Object[0];
        }
        if (type == java.nio.charset.Charset.class) {
            return java.nio.charset.StandardCharsets.UTF_8;
        }
        if (type == java.nio.Buffer.class) {
            return java.nio.FloatBuffer.wrap(new float[4]);
        }
        if (type == java.util.function.Function.class) {
            return java.util.function.Function.identity();
        }
        return null;
    }

    @Test
    void everyMethodOfAnArrayWorksOrNamesItselfAndTheEngineToAdd() {
        try (NDManager manager = PureEngine.manager()) {
            Set<String> refused = refused(NDArray.class, manager, false);
            assertTrue(
                    refused.containsAll(
                            Set.of("matMul", "fft", "erf", "inverse", "gather", "unique", "cos")),
                    refused.toString());
            // What translators use must not be among them.
            for (String used :
                    new String[] {
                        "add",
                        "sub",
                        "mul",
                        "div",
                        "divi",
                        "softmax",
                        "argMax",
                        "topK",
                        "toType",
                        "expandDims",
                        "squeeze",
                        "reshape",
                        "flatten",
                        "transpose",
                        "split",
                        "stack",
                        "concat",
                        "sum",
                        "mean",
                        "max",
                        "exp",
                        "clip",
                        "pad",
                        "gte",
                        "getFloat"
                    }) {
                assertFalse(refused.contains(used), used);
            }
        }
    }

    @Test
    void everyMethodOfTheExtensionWorksOrNamesItself() {
        try (NDManager manager = PureEngine.manager()) {
            Set<String> refused = refused(NDArrayEx.class, manager, true);
            assertTrue(
                    refused.containsAll(Set.of("convolution", "linear", "batchNorm", "gelu")),
                    refused.toString());
            for (String used : new String[] {"stack", "concat", "relu", "where", "getIndexer"}) {
                assertFalse(refused.contains(used), used);
            }
        }
    }

    @Test
    void theSentence() {
        try (NDManager manager = PureEngine.manager()) {
            NDArray x = manager.ones(new Shape(2, 2));
            UnsupportedOperationException e =
                    assertThrows(UnsupportedOperationException.class, () -> x.matMul(x));
            assertEquals(
                    "The engine BinaryOps has no array operation matMul; add the engine PyTorch"
                            + " (ai.djl.pytorch:pytorch-engine) to the class path, which will then"
                            + " execute it.",
                    e.getMessage());
            // and once more, when the array remembers that it has asked
            assertThrows(UnsupportedOperationException.class, x::erf);
            assertThrows(UnsupportedOperationException.class, x::erf);
        }
    }

    @Test
    void theOtherEngineDoesWhatIsMissing() {
        Engine engine = Engine.getEngine(BinaryOpsEngine.ENGINE_NAME);
        assertEquals("PyTorch", engine.getAlternativeEngine().getEngineName());
        NDManager pytorch;
        try (NDManager manager = engine.newBaseManager()) {
            NDArray x = manager.create(new float[] {1, 2, 3, 4}, new Shape(2, 2));
            NDArray product = x.matMul(x);
            assertArrayEquals(new float[] {7, 10, 15, 22}, product.toFloatArray());
            pytorch = product.getManager();
            // and the two work together, whichever comes first
            assertArrayEquals(new float[] {8, 12, 18, 26}, x.add(product).toFloatArray());
            assertArrayEquals(new float[] {8, 12, 18, 26}, product.add(x).toFloatArray());
            assertArrayEquals(
                    new float[] {4, 3},
                    x.get(manager.create(new long[] {1, 0}))
                            .get(":,1")
                            .neg()
                            .add(8)
                            .sub(manager.create(new float[] {0, 3}))
                            .toFloatArray());
            assertTrue(pytorch.isOpen());
        }
        assertFalse(pytorch.isOpen(), "its arrays go with ours");
    }
}
