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

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Arithmetic of arrays; {@link ReducingNDArray} has what sums up. */
abstract class ArithmeticNDArray extends ReducingNDArray {

    ArithmeticNDArray(
            NDManager manager, NDManager alternative, Shape shape, DataType type, String uid) {
        super(manager, alternative, shape, type, uid);
    }

    // Elements

    private NDArray map(DoubleUnaryOperator f) {
        return result(Elementwise.unary(cells(), dataType, f), shape);
    }

    private NDArray mapFloating(DoubleUnaryOperator f) {
        return result(Elementwise.unary(cells(), Elementwise.floating(dataType), f), shape);
    }

    /** Applies a function to this and a number; a null type is the common one. */
    final NDArray with(Number n, DataType type, DoubleBinaryOperator f) {
        double right = n.doubleValue();
        return result(
                Elementwise.unary(
                        cells(),
                        type == null ? common(n) : type,
                        left -> f.applyAsDouble(left, right)),
                shape);
    }

    /** Applies a function to this and an array; a null type is the common one. */
    final NDArray with(NDArray other, DataType type, DoubleBinaryOperator f) {
        Cells right = JavaNDArray.read(other);
        int[] dims = dims();
        int[] otherDims = Strides.dims(other.getShape());
        Cells values =
                Elementwise.binary(
                        cells(), dims, right, otherDims, type == null ? common(other) : type, f);
        return result(values, Strides.shape(Strides.broadcast(dims, otherDims)));
    }

    private DataType common(Number n) {
        return Elementwise.common(getDataType(), shape.isScalar(), Elementwise.typeOf(n), true);
    }

    private DataType common(NDArray other) {
        return Elementwise.common(
                getDataType(), shape.isScalar(), other.getDataType(), other.getShape().isScalar());
    }

    /** Takes the elements of a result, which it closes. */
    private NDArray become(NDArray result) {
        try (result) {
            DataType type = result.getDataType();
            if (!result.getShape().equals(shape) || type.isFloating() && !dataType.isFloating()) {
                throw new IllegalArgumentException(
                        "A result of the type "
                                + type
                                + " and the shape "
                                + result.getShape()
                                + " cannot replace the elements of an array of the type "
                                + dataType
                                + " and the shape "
                                + shape
                                + '.');
            }
            Cells values = JavaNDArray.read(result).to(dataType);
            System.arraycopy(values.bytes(), 0, cells().bytes(), 0, values.bytes().length);
            return this;
        }
    }

    @Override
    public NDArray add(Number n) {
        return with(n, null, Double::sum);
    }

    @Override
    public NDArray add(NDArray other) {
        return with(other, null, Double::sum);
    }

    @Override
    public NDArray sub(Number n) {
        return with(n, null, (a, b) -> a - b);
    }

    @Override
    public NDArray sub(NDArray other) {
        return with(other, null, (a, b) -> a - b);
    }

    @Override
    public NDArray mul(Number n) {
        return with(n, null, (a, b) -> a * b);
    }

    @Override
    public NDArray mul(NDArray other) {
        return with(other, null, (a, b) -> a * b);
    }

    @Override
    public NDArray div(Number n) {
        return with(n, Elementwise.floating(common(n)), (a, b) -> a / b);
    }

    @Override
    public NDArray div(NDArray other) {
        return with(other, Elementwise.floating(common(other)), (a, b) -> a / b);
    }

    @Override
    public NDArray mod(Number n) {
        return with(n, null, Elementwise::modulo);
    }

    @Override
    public NDArray mod(NDArray other) {
        return with(other, null, Elementwise::modulo);
    }

    @Override
    public NDArray pow(Number n) {
        return with(n, null, Math::pow);
    }

    @Override
    public NDArray pow(NDArray other) {
        return with(other, null, Math::pow);
    }

    @Override
    public NDArray maximum(Number n) {
        return with(n, null, Math::max);
    }

    @Override
    public NDArray maximum(NDArray other) {
        return with(other, null, Math::max);
    }

    @Override
    public NDArray minimum(Number n) {
        return with(n, null, Math::min);
    }

    @Override
    public NDArray minimum(NDArray other) {
        return with(other, null, Math::min);
    }

    @Override
    public NDArray addi(Number n) {
        return become(add(n));
    }

    @Override
    public NDArray addi(NDArray other) {
        return become(add(other));
    }

    @Override
    public NDArray subi(Number n) {
        return become(sub(n));
    }

    @Override
    public NDArray subi(NDArray other) {
        return become(sub(other));
    }

    @Override
    public NDArray muli(Number n) {
        return become(mul(n));
    }

    @Override
    public NDArray muli(NDArray other) {
        return become(mul(other));
    }

    @Override
    public NDArray divi(Number n) {
        return become(div(n));
    }

    @Override
    public NDArray divi(NDArray other) {
        return become(div(other));
    }

    @Override
    public NDArray modi(Number n) {
        return become(mod(n));
    }

    @Override
    public NDArray modi(NDArray other) {
        return become(mod(other));
    }

    @Override
    public NDArray powi(Number n) {
        return become(pow(n));
    }

    @Override
    public NDArray powi(NDArray other) {
        return become(pow(other));
    }

    @Override
    public NDArray signi() {
        return become(sign());
    }

    @Override
    public NDArray negi() {
        return become(neg());
    }

    // Functions

    @Override
    public NDArray sign() {
        return map(Math::signum);
    }

    @Override
    public NDArray neg() {
        return map(x -> -x);
    }

    @Override
    public NDArray abs() {
        return map(Math::abs);
    }

    @Override
    public NDArray square() {
        return map(x -> x * x);
    }

    @Override
    public NDArray floor() {
        return map(Math::floor);
    }

    @Override
    public NDArray ceil() {
        return map(Math::ceil);
    }

    /** To the nearest integer, halves to the even one. */
    @Override
    public NDArray round() {
        return map(Math::rint);
    }

    @Override
    public NDArray trunc() {
        return map(x -> x < 0 ? Math.ceil(x) : Math.floor(x));
    }

    @Override
    public NDArray clip(Number min, Number max) {
        return map(x -> Math.min(Math.max(x, min.doubleValue()), max.doubleValue()));
    }

    @Override
    public NDArray sqrt() {
        return mapFloating(Math::sqrt);
    }

    @Override
    public NDArray exp() {
        return mapFloating(Math::exp);
    }

    @Override
    public NDArray log() {
        return mapFloating(Math::log);
    }

    @Override
    public NDArray tanh() {
        return mapFloating(Math::tanh);
    }

    /** The logistic function, which arrays offer through their extension. */
    final NDArray sigmoid() {
        return mapFloating(x -> 1 / (1 + Math.exp(-x)));
    }
}
