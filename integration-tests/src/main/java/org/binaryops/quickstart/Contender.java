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
package org.binaryops.quickstart;

/**
 * A row of the quick start's table.
 *
 * @param name what ran
 * @param accuracy the share of right predictions on the test images
 * @param fileBytes the size of the saved network in bytes
 * @param latencyMicros the median time of the prediction of one image, in microseconds
 * @param imagesPerSecond the number of images predicted per second, in batches
 */
record Contender(
        String name,
        double accuracy,
        long fileBytes,
        double latencyMicros,
        double imagesPerSecond) {}
