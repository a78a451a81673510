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
/**
 * Pictures of Kolmogorov–Arnold networks: the network as people know it, with the learned curves in
 * small boxes, and single curves. A picture is drawn once for all formats: SVG as text, PNG by the
 * JDK's Java2D. No display is needed.
 */
package org.binaryops.kan.drawing;
