/**
 * The quick start: trains a float and a binarized network on images through Tribuo, packs the
 * binarized one, loads a trained one from the zoo, and measures them beside each other.
 */
package org.binaryops.quickstart;
