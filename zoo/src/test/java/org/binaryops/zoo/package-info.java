/** Tests of the zoo: look-up, files, blocks, translators and the packaged jar. */
package org.binaryops.zoo;
