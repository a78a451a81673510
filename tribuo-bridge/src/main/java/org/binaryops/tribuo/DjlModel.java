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
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.oracle.labs.mlrg.olcut.util.Pair;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.binaryops.tribuo.protos.DjlModelProto;
import org.tribuo.Example;
import org.tribuo.Excuse;
import org.tribuo.ImmutableFeatureMap;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Model;
import org.tribuo.Output;
import org.tribuo.Prediction;
import org.tribuo.protos.core.ModelProto;
import org.tribuo.provenance.ModelProvenance;

/**
 * A trained DJL network as a Tribuo model.
 *
 * <p>Predictions run in batches and may be made concurrently. The parameters are in native memory,
 * which {@link #close()} frees; tools that do not close models leave that to the garbage collector,
 * which frees them when neither the model nor its block can be reached. The scores of the same
 * example in batches of different sizes may differ in the last bits.
 *
 * <p>The saved form holds the configuration of the architecture, the domains and the parameters,
 * with one checksum over all of it. As with every Tribuo model, loading one creates objects of the
 * classes it names: load models only from where you trust.
 *
 * @param <T> the type of output
 */
public final class DjlModel<T extends Output<T>> extends Model<T> implements AutoCloseable {

    private static final long serialVersionUID = 1L;

    /** The version of the saved form. */
    public static final int CURRENT_VERSION = 0;

    private static final Cleaner CLEANER = Cleaner.create();

    private final transient Recipe<T> recipe;
    private final transient Block block;
    private final transient NDManager manager;
    private final transient Cleaner.Cleanable memory;
    private final transient int bestEpoch;
    private final transient List<EpochResult> history;

    /** What a network needs besides its parameters. */
    record Recipe<T extends Output<T>>(
            Architecture architecture,
            OutputConverter<T> outputConverter,
            FeatureEncoder encoder,
            int batchSize) {}

    DjlModel(
            String name,
            ModelProvenance provenance,
            ImmutableFeatureMap features,
            ImmutableOutputInfo<T> outputs,
            Recipe<T> recipe,
            TrainedNetwork network)
            throws MalformedModelException {
        super(
                name,
                provenance,
                features,
                outputs,
                recipe.outputConverter().generatesProbabilities());
        this.recipe = recipe;
        bestEpoch = network.bestEpoch();
        history = network.history();
        NDManager owner = NDManager.newBaseManager();
        owner.setName("tribuo-model");
        manager = owner;
        try {
            block =
                    Networks.load(
                            recipe.architecture(),
                            recipe.encoder().width(),
                            recipe.outputConverter().width(outputs),
                            network.parameters(),
                            owner);
        } catch (MalformedModelException | RuntimeException e) {
            owner.close();
            throw e;
        }
        // Not on the model: whoever keeps only the block must not lose its parameters.
        memory = CLEANER.register(block, owner::close);
    }

    /** Creates a model of parameters that are known to be sound. */
    static <T extends Output<T>> DjlModel<T> create(
            String name,
            ModelProvenance provenance,
            ImmutableFeatureMap features,
            ImmutableOutputInfo<T> outputs,
            Recipe<T> recipe,
            TrainedNetwork network) {
        try {
            return new DjlModel<>(name, provenance, features, outputs, recipe, network);
        } catch (MalformedModelException e) {
            throw new IllegalStateException(
                    recipe.architecture()
                            + " built a block that cannot read what an equal one wrote.",
                    e);
        }
    }

    /**
     * Returns the network, with its trained parameters, frozen.
     *
     * <p>It is live: the next step of a pipeline may compile or export it, and what changes its
     * parameters changes this model. Its input is [batch, features] with the columns of {@link
     * #featureOrder()} and the values of {@link #encode}; its output the raw scores, [batch,
     * outputs], in the order of the ids of {@link #getOutputIDInfo()}. Closing the model closes its
     * parameters.
     *
     * @return the block of the architecture
     * @throws IllegalStateException if the model is closed
     */
    public Block getBlock() {
        requireOpen();
        return block;
    }

    /**
     * Tells which feature feeds which column of the network's input.
     *
     * @return the name of the feature of each column; for a column that no feature of the training
     *     data feeds, the number of the column
     */
    public List<String> featureOrder() {
        return recipe.encoder().featureOrder();
    }

    /**
     * Returns what the network sees of an example.
     *
     * @param example the example
     * @return a value for each column of {@link #featureOrder()}, scaled
     * @throws IllegalArgumentException if the example has no known feature, or a value is not
     *     finite
     */
    public float[] encode(Example<T> example) {
        FeatureEncoder encoder = recipe.encoder();
        float[] row = new float[encoder.width()];
        FeatureEncoder.Row encoded = encoder.new Writer().encode(example, 0);
        encoded.copyTo(FloatBuffer.wrap(row), 0, encoder.emptyRow());
        return row;
    }

    /**
     * Returns the course of the training.
     *
     * @return a result for each epoch, in order
     */
    public List<EpochResult> getHistory() {
        return history;
    }

