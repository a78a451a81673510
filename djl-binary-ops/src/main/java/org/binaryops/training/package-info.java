/** Parts of DJL training loops: the listener that drives annealed quantizers by progress. */
package org.binaryops.training;
