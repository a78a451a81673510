/**
 * Custom gradients: a forward value paired with a derivative of the caller's choosing.
 *
 * <p>DJL has no counterpart of PyTorch's {@code autograd.Function}. This package is the one place
 * that knows how a surrogate derivative is attached to a value with the operations DJL does have,
 * and how to do so without leaving intermediate arrays behind on any manager. Everything else in
 * the library, quantizers first of all, goes through {@link org.binaryops.gradient.CustomGradient}.
 */
package org.binaryops.gradient;
