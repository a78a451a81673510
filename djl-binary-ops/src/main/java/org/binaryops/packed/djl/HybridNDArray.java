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
import ai.djl.ndarray.NDArrayAdapter;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.charset.Charset;

/**
 * Passes on to the other engine what DJL's adapter refuses without looking for one. The adapter
 * itself passes on the rest of what {@link JavaNDArray} does not have.
 */
abstract class HybridNDArray extends NDArrayAdapter {

    HybridNDArray(
            NDManager manager, NDManager alternative, Shape shape, DataType type, String uid) {
        super(manager, alternative, shape, type, uid);
    }

    /** This array in the other engine, owned by the manager there. */
    final NDArray other() {
        return alternativeManager.from(this);
    }

    private NDArray other(NDArray operand) {
        return alternativeManager.from(operand);
    }

    @Override
    public void setRequiresGradient(boolean requiresGradient) {
        throw Refusal.of("setRequiresGradient");
    }

    @Override
    public NDArray getGradient() {
        throw Refusal.of("getGradient");
    }

    @Override
    public NDArray atan2(NDArray o) {
        return other().atan2(other(o));
    }

    @Override
    public NDArray dot(NDArray o) {
        return other().dot(other(o));
    }

    @Override
    public NDArray matMul(NDArray o) {
        return other().matMul(other(o));
    }

    @Override
    public NDArray batchMatMul(NDArray o) {
        return other().batchMatMul(other(o));
    }

    @Override
    public NDArray xlogy(NDArray o) {
        return other().xlogy(other(o));
    }

    @Override
    public String[] toStringArray(Charset charset) {
        return other().toStringArray(charset);
    }

    @Override
    public NDArray take(NDManager into, NDArray index) {
        return other().take(other(index));
    }

    @Override
    public NDArray put(NDArray index, NDArray value) {
        return other().put(other(index), other(value));
    }

    @Override
    public NDArray scatter(NDArray index, NDArray value, int axis) {
        return other().scatter(other(index), other(value), axis);
    }

    @Override
    public NDArray fft(long length, long axis) {
        return other().fft(length, axis);
    }

    @Override
    public NDArray ifft(long length, long axis) {
        return other().ifft(length, axis);
    }

    @Override
    public NDArray rfft(long length, long axis) {
        return other().rfft(length, axis);
    }

    @Override
    public NDArray irfft(long length, long axis) {
        return other().irfft(length, axis);
    }

    @Override
    public NDArray stft(
            long nFft,
            long hopLength,
            boolean center,
            NDArray window,
            boolean normalize,
            boolean returnComplex) {
        return other().stft(nFft, hopLength, center, other(window), normalize, returnComplex);
    }

    @Override
    public NDArray fft2(long[] sizes, long[] axes) {
        return other().fft2(sizes, axes);
    }

    @Override
    public NDArray ifft2(long[] sizes, long[] axes) {
        return other().ifft2(sizes, axes);
    }

    @Override
    public NDList unique(Integer dim, boolean sorted, boolean returnInverse, boolean counts) {
        return other().unique(dim, sorted, returnInverse, counts);
    }

    @Override
    public NDArray complex() {
        return other().complex();
    }

    @Override
    public NDArray real() {
        return other().real();
    }

    @Override
    public NDArray conj() {
        return other().conj();
    }

    @Override
    public NDArray diff(int n, int dim) {
        return other().diff(n, dim);
    }
}
