/**
 * Training of Kolmogorov–Arnold networks that shall become readable: full-batch fits, the
 * regularizers that make edges vanish, and grids that follow the data.
 */
package org.binaryops.kan.training;
