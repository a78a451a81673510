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

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.oracle.labs.mlrg.olcut.config.ConfigurationData;
import com.oracle.labs.mlrg.olcut.config.ConfigurationManager;
import com.oracle.labs.mlrg.olcut.config.protobuf.protos.RootProvenanceProto;
import com.oracle.labs.mlrg.olcut.provenance.ConfiguredObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.ObjectProvenance;
import com.oracle.labs.mlrg.olcut.provenance.Provenancable;
import com.oracle.labs.mlrg.olcut.provenance.ProvenanceUtil;
import java.io.IOException;
import java.util.List;
import org.tribuo.protos.ProtoSerializable;

/**
 * Writes configured objects as their configuration and rebuilds them, so that an architecture of a
 * user's own is saved with a model without a message of its own.
 */
final class Configured {

    private Configured() {}

    static Any serialize(Provenancable<ConfiguredObjectProvenance> object) {
        return Any.pack(
                ProtoSerializable.PROVENANCE_SERIALIZER.serializeToProto(
                        ProvenanceUtil.marshalProvenance(object.getProvenance())));
    }

    /**
     * Rebuilds an object.
     *
     * @param message what {@link #serialize} wrote
     * @param type the interface that the object must implement; checked before anything is created
     * @return the object
     * @throws InvalidProtocolBufferException if the message is no configuration of such an object
     */
    static <C> C deserialize(Any message, Class<C> type) throws InvalidProtocolBufferException {
        ObjectProvenance provenance =
                ProvenanceUtil.unmarshalProvenance(
                        ProtoSerializable.PROVENANCE_SERIALIZER.deserializeFromProto(
                                message.unpack(RootProvenanceProto.class)));
        if (!(provenance instanceof ConfiguredObjectProvenance)) {
            throw new InvalidProtocolBufferException(
                    "Expected the configuration of a "
                            + type.getSimpleName()
                            + ", but found "
                            + provenance.getClass().getName()
                            + ".");
        }
        String className = provenance.getClassName();
        try {
            Class<?> found = Class.forName(className, false, type.getClassLoader());
            if (!type.isAssignableFrom(found)) {
                throw new InvalidProtocolBufferException(
                        "Expected a " + type.getName() + ", but found " + className + ".");
            }
        } catch (ClassNotFoundException e) {
            throw new InvalidProtocolBufferException(
                    new IOException(
                            "The model needs the class "
                                    + className
                                    + ", which is not on the class path.",
                            e));
        }
        List<ConfigurationData> configuration = ProvenanceUtil.extractConfiguration(provenance);
        try (ConfigurationManager manager = new ConfigurationManager()) {
            manager.addConfiguration(configuration);
            return type.cast(manager.lookup(configuration.get(0).getName()));
        }
    }
}
