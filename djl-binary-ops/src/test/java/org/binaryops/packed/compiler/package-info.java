/** Tests of the compiler's parts. */
package org.binaryops.packed.compiler;
