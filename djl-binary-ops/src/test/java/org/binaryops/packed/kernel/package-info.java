/** Every kernel against the plain formula of its product. */
package org.binaryops.packed.kernel;
