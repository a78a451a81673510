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
package org.binaryops.tribuo;

import ai.djl.MalformedModelException;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.binaryops.tribuo.protos.DjlModelProto;
import org.tribuo.Output;
import org.tribuo.impl.ModelDataCarrier;
import org.tribuo.protos.core.ModelDataProto;

/** Writes and reads the message of a saved model, version 0. */
final class SavedForm {

    private SavedForm() {}

    static <T extends Output<T>> DjlModelProto write(
            ModelDataCarrier<T> carrier, DjlModel.Recipe<T> recipe, TrainedNetwork network) {
        DjlModelProto.Builder builder =
                DjlModelProto.newBuilder()
                        .setMetadata(Any.pack(carrier.serialize()))
                        .setArchitecture(Configured.serialize(recipe.architecture()))
                        .setOutputConverter(Configured.serialize(recipe.outputConverter()))
                        .setFeatures(recipe.encoder().serialize())
                        .setBatchSize(recipe.batchSize())
                        .setParameters(ByteString.copyFrom(network.parameters()))
                        .setBestEpoch(network.bestEpoch());
        network.history().forEach(epoch -> builder.addHistory(epoch.serialize()));
        return builder.setCrc32C(checksum(builder.build())).build();
    }

    /**
     * Rebuilds a model.
     *
     * @throws InvalidProtocolBufferException if the checksum is wrong, or the parts do not hold
     *     together; nothing is created before the checksum is found right
     */
    static DjlModel<?> read(DjlModelProto proto) throws InvalidProtocolBufferException {
        int checksum = checksum(proto);
        if (checksum != proto.getCrc32C()) {
            throw new InvalidProtocolBufferException(
                    String.format(
                            "The saved model is damaged: its checksum must be %08x, but is %08x.",
                            proto.getCrc32C(), checksum));
        }
        try {
            return rebuild(proto);
        } catch (RuntimeException | LinkageError e) {
            // Names of classes, dates, lengths: what reads them throws whatever it meets.
            InvalidProtocolBufferException damaged =
                    new InvalidProtocolBufferException(
                            "The saved model is damaged or was not written by this version: " + e);
            damaged.initCause(e);
            throw damaged;
        }
    }

    private static DjlModel<?> rebuild(DjlModelProto proto) throws InvalidProtocolBufferException {
        if (proto.getBatchSize() <= 0) {
            throw new InvalidProtocolBufferException(
                    "The batch size must be positive, but is " + proto.getBatchSize() + ".");
        }
        return rebuild(
                ModelDataCarrier.deserialize(proto.getMetadata().unpack(ModelDataProto.class)),
                proto);
    }

    private static <T extends Output<T>> DjlModel<T> rebuild(
            ModelDataCarrier<T> carrier, DjlModelProto proto)
            throws InvalidProtocolBufferException {
        // Checked below: the outputs of the domain are of the class the converter is for.
        @SuppressWarnings("unchecked")
        OutputConverter<T> outputConverter =
                Configured.deserialize(proto.getOutputConverter(), OutputConverter.class);
        Class<T> type = outputConverter.getTypeWitness();
        for (Object output : carrier.outputDomain().getDomain()) {
            if (!type.isInstance(output)) {
                throw new InvalidProtocolBufferException(
                        "The outputs must be of " + type + ", but one is of " + output.getClass());
            }
        }
        DjlModel.Recipe<T> recipe =
                new DjlModel.Recipe<>(
                        Configured.deserialize(proto.getArchitecture(), Architecture.class),
                        outputConverter,
                        FeatureEncoder.deserialize(proto.getFeatures(), carrier.featureDomain()),
                        proto.getBatchSize());
        TrainedNetwork network =
                new TrainedNetwork(
                        proto.getParameters().toByteArray(),
                        proto.getBestEpoch(),
                        proto.getHistoryList().stream().map(EpochResult::deserialize).toList());
        try {
            return new DjlModel<>(
                    carrier.name(),
                    carrier.provenance(),
                    carrier.featureDomain(),
                    carrier.outputDomain(),
                    recipe,
                    network);
        } catch (MalformedModelException e) {
            throw new InvalidProtocolBufferException(new IOException(e.getMessage(), e));
        }
    }

    /** Of the whole message: a feature name is as much a part of the network as a weight. */
    private static int checksum(DjlModelProto proto) {
        CheckedOutputStream sum =
                new CheckedOutputStream(OutputStream.nullOutputStream(), new CRC32C());
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(sum);
            out.useDeterministicSerialization();
            proto.toBuilder().clearCrc32C().build().writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("Nothing is written, so nothing can fail.", e);
        }
        return (int) sum.getChecksum().getValue();
    }
}
