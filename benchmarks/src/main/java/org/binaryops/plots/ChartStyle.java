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
package org.binaryops.plots;

import java.awt.Color;
import java.awt.Font;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Colours and fonts of every plot: dark on white, series told apart by hue. */
public final class ChartStyle {

    /** The number of colours before they come again. */
    public static final int COLORS = 12;

    private static final Color[] SERIES = {
        new Color(0x222222), new Color(0x1f77b4), new Color(0xff7f0e), new Color(0x2ca02c),
        new Color(0xd62728), new Color(0x9467bd), new Color(0x8c564b), new Color(0xe377c2),
        new Color(0x7f7f7f), new Color(0xbcbd22), new Color(0x17becf), new Color(0x0b3d91),
    };

    private ChartStyle() {}

    /**
     * Returns the colour of a series.
     *
     * @param index the number of the series, from 0 on
     * @return its colour; the first is the darkest
     */
    public static Color color(int index) {
        return SERIES[index % COLORS];
    }

    /**
     * Styles a chart, with the legend at its right side.
     *
     * @param styler the styler of the chart
     */
    public static void apply(AxesChartStyler styler) {
        Font font = new Font(Font.SANS_SERIF, Font.PLAIN, 14);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotGridLinesColor(new Color(0xdddddd));
        styler.setAxisTickLabelsFont(font);
        styler.setAxisTitleFont(font);
        styler.setLegendFont(font);
        styler.setChartTitleFont(font.deriveFont(Font.BOLD, 15f));
        styler.setLegendBorderColor(Color.WHITE);
        styler.setLegendPosition(LegendPosition.OutsideE);
    }
}
