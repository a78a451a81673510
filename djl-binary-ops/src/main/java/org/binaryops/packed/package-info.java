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
/**
 * The bit-packed runtime: binary networks as small files that run in a plain JVM.
 *
 * <p>A file holds a program: {@link org.binaryops.packed.Step}s, each an {@link
 * org.binaryops.packed.Operation} on values that are floats, bits, bytes or integers. Between two
 * layers of bits a program compares integers with thresholds and rounds nothing; layers with
 * activations of 2 to 8 bits add whole numbers; first and last layers, batch norms that fold into
 * nothing and residual sums are float operations that round as an engine does. {@code
 * org.binaryops.packed.kernel} has the products, in scalar code and in vectors; {@code
 * org.binaryops.packed.compiler} makes programs of trained blocks.
 *
 * <p>This package and its kernels import nothing but the JDK: a service that only predicts needs
 * neither DJL nor a native library.
 *
 * <h2>File format, version 1</h2>
 *
 * All numbers are little-endian, whatever the CPU; every block is padded with zero bytes to a
 * multiple of 8.
 *
 * <pre>
 * offset  size  content
 *      0     8  89 'B' 'O' 'P' 'S' 0D 0A 1A
 *      8     4  format version, 1
 *     12     4  CRC-32C of the payload
 *     16     8  length of the payload in bytes: the rest of the file
 *     24     8  0
 *     32        payload:
 *               4  input features
 *               4  outputs
 *               4  number of operations
 *               4  0
 *               then each operation:
 *               4  code
 *               4  0
 *               8  length of the body in bytes
 *                  body
 *
 * code  operation          body
 *    1  InputThresholds    u32 features, u32 per feature T, F·T rules (bytes), F·T float32
 *    2  BinaryLinear       u32 units N, u32 inputs K, N rows of ⌈K/64⌉ 64-bit words; bit k mod 64
 *                          of word k/64 is set for the weight +1; bits past K are 0
 *    3  IntegerThresholds  u32 channels, u32 per channel T, C·T rules (bytes), C·T int32
 *    4  AffineOutput       u32 channels, u32 stages, then each stage: u32 fused (0 or 1), u32 0,
 *                          C scales (float32), C biases (float32)
 *    5  TableOutput        u32 channels, u32 inputs K, C rows of K + 1 float32
 *    6  SignOutput         u32 channels, u32 0
 *
 * rule: 0 at least the threshold, 1 below the threshold, 2 never, 3 always (see ThresholdRule);
 *       the threshold of the rules 2 and 3 is 0
 * </pre>
 *
 * <h2>File format, version 2</h2>
 *
 * Programs that are no such chain: images, convolutions, sums of branches. A program that version 1
 * can hold is always written as version 1, so that a model has one encoding. The header is the same
 * but for the version; in the payload numbers are u32 and lists are padded to a multiple of 8.
 *
 * <pre>
 *               4  number of axes of the input
 *               4  outputs
 *               4  number of steps
 *               4  0
 *                  the axes, for example 3, 32, 32
 *               then each step:
 *               4  code
 *               4  number of operands
 *               8  length of the body in bytes
 *                  the operands: 0 is the input, i + 1 what step i yields
 *                  body
 *
 * window: channels, height, width, kernel height, kernel width, stride (2), padding (2),
 *         dilation (2), output height, output width
 *
 * code  operation           body
 *    7  Interleave          channels, height, width, 0
 *    8  Add                 0, 0
 *    9  Concatenate         0, 0
 *   10  PadChannels         before, after
 *   11  PositionThresholds  channels C, positions P, P·C rules (bytes), P·C int32
 *   12  Elementwise         parameters N, stages, then each stage: kind, 0, N float32, and N float32
 *                           more but for slopes; kinds: 0 affine, 1 fused affine, 2 slope, 3 clip
 *   13  MaxPoolBits         window, 0, ⌈C/64⌉ words: set for AND, clear for OR
 *   14  Pool                window, kind: 0 maximum, 1 average, 2 average with padding
 *   15  BinaryConvolution   window, units N, groups, planes; rows of words as in BinaryLinear, K =
 *                           kernel positions times channels of a group; with two planes the signs
 *                           and then which weights are not 0
 *   16  FloatConvolution    window, units N, groups, form, bias (0 or 1); but for form 0 N factors
 *                           (float32); weights: 0 float32, 1 signs, 2 two planes, +1 and −1, 3
 *                           bytes; N float32 if there is a bias
 *   17  Magnitudes          window, groups
 *   18  Multiply            0, 0
 * </pre>
 *
 * <h2>File format, version 3</h2>
 *
 * Whole numbers of a few bits, and binary layers that reuse sums along a tree. Laid out as version
 * 2, but for the number of trials of reuse in the place of the zero before the axes, and the trials
 * after the last step. A program of the operations before is written in the version that has them,
 * unless reuse was on trial.
 *
 * <pre>
 * code  operation             body
 *   19  Quantize              rule (0 divide, 1 multiply, 2 compare), levels L (2 to 256), lowest
 *                             level (i32), channels C or 1, then for each a step or L − 1
 *                             thresholds (float32)
 *   20  Dequantize            channels C or 1, levels L, then for each L levels (float32)
 *   21  IntegerConvolution    window, units N, groups, largest input, zero point (i32), 0, bits b
 *                             (1 to 8), distance d (1 or 2), N lowest weights l (i32), b planes of N
 *                             rows of ⌈K/64⌉ words; bit k of plane i is bit i of u, and the weight
 *                             l + d·u
 *   22  ReusedConvolution     window, units N, N rows of words as in BinaryLinear, N parents (i32,
 *                             −1 for the root), ⌈N/64⌉ words: set for the negated sum of the parent
 *
 * trial: step, depth of the tree, then each with and without reuse: products (u64), words (u64),
 *        nanoseconds (float64), those without reuse first
 * </pre>
 *
 * <h2>File format, version 4</h2>
 *
 * Transposed convolutions. Laid out as version 3.
 *
 * <pre>
 * code  operation     body
 *   23  DepthToSpace  stride height, stride width, first row, first column, output height, output
 *                     width
 * </pre>
 *
 * Later versions add operation codes; a reader refuses a code that it does not know.
 *
 * <h2>Memory</h2>
 *
 * Loading allocates in proportion to the file: weights of one bit that a float layer computes with
 * become floats, 32 times as large, and weights of a few bits that are multiplied as bytes 32-bit
 * integers; units are padded to the lanes of a vector. The values of one prediction depend on the
 * sizes of images, and are allocated at the first prediction of a thread. A file whose values, the
 * input aside, take more than 64 MiB and 256 times the length of the file together, or more than 1
 * GiB, is refused when it is loaded: a small file cannot make a server allocate much. A ResNet-18
 * may so have images of more than 512 × 512 pixels. Values that do not live at the same time share
 * memory, so that a prediction mostly takes a fraction of that.
 */
package org.binaryops.packed;
