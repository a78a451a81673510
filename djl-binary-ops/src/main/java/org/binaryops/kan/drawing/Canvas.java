/*
 * Copyright 2026 the djl-binary-ops authors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
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
