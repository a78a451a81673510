package org.binaryops.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.binaryops.nn.QuantizedLayer;
import org.binaryops.quantizer.Identity;

/** Watches the signs of the binary weights of a network. */
final class Signs {

    private final List<QuantizedLayer> layers = new ArrayList<>();
    private BitSet last;

    /** Takes the signs of an initialized block. */
    Signs(Block block) {
        collect(block);
        last = read();
    }

    private void collect(Block block) {
        if (block instanceof QuantizedLayer layer
                && !(layer.getWeightQuantizer() instanceof Identity)) {
            layers.add(layer);
        }
        block.getChildren().values().forEach(this::collect);
    }

    /** The share of signs that changed since the last call; NaN if there are none. */
    double flipRatio() {
        BitSet signs = read();
        // One bit beyond the last sign is always set: it tells how many there are.
        double count = signs.length() - 1.0;
        last.xor(signs);
        double flipped = last.cardinality();
        last = signs;
        return flipped / count;
    }

    private BitSet read() {
        BitSet signs = new BitSet();
        int next = 0;
        for (QuantizedLayer layer : layers) {
            NDArray weight = layer.getParameters().get("weight").getArray();
            try (NDManager manager = weight.getManager().newSubManager()) {
                NDArray like = manager.zeros(weight.getShape());
                float[] values =
                        layer.quantizedWeight(new ParameterStore(manager, false), like)
                                .toFloatArray();
                for (float value : values) {
                    signs.set(next++, value >= 0);
                }
            }
        }
        signs.set(next);
        return signs;
    }
}
