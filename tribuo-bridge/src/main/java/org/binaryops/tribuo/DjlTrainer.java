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

import com.oracle.labs.mlrg.olcut.config.Config;
import com.oracle.labs.mlrg.olcut.provenance.Provenance;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.Map;
import java.util.SplittableRandom;
import org.tribuo.Dataset;
import org.tribuo.ImmutableFeatureMap;
import org.tribuo.ImmutableOutputInfo;
import org.tribuo.Output;
import org.tribuo.Trainer;
import org.tribuo.WeightedExamples;
import org.tribuo.provenance.ModelProvenance;
import org.tribuo.provenance.TrainerProvenance;
import org.tribuo.provenance.impl.TrainerProvenanceImpl;

/**
 * Trains DJL networks on Tribuo data sets.
 *
 * <pre>{@code
 * var trainer = new DjlTrainer<>(
 *         new BinaryMlpArchitecture(256, 256),
 *         new ImageFeatureConverter(28, 28),
 *         new LabelConverter(),
 *         20, 128, 1e-3, 42L);
 * try (DjlModel<Label> model = trainer.train(data)) {
 *     LabelEvaluation evaluation = new LabelEvaluator().evaluate(model, test);
 * }
 * }</pre>
 *
 * <p>The loss of a batch is the mean of w · ℓ / w̄, where ℓ is the loss of an example, w its weight
 * and w̄ the mean weight of the training examples; so the weights of all examples times a constant
 * train the same model. Batches have at most {@code batchSize} examples and are of equal size but
 * for one example.
 *
 * <p>With a validation fraction, that share of the examples is held out, chosen at random; the
 * scaling of features is fitted without them. With a patience p, training stops when the validation
 * loss was not below its minimum for p epochs, and the model has the parameters of the best epoch.
 *
 * <p>On the CPU the same seed, settings and data give the same model, bit for bit, and a model can
 * be rebuilt from its provenance. Training seeds the engine's random number generator, of which
 * there is one in a process, and trainings wait for each other: {@code train} may be called
 * concurrently, but other code must not train with DJL or draw the engine's random numbers at the
 * same time. Training runs on the engine's default device, a GPU if it sees one.
 *
 * @param <T> the type of output
 */
public final class DjlTrainer<T extends Output<T>> implements Trainer<T>, WeightedExamples {

    @Config(mandatory = true, description = "The network.")
    Architecture architecture;

    @Config(mandatory = true, description = "How features become the input of the network.")
    private FeatureConverter featureConverter;

    @Config(mandatory = true, description = "The loss and the meaning of the network's output.")
    OutputConverter<T> outputConverter;

    @Config(description = "The update rule and its learning rate.")
    GradientOptimizer optimizer = GradientOptimizer.adam(1e-3);

    @Config(description = "The number of passes through the training data.")
    int epochs = 10;

    @Config(description = "The number of examples in a step, and in a step of prediction.")
    int batchSize = 128;

    @Config(description = "The seed of the initial parameters, the order and the validation split.")
    private long seed = Trainer.DEFAULT_SEED;

    @Config(description = "Shuffle the examples before each epoch.")
    boolean shuffle = true;

    @Config(description = "The share of the examples that is held out, in [0, 1).")
    private double validationFraction;

    @Config(
            description =
                    "Stop when the validation loss has not fallen for so many epochs; 0 for never.")
    int patience;

    @Config(description = "Log the loss after so many steps; -1 for never.")
    int loggingInterval = -1;

    @Config(description = "Show a progress bar on the standard output.")
    boolean progressBar;

    private SplittableRandom rng;

    private int trainInvocationCounter;

    /** For OLCUT. */
    private DjlTrainer() {}

    /**
     * Creates a trainer with Adam at a constant learning rate.
     *
     * @param architecture the network
     * @param featureConverter how features become the input of the network
     * @param outputConverter the loss and the meaning of the network's output
     * @param epochs the number of passes through the training data, positive
     * @param batchSize the number of examples in a step, positive
     * @param learningRate the learning rate, positive
     * @param seed the seed of the initial parameters, the order and the validation split
     * @throws IllegalArgumentException if an argument is null or out of range
     */
    public DjlTrainer(
            Architecture architecture,
            FeatureConverter featureConverter,
            OutputConverter<T> outputConverter,
            int epochs,
            int batchSize,
            double learningRate,
            long seed) {
        this(
                architecture,
                featureConverter,
                outputConverter,
                GradientOptimizer.adam(learningRate),
                epochs,
                batchSize,
                seed);
    }

