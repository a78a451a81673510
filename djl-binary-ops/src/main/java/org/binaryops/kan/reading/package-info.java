/**
 * Reading a trained Kolmogorov–Arnold network: what matters in it, what can go, which functions its
 * curves are, and the formula that it then is. All of this looks at a network from outside, on the
 * host; nothing here runs in a forward pass.
 */
package org.binaryops.kan.reading;
