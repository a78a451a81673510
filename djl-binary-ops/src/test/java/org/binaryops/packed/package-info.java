/** Tests of the packed runtime, among them those that compare it with the engine that trained. */
package org.binaryops.packed;
