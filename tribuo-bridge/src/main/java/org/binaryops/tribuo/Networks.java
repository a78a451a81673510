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
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.norm.BatchNorm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.binaryops.quantizer.BiPer;

/** What is done with blocks: building, writing, reading. */
final class Networks {

    private Networks() {}

    /** The parameters of a block, in DJL's encoding. */
    static byte[] save(Block block) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            block.saveParameters(new DataOutputStream(bytes));
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Builds a network and reads its parameters, which a trainer must unfreeze to change.
     *
     * @throws MalformedModelException if the parameters are not those of the architecture
     */
    static Block load(
            Architecture architecture,
            int features,
            int outputs,
            byte[] parameters,
            NDManager manager)
            throws MalformedModelException {
        Block block = architecture.build(features, outputs);
        int left;
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(parameters))) {
            block.loadParameters(manager, in);
            left = in.available();
        } catch (IOException | MalformedModelException | RuntimeException e) {
            throw new MalformedModelException(
                    "The parameters are damaged or not those of " + architecture + ".", e);
        }
        if (left > 0) {
            throw new MalformedModelException(
                    left + " bytes are left after the parameters of " + architecture + ".");
        }
        checkOutput(architecture, block, features, outputs);
        // Without this, every prediction would record a graph on threads other than the engine's.
        block.freezeParameters(true);
        return block;
    }

    /** Checks that a block returns a row of scores for each example. */
    static void checkOutput(Architecture architecture, Block block, int features, int outputs) {
        Shape[] actual = block.getOutputShapes(new Shape[] {new Shape(2, features)});
        if (actual.length != 1 || !actual[0].equals(new Shape(2, outputs))) {
            throw new IllegalArgumentException(
                    architecture
                            + " must return the shape [2, "
                            + outputs
                            + "] for the input [2, "
                            + features
                            + "], but returns "
                            + Arrays.toString(actual)
                            + ".");
        }
    }

    /** Whether a block is in a stage of training whose parameters are not yet those it is for. */
    static boolean isPreliminary(Block block) {
        if (block instanceof BiPer biPer) {
            return biPer.getStage() == BiPer.Stage.PERIODIC;
        }
        return block.getChildren().values().stream().anyMatch(Networks::isPreliminary);
    }

    /** Whether a block contains a batch norm, which cannot train on a single example. */
    static boolean hasBatchNorm(Block block) {
        if (block instanceof BatchNorm) {
            return true;
        }
        return block.getChildren().values().stream().anyMatch(Networks::hasBatchNorm);
    }
}
