/**
 * The compiler from trained DJL blocks to packed models.
 *
 * <p>It lives apart from the runtime so that a service that only predicts needs no DJL: this
 * package reads blocks, {@code org.binaryops.packed} knows nothing of them. {@link
 * org.binaryops.packed.compiler.PackedCompiler} is the way in.
 */
package org.binaryops.packed.compiler;
