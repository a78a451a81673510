/** Published results of Kolmogorov–Arnold networks. */
package org.binaryops.results.kan;
