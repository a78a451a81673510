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
