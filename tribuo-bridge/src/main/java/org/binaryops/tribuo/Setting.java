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
package org.binaryops.tribuo;

import com.oracle.labs.mlrg.olcut.config.PropertyException;

/** Checks of settings: constructors report them as arguments, the configuration as properties. */
final class Setting extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private final String property;

    private Setting(String property, String message) {
        super(message);
        this.property = property;
    }

    /** Throws unless a condition on a setting holds. */
    static void require(boolean holds, String property, String expected, Object actual) {
        if (!holds) {
            throw new Setting(
                    property, property + " must be " + expected + ", but was " + actual + ".");
        }
    }

    /** Runs checks for the configuration system. */
    static void configured(Runnable checks) {
        try {
            checks.run();
        } catch (Setting e) {
            throw new PropertyException(e, "", e.property, e.getMessage());
        }
    }
}
