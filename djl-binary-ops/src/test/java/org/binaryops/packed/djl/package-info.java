/** Tests of the engine for packed files. */
package org.binaryops.packed.djl;
