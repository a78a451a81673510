/**
 * The compiler from trained DJL blocks to packed models.
 *
 * <p>It lives apart from the runtime so that a service that only predicts needs no DJL: this
 * package reads blocks, {@code org.binaryops.packed} knows nothing of them. {@link
 * org.binaryops.packed.compiler.PackedCompiler} is the way in, and says what can be packed and what
 * is refused.
 *
 * <pre>
 * trained blocks
 *    │   Importer           walks the blocks; LayerImporter: layers, LayerLayout: where they lie,
 *    │                      LayerWeights: their weights as whole numbers, QuantizerImporter: signs
 *    │                      and Levels, PoolProbe: windows of pooling
 *    ▼
 * graph of Nodes            one small form: sums of products, functions of elements, signs, levels,
 *    │                      pooling, sums and concatenations of values
 *    │   ThresholdPass      a sign and the functions before it become integer or float thresholds
 *    │                      (FloatChain, ThresholdFolding, Bisection)
 *    │   StageFolding       functions of elements that stay become stages, as the engine rounds
 *    │   OutputFolding      functions of the last accumulators become outputs, exact on each
 *    ▼
 * steps                     Emitter asks for the output; what a threshold has swallowed is never
 *    │                      asked for
 *    │   Compilation        compares the model with the engine on random rows
 *    │   PackedModel.withReuse   optional: trees over the units of binary layers, where they win
 *    ▼
 * PackedModel
 * </pre>
 *
 * <p>No pass re-derives a formula: the engine is asked. Thresholds and the steps of quantizers are
 * found by bisection over all floats or accumulators, factors by what becomes of 0 and 2¹⁰⁰,
 * windows of pooling by what becomes of single pixels, grids of weights from the weights.
 */
package org.binaryops.packed.compiler;
