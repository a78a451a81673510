/**
 * A DJL model zoo inside a jar: trained tiny networks that {@link ai.djl.repository.zoo.Criteria}
 * finds and loads offline.
 *
 * <p>DJL's own zoos fetch their weights from a server, and its {@code jar:} URLs hold one model
 * without properties to choose by. Here the weights, their checksums and their metadata are
 * resources of the jar, in the layout of a DJL repository, so that putting the jar on the class
 * path is all that is needed.
 */
package org.binaryops.zoo;
