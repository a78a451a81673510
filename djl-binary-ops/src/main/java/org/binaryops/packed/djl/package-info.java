/**
 * The packed runtime as an engine of the Deep Java Library: {@code Criteria} and {@code Predictor}
 * load and run packed files ({@code *.bops}) with DJL's translators, without a native library.
 *
 * <pre>{@code
 * Criteria<Image, Classifications> criteria =
 *         Criteria.builder()
 *                 .setTypes(Image.class, Classifications.class)
 *                 .optEngine("BinaryOps")
 *                 .optModelPath(Path.of("digits.bops"))
 *                 .optTranslator(translator)
 *                 .build();
 * try (ZooModel<Image, Classifications> model = criteria.loadModel();
 *         Predictor<Image, Classifications> predictor = model.newPredictor()) {
 *     Classifications classes = predictor.predict(image);
 * }
 * }</pre>
 *
 * <p>The network itself is executed by {@link org.binaryops.packed.PackedModel}; {@link
 * org.binaryops.packed.djl.PackedBlock} hands it over. Translators, however, compute with {@code
 * NDArray}s around the network: they decode and scale images, stack batches, apply softmax. The
 * arrays of this package do that in Java, for the types float32, float64, int8, uint8, int32, int64
 * and boolean and for the operations that DJL's image and feature translators use. Where an engine
 * with arrays of its own (PyTorch) is on the class path, it is used for all other operations, as
 * DJL's other inference engines do; where there is none, they throw one sentence that names the
 * operation. The system property {@code ai.djl.java.disable_alternative} set to {@code true} keeps
 * the other engine out.
 */
package org.binaryops.packed.djl;