    /**
     * Creates a trainer.
     *
     * @param architecture the network
     * @param featureConverter how features become the input of the network
     * @param outputConverter the loss and the meaning of the network's output
     * @param optimizer the update rule and its learning rate
     * @param epochs the number of passes through the training data, positive
     * @param batchSize the number of examples in a step, positive
     * @param seed the seed of the initial parameters, the order and the validation split
     * @throws IllegalArgumentException if an argument is null or out of range
     */
    public DjlTrainer(
            Architecture architecture,
            FeatureConverter featureConverter,
            OutputConverter<T> outputConverter,
            GradientOptimizer optimizer,
            int epochs,
            int batchSize,
            long seed) {
        this.architecture = architecture;
        this.featureConverter = featureConverter;
        this.outputConverter = outputConverter;
        this.optimizer = optimizer;
        this.epochs = epochs;
        this.batchSize = batchSize;
        this.seed = seed;
        checked();
    }

    /** Used by the OLCUT configuration system, and should not be called by external code. */
    @Override
    public synchronized void postConfig() {
        Setting.configured(this::checked);
    }

    private DjlTrainer<T> checked() {
        Setting.require(architecture != null, "architecture", "given", "null");
        Setting.require(featureConverter != null, "featureConverter", "given", "null");
        Setting.require(outputConverter != null, "outputConverter", "given", "null");
        Setting.require(optimizer != null, "optimizer", "given", "null");
        Setting.require(epochs > 0, "epochs", "positive", epochs);
        Setting.require(batchSize > 0, "batchSize", "positive", batchSize);
        Setting.require(
                validationFraction >= 0 && validationFraction < 1,
                "validationFraction",
                "in [0, 1)",
                validationFraction);
        Setting.require(patience >= 0, "patience", "0 or positive", patience);
        Setting.require(
                patience == 0 || validationFraction > 0,
                "patience",
                "0 without a validationFraction",
                patience);
        rng = new SplittableRandom(seed);
        return this;
    }

    /** A trainer of the same settings that has not trained yet. */
    private DjlTrainer<T> fresh() {
        DjlTrainer<T> copy =
                new DjlTrainer<>(
                        architecture,
                        featureConverter,
                        outputConverter,
                        optimizer,
                        epochs,
                        batchSize,
                        seed);
        copy.shuffle = shuffle;
        copy.validationFraction = validationFraction;
        copy.patience = patience;
        copy.loggingInterval = loggingInterval;
        copy.progressBar = progressBar;
        return copy;
    }

    /**
     * Returns a trainer that holds examples out and watches the loss on them.
     *
     * @param newFraction the share of the examples that is held out, in [0, 1)
     * @param newPatience the number of epochs without a fall of the validation loss after which
     *     training stops; 0 to report only
     * @return a new trainer, with no invocations, of otherwise equal settings
     * @throws IllegalArgumentException if an argument is out of range
     */
    public DjlTrainer<T> withValidation(double newFraction, int newPatience) {
        DjlTrainer<T> copy = fresh();
        copy.validationFraction = newFraction;
        copy.patience = newPatience;
        return copy.checked();
    }

    /**
     * Returns a trainer that shuffles the examples before each epoch, or does not.
     *
     * @param newShuffle whether to shuffle; the default is true
     * @return a new trainer, with no invocations, of otherwise equal settings
     */
    public DjlTrainer<T> withShuffle(boolean newShuffle) {
        DjlTrainer<T> copy = fresh();
        copy.shuffle = newShuffle;
        return copy;
    }

    /**
     * Returns a trainer that logs the loss.
     *
     * @param newInterval the number of steps between two messages; −1 for none, the default
     * @return a new trainer, with no invocations, of otherwise equal settings
     */
    public DjlTrainer<T> withLoggingInterval(int newInterval) {
        DjlTrainer<T> copy = fresh();
        copy.loggingInterval = newInterval;
        return copy;
    }

