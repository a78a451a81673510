/**
 * JMH benchmarks. Each pairs this library with what its user would pick instead, in one run on one
 * machine, and checks that both give the same results before it times them.
 */
package org.binaryops.benchmarks;
