/** Trees over units, and products along them. */
package org.binaryops.packed.reuse;
