/** Tests of the trainer and of the weights it shipped. */
package org.binaryops.zoo.training;