    /**
     * Returns the epoch whose parameters this model has: the last one, or with early stopping the
     * one with the smallest validation loss.
     *
     * @return the epoch, counted from 1
     */
    public int getBestEpoch() {
        return bestEpoch;
    }

    /**
     * Returns the architecture of the network.
     *
     * @return the architecture
     */
    public Architecture getArchitecture() {
        return recipe.architecture();
    }

    /** {@inheritDoc} */
    @Override
    public Prediction<T> predict(Example<T> example) {
        return innerPredict(Collections.singletonList(example)).get(0);
    }

    /** {@inheritDoc} */
    @Override
    protected List<Prediction<T>> innerPredict(Iterable<Example<T>> examples) {
        requireOpen();
        List<Prediction<T>> predictions = new ArrayList<>();
        List<Example<T>> batch = new ArrayList<>(recipe.batchSize());
        for (Example<T> example : examples) {
            batch.add(example);
            if (batch.size() == recipe.batchSize()) {
                predict(batch, predictions);
                batch.clear();
            }
        }
        if (!batch.isEmpty()) {
            predict(batch, predictions);
        }
        return predictions;
    }

    private void predict(List<Example<T>> batch, List<Prediction<T>> predictions) {
        EncodedExamples<T> encoded =
                new EncodedExamples<>(batch, recipe.encoder(), predictions.size());
        float[] scores;
        try (NDManager scratch = manager.newSubManager()) {
            NDList input = new NDList(encoded.features(scratch));
            NDList output = block.forward(new ParameterStore(scratch, false), input, false);
            NDArray result = output.singletonOrThrow();
            scores = result.toFloatArray();
        } finally {
            // A model that the caller has dropped must not be freed while it predicts.
            Reference.reachabilityFence(block);
        }
        int width = scores.length / batch.size();
        for (int i = 0; i < batch.size(); ++i) {
            predictions.add(
                    recipe.outputConverter()
                            .decode(
                                    Arrays.copyOfRange(scores, i * width, (i + 1) * width),
                                    outputIDInfo,
                                    encoded.used(i),
                                    batch.get(i)));
        }
    }

    /**
     * Returns no features: a network does not rank its inputs.
     *
     * @param n ignored
     * @return an empty map
     */
    @Override
    public Map<String, List<Pair<String, Double>>> getTopFeatures(int n) {
        return Collections.emptyMap();
    }

    /**
     * Returns no excuse.
     *
     * @param example ignored
     * @return an empty optional
     */
    @Override
    public Optional<Excuse<T>> getExcuse(Example<T> example) {
        return Optional.empty();
    }

    /** {@inheritDoc} */
    @Override
    protected DjlModel<T> copy(String newName, ModelProvenance newProvenance) {
        requireOpen();
        return create(
                newName,
                newProvenance,
                featureIDMap,
                outputIDInfo,
                recipe,
                new TrainedNetwork(Networks.save(block), bestEpoch, history));
    }

    /** {@inheritDoc} */
    @Override
    public ModelProto serialize() {
        requireOpen();
        return ModelProto.newBuilder()
                .setVersion(CURRENT_VERSION)
                .setClassName(DjlModel.class.getName())
                .setSerializedData(
                        Any.pack(
                                SavedForm.write(
                                        createDataCarrier(),
                                        recipe,
                                        new TrainedNetwork(
                                                Networks.save(block), bestEpoch, history))))
                .build();
    }

    /**
     * Rebuilds a model; called by {@link Model#deserialize}.
     *
     * @param version the version of the saved form
     * @param className the name of this class
     * @param message the saved form
     * @return the model
     * @throws InvalidProtocolBufferException if the message is damaged or does not hold together
     */
    public static DjlModel<?> deserializeFromProto(int version, String className, Any message)
            throws InvalidProtocolBufferException {
        if (version < 0 || version > CURRENT_VERSION) {
            throw new IllegalArgumentException(
                    "The model must have a version of at most "
                            + CURRENT_VERSION
                            + ", but has version "
                            + version
                            + ".");
        }
        return SavedForm.read(message.unpack(DjlModelProto.class));
    }

    private void requireOpen() {
        if (!manager.isOpen()) {
            throw new IllegalStateException("The model is closed.");
        }
    }

    /**
     * Frees the parameters; the model cannot predict, copy or be saved any more. Closing it again
     * does nothing.
     */
    @Override
    public void close() {
        memory.clean();
    }

    private Object writeReplace() {
        return new SerializedForm(serialize().toByteArray());
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("A DjlModel is read through its serialized form only.");
    }

    /** What Java serialization writes: the protobuf. */
    private static final class SerializedForm implements Serializable {

        private static final long serialVersionUID = 1L;

        private final byte[] proto;

        SerializedForm(byte[] proto) {
            this.proto = proto;
        }

        private Object readResolve() throws InvalidObjectException {
            try {
                return Model.deserialize(ModelProto.parseFrom(proto));
            } catch (InvalidProtocolBufferException | IllegalStateException e) {
                InvalidObjectException wrapped =
                        new InvalidObjectException("The serialized model is damaged.");
                wrapped.initCause(e);
                throw wrapped;
            }
        }
    }
}
