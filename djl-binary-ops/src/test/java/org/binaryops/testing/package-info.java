/** What the tests of several packages share: round trips through files, leak counts, gradients. */
package org.binaryops.testing;
