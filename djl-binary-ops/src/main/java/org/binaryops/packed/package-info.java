/**
 * The bit-packed runtime: binary networks as small files that run in a plain JVM.
 *
 * <p>A trained binary network spends its time on sums of products of values ±1. One bit holds such
 * a value, so that 64 products are one exclusive-or and one population count. This package holds
 * the file format, the program that a file contains ({@link org.binaryops.packed.Operation} and its
 * subclasses) and the scalar kernels that execute it. It imports nothing but the JDK: a service
 * that only predicts needs neither DJL nor a native library.
 *
 * <p>Everything between two binary products is an integer comparison, so that a packed model has no
 * rounding of its own. {@code org.binaryops.packed.compiler} makes packed models from trained
 * blocks.
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
 * Later versions add operation codes; a reader refuses a code that it does not know.
 */
package org.binaryops.packed;
