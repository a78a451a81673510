/**
 * Functions with names: the library that learned curves are compared with, the fit of a curve by
 * a·f(bx + c) + d, and formulas as trees that can be evaluated, simplified and printed as plain
 * text and as LaTeX. Nothing here knows of networks.
 */
package org.binaryops.kan.symbolic;
