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
package org.binaryops.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.binaryops.attention.SoftmaxAwareBinarizer;
import org.binaryops.nn.QuantConv2d;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.quantizer.codebook.Codebook;
import org.binaryops.testing.Blocks;
import org.binaryops.testing.Gradients;
import org.binaryops.testing.Leaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every quantizer of the library must do, whatever its formula: save and load its state, give
 * in float32 what it gives in float64, leave nothing behind, and work in the layers it is for.
 *
 * <p>A quantizer that is not in the table {@link #cases} fails {@link #noQuantizerIsMissing}.
 */
class EveryQuantizerTest {

    private static final Shape FEATURES = new Shape(4, 8);
    private static final Shape IMAGES = new Shape(2, 4, 3, 3);
    private static final int UNITS = 3;

    /**
     * One way to make a quantizer; {@code null} where it is not for that place.
     *
     * @param features for the input of a fully connected layer
     * @param images for the input of a convolution
     * @param weight for the weight of either
     */
    private record Case(
            String name,
            Supplier<? extends Quantizer> features,
            Supplier<? extends Quantizer> images,
            Supplier<? extends Quantizer> weight) {

        Quantizer any() {
            return (features != null ? features : weight).get();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Case everywhere(String name, Supplier<? extends Quantizer> quantizer) {
        return new Case(name, quantizer, quantizer, quantizer);
    }

    private static Case input(String name, Supplier<? extends Quantizer> quantizer) {
        return new Case(name, quantizer, quantizer, null);
    }

    private static Case weight(String name, Supplier<? extends Quantizer> quantizer) {
        return new Case(name, null, null, quantizer);
    }

    /** The table: every concrete subclass of Quantizer, in the variants that differ. */
    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.add(everywhere("Identity", Identity::new));
        cases.add(everywhere("StraightThroughSign", StraightThroughSign::new));
        cases.add(everywhere("StraightThroughSign.identity", StraightThroughSign::identity));
        cases.add(everywhere("ApproxSign", ApproxSign::new));
        cases.add(everywhere("SwishSign", SwishSign::new));
        cases.add(everywhere("ReSte", ReSte::new));
        cases.add(everywhere("ErrorDecayEstimator", ErrorDecayEstimator::new));
        cases.add(everywhere("FourierSign", FourierSign::new));
        cases.add(
                new Case(
                        "FourierSign.withNoise",
                        () -> FourierSign.withNoise(NoiseAdaptation.forLinear()),
                        () -> FourierSign.withNoise(NoiseAdaptation.forConvolution()),
                        () -> FourierSign.withNoise(NoiseAdaptation.forWeight())));
        cases.add(
                everywhere("DynamicFixedPointQuantizer", () -> new DynamicFixedPointQuantizer(8)));
        cases.add(everywhere("PowerQuantizer", () -> PowerQuantizer.perTensor(4, false)));
        cases.add(everywhere("PowerQuantizer.learned", () -> PowerQuantizer.perTensor(4, true)));
        cases.add(everywhere("AffineQuantizer", () -> affine(false).build()));
        cases.add(everywhere("AffineQuantizer.symmetric", () -> affine(true).build()));
        for (ElasticQuantizer.Range range : ElasticQuantizer.Range.values()) {
            for (int bits : new int[] {1, 2, 4}) {
                String name = "ElasticQuantizer " + range + " " + bits;
                Supplier<Quantizer> elastic = () -> new ElasticQuantizer(range, bits);
                // Weights have both signs.
                boolean signed = range == ElasticQuantizer.Range.SIGNED;
                cases.add(signed ? everywhere(name, elastic) : input(name, elastic));
            }
        }
        cases.add(everywhere("Staged off", () -> Staged.of(new ReSte())));
        cases.add(
                everywhere(
                        "Staged on",
                        () -> {
                            Staged staged = Staged.of(new ReSte());
                            staged.setEnabled(true);
                            return staged;
                        }));
        cases.add(input("Codebook", () -> Codebook.builder().setCodes(6).build()));
        cases.add(input("NormalizedSign", NormalizedSign::new));
        cases.add(new Case("ReActShift", ReActShift::forLinear, ReActShift::forConvolution, null));
        cases.add(
                new Case(
                        "LearnedShift",
                        () -> LearnedShift.forLinear(ElasticQuantizer.signed(1)),
                        () -> LearnedShift.forConvolution(ElasticQuantizer.signed(1)),
                        null));
        cases.add(input("DoReFaActivation", () -> new DoReFaActivation(3)));
        cases.add(input("ArcTanSpike", ArcTanSpike::new));
        cases.add(input("PotentialDependentSpike", PotentialDependentSpike::new));
        cases.add(
                input(
                        "PotentialDependentSpike.perChannel",
                        () -> PotentialDependentSpike.perChannel(.3, 1)));
        cases.add(weight("BiPer", BiPer::new));
        cases.add(weight("ReCuWeight", ReCuWeight::new));
        cases.add(weight("IrNetWeight", IrNetWeight::new));
        for (XnorWeight.Derivative derivative : XnorWeight.Derivative.values()) {
            cases.add(weight("XnorWeight " + derivative, () -> new XnorWeight(derivative)));
        }
        cases.add(
                weight(
                        "CentredWeight (BiViT)",
                        () -> new CentredWeight(StraightThroughSign.open())));
        cases.add(
                weight(
                        "CentredWeight (XNOR)",
                        () -> new CentredWeight(new XnorWeight(XnorWeight.Derivative.SCALED))));
        cases.add(weight("BwnWeight.perLayer", BwnWeight::perLayer));
        cases.add(weight("BwnWeight.perChannel", BwnWeight::perChannel));
        cases.add(weight("StatisticsWeightQuantizer 1", () -> new StatisticsWeightQuantizer(1)));
        cases.add(weight("StatisticsWeightQuantizer 2", () -> new StatisticsWeightQuantizer(2)));
        cases.add(everywhere("DynamicRangeQuantizer", () -> DynamicRangeQuantizer.symmetric(8)));
        cases.add(input("DynamicRangeQuantizer min", () -> DynamicRangeQuantizer.asymmetric(8)));
        cases.add(input("SoftmaxAwareBinarizer", SoftmaxAwareBinarizer::fast));
        cases.add(input("SoftmaxAwareBinarizer optimal", SoftmaxAwareBinarizer::optimal));
        cases.add(
                weight(
                        "LearnedScaleWeight",
                        () ->
                                new LearnedScaleWeight(
                                        new CentredWeight(StraightThroughSign.open()))));
        cases.add(weight("TernaryQuantizer", TernaryQuantizer::new));
        for (int bits : new int[] {1, 2, 4}) {
            cases.add(weight("DoReFaWeight " + bits, () -> new DoReFaWeight(bits)));
        }
        cases.add(weight("AffineQuantizer by filter", () -> affine(true).optAxis(0).build()));
        cases.add(weight("PowerQuantizer by filter", () -> PowerQuantizer.perChannel(4, 0, true)));
        return cases;
    }

    private static AffineQuantizer.Builder affine(boolean symmetric) {
        return AffineQuantizer.builder().setBits(4).optSymmetric(symmetric).optObserver(.9);
    }

    @Test
    void noQuantizerIsMissing() {
        Set<String> concrete =
                StreamSupport.stream(
                                new ClassFileImporter()
                                        .withImportOption(
                                                ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                                        .importPackages("org.binaryops")
                                        .spliterator(),
                                false)
                        .filter(type -> type.isAssignableTo(Quantizer.class))
                        .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
                        .map(JavaClass::getName)
                        .collect(Collectors.toCollection(TreeSet::new));
        Set<String> tabled =
                cases().stream()
                        .map(c -> c.any().getClass().getName())
                        .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(concrete.size() >= 20, "the scan finds the library");
        assertEquals(concrete, tabled, "quantizers of the library and of the table in this test");
    }

    /** Where a quantizer may stand by itself: what it is made by, and for which shape. */
    private record Place(Supplier<? extends Quantizer> quantizer, Shape shape) {}

    private static List<Place> places(Case c) {
        List<Place> places = new ArrayList<>();
        if (c.features != null) {
            places.add(new Place(c.features, FEATURES));
        }
        if (c.images != null) {
            places.add(new Place(c.images, IMAGES));
        }
        if (c.weight != null) {
            places.add(new Place(c.weight, new Shape(UNITS, 8)));
            places.add(new Place(c.weight, new Shape(UNITS, 4, 3, 3)));
        }
        return places;
    }

    private static double[] progress(Quantizer quantizer) {
        boolean annealed =
                quantizer instanceof Annealed
                        || quantizer.getChildren().values().stream()
                                .anyMatch(child -> child instanceof Annealed);
        return annealed ? new double[] {0, .25, .5, 1} : new double[] {0};
    }

    private static void anneal(Block block, double progress) {
        if (block instanceof Annealed annealed) {
            annealed.setProgress(progress);
        }
        block.getChildren().values().forEach(child -> anneal(child, progress));
    }

    /** The parameters that training moves. */
    private static List<Parameter> learned(Block block) {
        return block.getParameters().values().stream()
                .filter(Parameter::requiresGradient)
                .collect(Collectors.toList());
    }

    /** Values and gradients of a training pass, as doubles. */
    private record Pass(double[] values, List<double[]> gradients) {

        static Pass of(NDManager manager, Quantizer quantizer, NDArray x, double[] upstream) {
            x.setRequiresGradient(true);
            List<NDArray> leaves = new ArrayList<>(List.of(x));
            for (Parameter parameter : learned(quantizer)) {
                parameter.getArray().setRequiresGradient(true);
                leaves.add(parameter.getArray());
            }
            double[] values;
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray y = quantizer.quantize(new ParameterStore(manager, false), x, true);
                assertEquals(x.getShape(), y.getShape());
                assertEquals(x.getDataType(), y.getDataType());
                values = doubles(y);
                NDArray up = manager.create(upstream, x.getShape());
                Gradients.backward(collector, y.mul(up.toType(x.getDataType(), false)).sum());
            }
            return new Pass(
                    values,
                    leaves.stream()
                            .map(leaf -> doubles(leaf.getGradient()))
                            .collect(Collectors.toList()));
        }

        List<double[]> all() {
            List<double[]> all = new ArrayList<>(gradients);
            all.add(values);
            return all;
        }

        /** Whether another pass gives the same within a share of the largest number. */
        boolean near(Pass other, double share) {
            for (int i = 0; i < all().size(); ++i) {
                double[] mine = all().get(i);
                double[] theirs = other.all().get(i);
                double largest = Arrays.stream(mine).map(Math::abs).max().orElse(0);
                for (int j = 0; j < mine.length; ++j) {
                    if (!(Math.abs(mine[j] - theirs[j]) <= share * largest)) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    private static double[] doubles(NDArray array) {
        return array.toType(DataType.FLOAT64, false).toDoubleArray();
    }

    /** A training pass of a new quantizer with given parameters, after one that sets its state. */
    private static Pass pass(
            Place place,
            double progress,
            DataType type,
            double[] x,
            double[] upstream,
            List<double[]> parameters) {
        try (NDManager manager = NDManager.newBaseManager()) {
            Quantizer quantizer = place.quantizer.get();
            quantizer.initialize(manager, type, place.shape);
            anneal(quantizer, progress);
            List<Parameter> learned = learned(quantizer);
            for (int i = 0; i < learned.size(); ++i) {
                NDArray array = learned.get(i).getArray();
                array.setRequiresGradient(false);
                NDArray value = manager.create(parameters.get(i), array.getShape());
                array.muli(0).addi(value.toType(type, false));
            }
            NDArray input = manager.create(x, place.shape).toType(type, true);
            // Wider, so that no number lies at the end of an observed range.
            NDArray wider = input.mul(1.25);
            quantizer.quantize(new ParameterStore(manager, false), wider, true);
            return Pass.of(manager, quantizer, input, upstream);
        }
    }

    private static List<double[]> parameters(Place place) {
        Engine.getInstance().setRandomSeed(12);
        try (NDManager manager = NDManager.newBaseManager()) {
            Quantizer quantizer = place.quantizer.get();
            quantizer.initialize(manager, DataType.FLOAT32, place.shape);
            return learned(quantizer).stream()
                    .map(p -> doubles(p.getArray()))
                    .collect(Collectors.toList());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void float32GivesWhatFloat64Gives(Case c) {
        for (Place place : places(c)) {
            List<double[]> parameters = parameters(place);
            for (double progress : progress(c.any())) {
                assertFloat32(c.name + " at " + progress, place, progress, parameters);
            }
        }
    }

    private static void assertFloat32(
            String what, Place place, double progress, List<double[]> parameters) {
        int n = (int) place.shape.size();
        for (int seed = 0; seed < 60; ++seed) {
            Random random = new Random(seed);
            double[] x = new double[n];
            double[] upstream = new double[n];
            for (int i = 0; i < n; ++i) {
                x[i] = (float) (3 * random.nextDouble() - 1.5);
                upstream[i] = (float) (4 * random.nextDouble() - 2);
            }
            Pass exact = pass(place, progress, DataType.FLOAT64, x, upstream, parameters);
            if (!isContinuous(place, progress, x, upstream, parameters, exact, random)) {
                continue;
            }
            Pass single = pass(place, progress, DataType.FLOAT32, x, upstream, parameters);
            for (int i = 0; i < exact.all().size(); ++i) {
                double[] expected = exact.all().get(i);
                double[] actual = single.all().get(i);
                double mean = Arrays.stream(expected).map(Math::abs).average().orElse(0);
                for (int j = 0; j < expected.length; ++j) {
                    double size = Math.max(Math.abs(expected[j]), mean);
                    assertEquals(expected[j], actual[j], 1e-4 * size, what + ", " + i + "/" + j);
                }
            }
            return;
        }
        throw new AssertionError(what + ": no input away from discontinuities found");
    }

    /** Whether small changes of the input change values and gradients by little. */
    private static boolean isContinuous(
            Place place,
            double progress,
            double[] x,
            double[] upstream,
            List<double[]> parameters,
            Pass exact,
            Random random) {
        for (int trial = 0; trial < 3; ++trial) {
            double[] moved = x.clone();
            for (int i = 0; i < x.length; ++i) {
                moved[i] += random.nextBoolean() ? 6e-7 : -6e-7;
            }
            Pass there = pass(place, progress, DataType.FLOAT64, moved, upstream, parameters);
            if (!exact.near(there, 5e-5)) {
                return false;
            }
        }
        return true;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void stateAndParametersAreSaved(Case c) {
        for (Place place : places(c)) {
            for (double progress : progress(c.any())) {
                Engine.getInstance().setRandomSeed(13);
                try (NDManager manager = NDManager.newBaseManager()) {
                    Quantizer quantizer = place.quantizer.get();
                    quantizer.initialize(manager, DataType.FLOAT32, place.shape);
                    anneal(quantizer, progress);
                    NDArray x = manager.randomNormal(place.shape);
                    for (Parameter parameter : learned(quantizer)) {
                        parameter.getArray().setRequiresGradient(false);
                        parameter.getArray().muli(1.125);
                        parameter.getArray().addi(.125);
                    }
                    quantizer.quantize(new ParameterStore(manager, false), x, true);
                    Quantizer fresh = place.quantizer.get();
                    Blocks.assertRoundTrip(manager, quantizer, fresh, x);
                    assertArrayEquals(Blocks.save(quantizer), Blocks.save(fresh));
                    // What only the backward pass depends on comes back too.
                    double[] upstream = new Random(1).doubles(x.size(), -2, 2).toArray();
                    Pass before = Pass.of(manager, quantizer, x.duplicate(), upstream);
                    Pass after = Pass.of(manager, fresh, x.duplicate(), upstream);
                    assertTrue(before.near(after, 1e-6), c.name + " at " + progress);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void itWorksInLayersAndLeavesNothing(Case c) {
        if (c.weight == null) {
            assertLayer(c, linear().optInputQuantizer(c.features.get()).build(), FEATURES);
            assertLayer(c, convolution().optInputQuantizer(c.images.get()).build(), IMAGES);
        } else if (c.features == null) {
            assertLayer(c, linear().optWeightQuantizer(c.weight.get()).build(), FEATURES);
            assertLayer(c, convolution().optWeightQuantizer(c.weight.get()).build(), IMAGES);
        } else {
            assertLayer(
                    c,
                    linear().optInputQuantizer(c.features.get())
                            .optWeightQuantizer(c.weight.get())
                            .build(),
                    FEATURES);
            assertLayer(
                    c,
                    convolution()
                            .optInputQuantizer(c.images.get())
                            .optWeightQuantizer(c.weight.get())
                            .build(),
                    IMAGES);
        }
    }

    private static QuantLinear.Builder linear() {
        return QuantLinear.builder().setUnits(UNITS);
    }

    private static QuantConv2d.Builder convolution() {
        return QuantConv2d.builder().setFilters(UNITS).setKernelShape(new Shape(3, 3));
    }

    private static void assertLayer(Case c, QuantizedLayer layer, Shape shape) {
        Engine.getInstance().setRandomSeed(14);
        try (NDManager lasting = NDManager.newBaseManager()) {
            layer.initialize(lasting, DataType.FLOAT32, shape);
            NDArray weight = layer.getDirectParameters().get("weight").getArray();
            for (Parameter parameter : learned(layer)) {
                parameter.getArray().setRequiresGradient(true);
            }
            for (double progress : new double[] {0, .25, .5, 1}) {
                anneal(layer.getInputQuantizer(), progress);
                anneal(layer.getWeightQuantizer(), progress);
                try (NDManager manager = lasting.newSubManager()) {
                    NDArray x = manager.randomNormal(shape);
                    step(c, manager, layer, x);
                    assertFinite(c, Blocks.infer(manager, layer, x).singletonOrThrow());
                    NDArray gradient = weight.getGradient();
                    gradient.attach(manager);
                    assertFinite(c, gradient);
                    assertFalse(isZero(gradient), c.name + ": the weight gets a gradient");
                    gradient.subi(gradient);
                }
            }
            Leaks.assertNothingLeft(
                    lasting,
                    50,
                    manager -> {
                        NDArray x = manager.randomNormal(shape);
                        step(c, manager, layer, x);
                        Blocks.infer(manager, layer, x);
                    });
        }
    }

    /** One forward and backward pass; the gradient of the input must come. */
    private static void step(Case c, NDManager manager, QuantizedLayer layer, NDArray x) {
        x.setRequiresGradient(true);
        try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
            NDArray y = Blocks.train(manager, layer, x).singletonOrThrow();
            assertEquals(layer.getOutputShapes(new Shape[] {x.getShape()})[0], y.getShape());
            assertFinite(c, y);
            NDArray target = manager.randomNormal(y.getShape());
            Gradients.backward(collector, y.sub(target).square().sum());
        }
        NDArray gradient = x.getGradient();
        assertNotNull(gradient);
        gradient.attach(manager);
        assertFinite(c, gradient);
        assertFalse(isZero(gradient), c.name + ": the input gets a gradient");
    }

    private static void assertFinite(Case c, NDArray array) {
        for (float v : array.toFloatArray()) {
            assertTrue(Float.isFinite(v), c.name + " gives finite numbers");
        }
    }

    private static boolean isZero(NDArray array) {
        for (float v : array.toFloatArray()) {
            if (v != 0) {
                return false;
            }
        }
        return true;
    }
}
