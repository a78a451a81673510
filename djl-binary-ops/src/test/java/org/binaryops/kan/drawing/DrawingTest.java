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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.binaryops.kan.Affine;
import org.binaryops.kan.Edge;
import org.binaryops.kan.Kan;
import org.binaryops.kan.KanWidth;
import org.binaryops.kan.symbolic.SymbolicLibrary;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;

class DrawingTest {

    @TempDir private Path folder;

    private static Kan network(NDManager manager) {
        Kan kan =
                Kan.builder()
                        .setWidths(KanWidth.of(2), KanWidth.of(1).withProducts(1), KanWidth.of(1))
                        .optSeed(0)
                        .build();
        kan.initialize(manager, DataType.FLOAT64, new Shape(1, 2));
        kan.fix(new Edge(0, 1, 0), SymbolicLibrary.standard().get("x^2"), Affine.IDENTITY);
        kan.remove(new Edge(0, 0, 1));
        return kan;
    }

    @Test
    void theSvgShowsWhatIsThere() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomUniform(-1, 1, new Shape(60, 2), DataType.FLOAT64);
            Kan kan = network(manager);
            String svg =
                    KanDrawing.of(kan, x).inputs("a<b", "c").outputs("z").title("t").draw().toSvg();
            Document xml =
                    DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
            // One curve and one box for each of the 7 edges, beside the white ground.
            assertEquals(7, kan.getEdges().size());
            assertEquals(7, xml.getElementsByTagName("polyline").getLength());
            assertEquals(8, xml.getElementsByTagName("rect").getLength());
            assertTrue(svg.contains(">a&lt;b<") && svg.contains(">z<") && svg.contains(">x^2<"));
            assertEquals(4, svg.split(">Σ<", -1).length - 1);
            assertEquals(1, svg.split(">Π<", -1).length - 1);
        }
    }

    @Test
    void picturesAreWrittenInBothFormats() throws Exception {
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray x = manager.randomUniform(-1, 1, new Shape(60, 2), DataType.FLOAT64);
            Kan kan = network(manager);
            Picture one = KanDrawing.of(kan, x).draw();
            Picture both = one.beside("before", one, "after");
            Path png = folder.resolve("sub/kan.png");
            both.write(png);
            BufferedImage image = ImageIO.read(png.toFile());
            assertTrue(image.getWidth() > image.getHeight());
            int dark = 0;
            for (int i = 0; i < image.getWidth(); ++i) {
                for (int j = 0; j < image.getHeight(); ++j) {
                    dark += (image.getRGB(i, j) & 255) < 128 ? 1 : 0;
                }
            }
            assertTrue(dark > 500, "dark pixels " + dark);
            Path svg = folder.resolve("edge.svg");
            EdgeDrawing.of(kan, new Edge(0, 0, 0), x).write(svg);
            String drawn = Files.readString(svg);
            assertTrue(drawn.contains("edge (0, 0, 0), spline"));
            // The curve, and each of the samples on it.
            assertEquals(1, drawn.split("<polyline", -1).length - 1);
            assertEquals(60, drawn.split("<circle", -1).length - 1);
            assertThrows(
                    IllegalArgumentException.class, () -> one.write(folder.resolve("kan.gif")));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1000, 1000",
        "-2000, -2000",
        "0.30000000000000004, 0.3",
        "120, 120",
        "2.5e10, 2.5E+10",
        "-1e-5, -0.00001"
    })
    void ticksAreLabelledWithTheirNumbers(double value, BigDecimal expected) {
        assertEquals(0, expected.compareTo(new BigDecimal(EdgeDrawing.label(value))));
        assertTrue(EdgeDrawing.label(value).length() < 9);
    }
}
