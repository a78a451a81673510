/**
 * DJL networks as Tribuo trainers and models.
 *
 * <p>A Tribuo pipeline reads data, trains, evaluates and records provenance; this package lets it
 * train the networks of this library, and any other DJL {@code Block}, without a change. A {@link
 * org.binaryops.tribuo.DjlTrainer} is told three things, each an object that the configuration
 * system can write down and rebuild: an {@link org.binaryops.tribuo.Architecture} (which network),
 * a {@link org.binaryops.tribuo.FeatureConverter} (how features become numbers) and an {@link
 * org.binaryops.tribuo.OutputConverter} (which loss, and how scores become predictions). The sizes
 * of the network follow from the data. The result, a {@link org.binaryops.tribuo.DjlModel}, is an
 * ordinary Tribuo model whose network is open to the next step, such as the packed compiler.
 */
package org.binaryops.tribuo;
