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
package org.binaryops.packed;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The bytes of a packed model; the package description has the layout.
 *
 * <p>There is one encoding of each model: reserved fields and padding must be zero. Whatever is
 * read can therefore be written again to the same bytes, and no damage hides.
 */
final class PackedFormat {

    static final int HEADER = 32;
    static final int VERSION = 4;

    // Not text, and destroyed by transfers that think it is.
    private static final long MAGIC =
            ByteBuffer.wrap(new byte[] {(byte) 0x89, 'B', 'O', 'P', 'S', '\r', '\n', 0x1a})
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();

    private static final int PREAMBLE = 16;
    private static final int OPERATION_HEADER = 16;

    private PackedFormat() {}

    /** The lowest version that can hold a model. */
    private static int version(Program program, ReuseTrials trials) {
        return trials.isEmpty() ? program.version() : Math.max(3, program.version());
    }

    /** The length of a model in bytes, header included. */
    static long length(Program program, ReuseTrials trials) {
        boolean one = version(program, trials) == 1;
        long length = HEADER + PREAMBLE;
        length += one ? 0 : Operation.padded(4L * program.inputShape().length);
        for (Step step : program.steps()) {
            length += OPERATION_HEADER + step.operation().bodyBytes();
            length += one ? 0 : Operation.padded(4L * step.inputs().size());
        }
        return length + (long) ReuseTrials.BYTES * trials.size();
    }

    /** Writes a program in the lowest version that can hold it. */
    static byte[] write(Program program, ReuseTrials trials) {
        int version = version(program, trials);
        long length = length(program, trials);
        if (length > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException(
                    "the model has " + length + " bytes, but a file can hold only 2 GiB");
        }
        ByteBuffer file = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        file.position(HEADER);
        file.putInt(version == 1 ? program.inputs() : program.inputShape().length);
        file.putInt(program.outputs()).putInt(program.steps().size()).putInt(trials.size());
        if (version > 1) {
            putNumbers(file, program.inputShape());
        }
        for (Step step : program.steps()) {
            Operation operation = step.operation();
            int bytes = (int) operation.bodyBytes();
            file.putInt(operation.code()).putInt(version == 1 ? 0 : step.inputs().size());
            file.putLong(bytes);
            if (version > 1) {
                putNumbers(file, step.inputs().stream().mapToInt(i -> i).toArray());
            }
            operation.write(file.slice(file.position(), bytes).order(ByteOrder.LITTLE_ENDIAN));
            file.position(file.position() + bytes);
        }
        trials.write(file);
        file.putLong(0, MAGIC);
        file.putInt(8, version);
        file.putInt(12, checksum(file.array(), HEADER, file.capacity() - HEADER));
        file.putLong(16, length - HEADER);
        return file.array();
    }

    private static void putNumbers(ByteBuffer file, int[] numbers) {
        for (int number : numbers) {
            file.putInt(number);
        }
        file.position((int) Operation.padded(file.position()));
    }

    static int checksum(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /**
     * Reads a model to the end of a stream.
     *
     * @param available how many bytes the stream has, or −1 if that is unknown
     */
    static PackedModel read(InputStream in, long available) throws IOException {
        byte[] start = in.readNBytes(HEADER);
        if (start.length < HEADER) {
            throw new PackedFormatException(
                    "not a packed model: it has only " + start.length + " bytes");
        }
        ByteBuffer header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
        if (header.getLong() != MAGIC) {
            throw new PackedFormatException("not a packed model: it begins with other bytes");
        }
        int version = header.getInt();
        if (version < 1 || version > VERSION) {
            throw new PackedFormatException(
                    "the packed model has format version "
                            + Integer.toUnsignedString(version)
                            + ", but this library reads versions 1 to "
                            + VERSION);
        }
        int crc = header.getInt();
        long length = header.getLong();
        if (header.getLong() != 0) {
            throw new PackedFormatException("a reserved field of the header is not zero");
        }
        if (length < PREAMBLE
                || length > Integer.MAX_VALUE - 8 - HEADER
                || available >= 0 && available != length + HEADER) {
            throw new PackedFormatException(
                    "the header announces "
                            + Long.toUnsignedString(length)
                            + " bytes of payload"
                            + (available < 0 ? "" : ", but the file has " + (available - HEADER)));
        }
        // Where the length of the stream is unknown, readNBytes grows with what really arrives.
        byte[] payload = in.readNBytes((int) length);
        if (payload.length < length) {
            throw new PackedFormatException(
                    "truncated: " + payload.length + " of " + length + " bytes of payload");
        }
        if (in.read() >= 0) {
            throw new PackedFormatException("there are bytes after the end of the packed model");
        }
        if (checksum(payload, 0, payload.length) != crc) {
            throw new PackedFormatException("damaged: the checksum does not fit the content");
        }
        try {
            return parse(version, ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN));
        } catch (IllegalArgumentException e) {
            PackedFormatException damaged =
                    new PackedFormatException("invalid packed model: " + e.getMessage());
            damaged.initCause(e);
            throw damaged;
        }
    }

