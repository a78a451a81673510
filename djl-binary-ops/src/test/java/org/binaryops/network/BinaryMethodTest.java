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
package org.binaryops.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.binaryops.nn.InputScale;
import org.binaryops.nn.QuantLinear;
import org.binaryops.nn.RPReLU;
import org.binaryops.nn.WeightScale;
import org.binaryops.quantizer.ApproxSign;
import org.binaryops.quantizer.Identity;
import org.binaryops.quantizer.ReActShift;
import org.binaryops.quantizer.ReSte;
import org.binaryops.quantizer.Staged;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BinaryMethodTest {

    @Test
    void theNamesAreThoseOfThePapers() {
        assertEquals(
                List.of(
                        "float",
                        "bnn",
                        "xnor",
                        "dorefa",
                        "bireal",
                        "bnn+",
                        "xnor++",
                        "irnet",
                        "reactnet",
                        "recu",
                        "fda",
                        "bit",
                        "xnor-bibench",
                        "tbt",
                        "bivit",
                        "reste",
                        "biper"),
                BinaryMethod.names());
        for (String name : BinaryMethod.names()) {
            BinaryMethod method = BinaryMethod.named(name);
            assertEquals(name, method.getName());
            assertEquals(name, method.toString());
            assertEquals(name.equals("float"), method.getPaper().isEmpty());
            assertEquals(name.equals("float"), method.newWeight() instanceof Identity);
            // Each layer owns its quantizers.
            assertNotSame(method.newActivation(), method.newActivation());
            assertNotSame(method.newWeight(), method.newWeight());
        }
        assertSame(BinaryMethod.named("bnn"), BinaryMethod.named("STE"));
        assertSame(BinaryMethod.named("bnn+"), BinaryMethod.named("swish"));
    }

    @ParameterizedTest
    @CsvSource({
        "float, Identity, Identity, NONE, NONE",
        "bnn, StraightThroughSign, StraightThroughSign, NONE, NONE",
        "xnor, StraightThroughSign, XnorWeight, NONE, SPATIAL_MAP",
        "dorefa, StraightThroughSign, DoReFaWeight, NONE, NONE",
        "bireal, ApproxSign, StraightThroughSign, CHANNEL_MEAN_STRAIGHT_THROUGH, NONE",
        "bnn+, SwishSign, SwishSign, NONE, NONE",
        "xnor++, StraightThroughSign, StraightThroughSign, LEARNED_RANK_ONE, NONE",
        "irnet, ErrorDecayEstimator, IrNetWeight, NONE, NONE",
        "reactnet, ReActShift, StraightThroughSign, CHANNEL_MEAN_STRAIGHT_THROUGH, NONE",
        "recu, NormalizedSign, ReCuWeight, LEARNED, NONE",
        "fda, FourierSign, FourierSign, CHANNEL_MEAN, NONE",
        "bit, LearnedShift, BwnWeight, NONE, NONE",
        "tbt, ElasticQuantizer, StatisticsWeightQuantizer, NONE, NONE",
        "bivit, StraightThroughSign, CentredWeight, LEARNED_FROM_MEAN, NONE",
        "reste, ReSte, ReSte, LAYER_MEAN, NONE",
        "biper, NormalizedSign, BiPer, LEARNED, NONE",
        "xnor-bibench, StraightThroughSign, StraightThroughSign, CHANNEL_MEAN_STRAIGHT_THROUGH,"
                + " SAMPLE_MEAN_STRAIGHT_THROUGH"
    })
    void partsAreThoseOfThePapers(
            String name, String activation, String weight, WeightScale scale, InputScale input) {
        BinaryMethod method = BinaryMethod.named(name);
        assertEquals(activation, method.newActivation().getClass().getSimpleName());
        assertEquals(weight, method.newWeight().getClass().getSimpleName());
        assertEquals(scale, method.getScale());
        assertEquals(input, method.getInputScale());
    }

    @Test
    void anUnknownNameIsAnsweredWithTheKnownOnes() {
        for (String wrong : new String[] {"rest", "", null}) {
            String message =
                    assertThrows(IllegalArgumentException.class, () -> BinaryMethod.named(wrong))
                            .getMessage();
            assertEquals(
                    "name must be one of "
                            + String.join(", ", BinaryMethod.names())
                            + ", but was "
                            + wrong
                            + ".",
                    message);
        }
    }

    @Test
    void aUserBuildsHisOwn() {
        BinaryMethod mine =
                BinaryMethod.builder("mine")
                        .optActivation(ApproxSign::new)
                        .optWeight(ReSte::new)
                        .optScale(WeightScale.CHANNEL_MEAN)
                        .optInputScale(InputScale.SAMPLE_MEAN)
                        .build();
        assertEquals("mine", mine.getName());
        QuantLinear layer = mine.applyTo(QuantLinear.builder()).setUnits(3).build();
        assertInstanceOf(ApproxSign.class, layer.getInputQuantizer());
        assertInstanceOf(ReSte.class, layer.getWeightQuantizer());
        assertEquals(WeightScale.CHANNEL_MEAN, layer.getScale());
        assertEquals(InputScale.SAMPLE_MEAN, layer.getInputScale());
        assertMessage("name must not be empty.", () -> BinaryMethod.builder(" "));
        assertMessage(
                "weight must be given, but was null.",
                () -> BinaryMethod.builder("mine").optWeight(null));
        assertTrue(!BinaryMethod.names().contains("mine"));
    }

    @Test
    void weightsStayRealUntilTheSecondStage() {
        BinaryMethod staged = BinaryMethod.named("reactnet").withRealWeightsFirst();
        assertEquals("reactnet", staged.getName());
        assertEquals(BinaryMethod.named("reactnet").getPaper(), staged.getPaper());
        assertInstanceOf(ReActShift.class, staged.newActivation());
        assertInstanceOf(RPReLU.class, staged.newNonlinearity());
        QuantLinear layer = staged.applyTo(QuantLinear.builder()).setUnits(3).build();
        assertFalse(layer.getWeightQuantizer().isBinary());
        Staged.setEnabled(layer, true);
        assertTrue(layer.getWeightQuantizer().isBinary());
    }

    private static void assertMessage(
            String message, org.junit.jupiter.api.function.Executable action) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
    }
}
