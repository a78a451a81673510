package org.binaryops.kan.drawing;

/** What a picture is drawn on; the origin is at the upper left, y grows downwards. */
interface Canvas {

    /** How a text lies at its point. */
    enum Anchor {
        START,
        MIDDLE,
        END
    }

    void line(double x1, double y1, double x2, double y2, Ink ink);

    /** An open line through points. */
    void path(double[] x, double[] y, Ink ink);

    void box(double x, double y, double width, double height, Ink line, Ink fill);

    void circle(double x, double y, double radius, Ink line, Ink fill);

    /** A text whose base line is at y. */
    void text(double x, double y, String text, double size, Anchor anchor, Ink ink);
}