    private static PackedModel parse(int version, ByteBuffer payload) throws PackedFormatException {
        long features = payload.getInt() & 0xffffffffL;
        long outputs = payload.getInt() & 0xffffffffL;
        long count = payload.getInt() & 0xffffffffL;
        long tried = payload.getInt() & 0xffffffffL;
        if (version < 3 && tried != 0) {
            throw new PackedFormatException("a reserved field is not zero");
        }
        if (count > payload.remaining() / OPERATION_HEADER) {
            throw new PackedFormatException(
                    count + " operations do not fit into " + payload.remaining() + " bytes");
        }
        int[] shape = {(int) features};
        if (version > 1) {
            // A shape has at most 8 axes; Program checks their number and sizes.
            shape = numbers("the shape of the input", Math.min(features, 9), payload);
        }
        List<Step> steps = new ArrayList<>((int) count);
        for (int i = 0; i < count; ++i) {
            if (payload.remaining() < OPERATION_HEADER) {
                throw new PackedFormatException("operation " + i + " is cut off");
            }
            int code = payload.getInt();
            int operands = payload.getInt();
            long length = payload.getLong();
            List<Integer> inputs = List.of(i);
            if (version > 1) {
                inputs = new ArrayList<>();
                for (int input : numbers("step " + i, operands & 0xffffffffL, payload)) {
                    inputs.add(input);
                }
            } else if (operands != 0) {
                throw new PackedFormatException("a reserved field is not zero");
            }
            if (length < 0 || length > payload.remaining() || length % 8 != 0) {
                throw new PackedFormatException(
                        "operation "
                                + i
                                + " announces "
                                + Long.toUnsignedString(length)
                                + " bytes, but "
                                + payload.remaining()
                                + " are left");
            }
            ByteBuffer body = payload.slice(payload.position(), (int) length);
            steps.add(new Step(operation(i, code, body), inputs));
            payload.position(payload.position() + (int) length);
        }
        ReuseTrials trials = ReuseTrials.read(payload, tried, steps);
        if (payload.hasRemaining()) {
            throw new PackedFormatException(
                    payload.remaining() + " bytes are left after the last operation");
        }
        Program program = new Program(shape, steps);
        if (program.outputs() != outputs) {
            throw new PackedFormatException(
                    "the program has "
                            + program.outputs()
                            + " outputs, but "
                            + outputs
                            + " are announced");
        }
        if (version(program, trials) != version) {
            throw new PackedFormatException(
                    "the program is of version "
                            + version(program, trials)
                            + ", but the file is of version "
                            + version);
        }
        return new PackedModel(program, trials);
    }

    private static int[] numbers(String what, long count, ByteBuffer payload)
            throws PackedFormatException {
        if (Operation.padded(4 * count) > payload.remaining()) {
            throw new PackedFormatException(what + " is cut off");
        }
        int[] numbers = new int[(int) count];
        for (int i = 0; i < count; ++i) {
            numbers[i] = payload.getInt();
        }
        if ((count & 1) == 1 && payload.getInt() != 0) {
            throw new PackedFormatException("the padding of " + what + " is not zero");
        }
        return numbers;
    }

    private static Operation operation(int index, int code, ByteBuffer body)
            throws PackedFormatException {
        return switch (code) {
            case InputThresholds.CODE ->
                    InputThresholds.read(new BodyReader("InputThresholds", body));
            case BinaryLinear.CODE -> BinaryLinear.read(new BodyReader("BinaryLinear", body));
            case IntegerThresholds.CODE ->
                    IntegerThresholds.read(new BodyReader("IntegerThresholds", body));
            case AffineOutput.CODE -> AffineOutput.read(new BodyReader("AffineOutput", body));
            case TableOutput.CODE -> TableOutput.read(new BodyReader("TableOutput", body));
            case SignOutput.CODE -> SignOutput.read(new BodyReader("SignOutput", body));
            case Interleave.CODE -> Interleave.read(new BodyReader("Interleave", body));
            case Add.CODE -> Add.read(new BodyReader("Add", body));
            case Concatenate.CODE -> Concatenate.read(new BodyReader("Concatenate", body));
            case PadChannels.CODE -> PadChannels.read(new BodyReader("PadChannels", body));
            case PositionThresholds.CODE ->
                    PositionThresholds.read(new BodyReader("PositionThresholds", body));
            case Elementwise.CODE -> Elementwise.read(new BodyReader("Elementwise", body));
            case MaxPoolBits.CODE -> MaxPoolBits.read(new BodyReader("MaxPoolBits", body));
            case Magnitudes.CODE -> Magnitudes.read(new BodyReader("Magnitudes", body));
            case Multiply.CODE -> Multiply.read(new BodyReader("Multiply", body));
            case Pool.CODE -> Pool.read(new BodyReader("Pool", body));
            case BinaryConvolution.CODE ->
                    BinaryConvolution.read(new BodyReader("BinaryConvolution", body));
            case FloatConvolution.CODE ->
                    FloatConvolution.read(new BodyReader("FloatConvolution", body));
            case Quantize.CODE -> Quantize.read(new BodyReader("Quantize", body));
            case Dequantize.CODE -> Dequantize.read(new BodyReader("Dequantize", body));
            case IntegerConvolution.CODE ->
                    IntegerConvolution.read(new BodyReader("IntegerConvolution", body));
            case ReusedConvolution.CODE ->
                    ReusedConvolution.read(new BodyReader("ReusedConvolution", body));
            case DepthToSpace.CODE -> DepthToSpace.read(new BodyReader("DepthToSpace", body));
            default ->
                    throw new PackedFormatException(
                            "operation "
                                    + index
                                    + " has the code "
                                    + Integer.toUnsignedString(code)
                                    + ", which this library does not know; a later version may");
        };
    }
}
