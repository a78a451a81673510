package org.binaryops.kan.drawing;

/**
 * How something is drawn.
 *
 * @param rgb the colour, 0xRRGGBB
 * @param opacity from 0, invisible, to 1
 * @param width the width of lines
 */
record Ink(int rgb, double opacity, double width) {

    static final Ink BLACK = new Ink(0x222222, 1, 1.5);
    static final Ink WHITE = new Ink(0xFFFFFF, 1, 1);

    Ink faded(double opacity) {
        return new Ink(rgb, opacity, width);
    }

    Ink wide(double width) {
        return new Ink(rgb, opacity, width);
    }
}
