/**
 * The bench: trains a grid of methods, networks and data sets under one recipe and tells what each
 * reaches, with spreads over seeds. It exists to answer "which method do I take?" with figures from
 * the reader's own machine.
 *
 * <p>{@link org.binaryops.bench.Bench} is the command. Every cell of the grid trains in a JVM of
 * its own, so that no cell can touch another's random numbers, memory or warm-up; what a cell gave
 * is in the store before the next line is printed, and a second start goes on where a first was
 * killed.
 */
package org.binaryops.bench;