    /**
     * Returns a trainer that shows a progress bar on the standard output, or does not.
     *
     * @param newProgressBar whether to show it; the default is false
     * @return a new trainer, with no invocations, of otherwise equal settings
     */
    public DjlTrainer<T> withProgressBar(boolean newProgressBar) {
        DjlTrainer<T> copy = fresh();
        copy.progressBar = newProgressBar;
        return copy;
    }

    /** {@inheritDoc} */
    @Override
    public DjlModel<T> train(Dataset<T> examples) {
        return train(examples, Collections.emptyMap());
    }

    /** {@inheritDoc} */
    @Override
    public DjlModel<T> train(Dataset<T> examples, Map<String, Provenance> runProvenance) {
        return train(examples, runProvenance, INCREMENT_INVOCATION_COUNT);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the data set is empty or has unknown outputs, a feature
     *     does not suit the converter, a feature value or a weight is not finite, an example has no
     *     features, or there are too few examples
     * @throws IllegalStateException if the loss or a parameter becomes infinite or NaN
     */
    @Override
    public DjlModel<T> train(
            Dataset<T> examples, Map<String, Provenance> runProvenance, int invocationCount) {
        if (examples.size() == 0) {
            throw new IllegalArgumentException("The data set has no examples.");
        }
        if (examples.getOutputInfo().getUnknownCount() > 0) {
            throw new IllegalArgumentException(
                    "The data set must have outputs known to train on, but "
                            + examples.getOutputInfo().getUnknownCount()
                            + " of "
                            + examples.size()
                            + " are unknown.");
        }
        SplittableRandom localRng;
        TrainerProvenance trainerProvenance;
        synchronized (this) {
            if (invocationCount != INCREMENT_INVOCATION_COUNT) {
                setInvocationCount(invocationCount);
            }
            localRng = rng.split();
            trainerProvenance = getProvenance();
            trainInvocationCounter++;
        }
        TrainingSplit<T> split = TrainingSplit.of(examples, validationFraction, localRng);
        ImmutableFeatureMap features = examples.getFeatureIDMap();
        ImmutableOutputInfo<T> outputs = examples.getOutputIDInfo();
        FeatureEncoder encoder = featureConverter.fit(split.trainingExamples(), features);
        EncodedExamples<T> encoded = new EncodedExamples<>(split.examples(), encoder, 0);
        TrainedNetwork network;
        synchronized (TrainingSession.ENGINE) {
            try (TrainingSession<T> session =
                    new TrainingSession<>(
                            this,
                            outputs,
                            encoded,
                            encoder.width(),
                            split.training(),
                            split.validation(),
                            localRng)) {
                network = session.run();
            }
        }
        ModelProvenance provenance =
                new ModelProvenance(
                        DjlModel.class.getName(),
                        OffsetDateTime.now(),
                        examples.getProvenance(),
                        trainerProvenance,
                        runProvenance);
        return DjlModel.create(
                "djl-model",
                provenance,
                features,
                outputs,
                new DjlModel.Recipe<>(architecture, outputConverter, encoder, batchSize),
                network);
    }

    /** {@inheritDoc} */
    @Override
    public synchronized int getInvocationCount() {
        return trainInvocationCounter;
    }

    /** {@inheritDoc} */
    @Override
    public synchronized void setInvocationCount(int invocationCount) {
        if (invocationCount < 0) {
            throw new IllegalArgumentException(
                    "The invocation count must be 0 or positive, but was " + invocationCount + ".");
        }
        rng = new SplittableRandom(seed);
        for (trainInvocationCounter = 0;
                trainInvocationCounter < invocationCount;
                trainInvocationCounter++) {
            rng.split();
        }
    }

    /** {@inheritDoc} */
    @Override
    public TrainerProvenance getProvenance() {
        return new TrainerProvenanceImpl(this);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "DjlTrainer(architecture="
                + architecture
                + ",featureConverter="
                + featureConverter
                + ",outputConverter="
                + outputConverter
                + ",optimizer="
                + optimizer
                + ",epochs="
                + epochs
                + ",batchSize="
                + batchSize
                + ",seed="
                + seed
                + ",shuffle="
                + shuffle
                + ",validationFraction="
                + validationFraction
                + ",patience="
                + patience
                + ")";
    }
}
