/**
 * Pictures of Kolmogorov–Arnold networks: the network as people know it, with the learned curves in
 * small boxes, and single curves. A picture is drawn once for all formats: SVG as text, PNG by the
 * JDK's Java2D. No display is needed.
 */
package org.binaryops.kan.drawing;
