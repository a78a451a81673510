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
package org.binaryops.packed;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Lends sessions to the threads that call a model directly.
 *
 * <p>A thread takes the session out of a slot that its id chooses and puts it back afterwards. Two
 * threads that meet at a slot stay correct; one of them makes a session of its own. Unlike a {@link
 * ThreadLocal} this keeps nothing for threads that have gone, however many there were.
 */
final class SessionPool {

    private static final int SLOTS = 64;

    private final AtomicReferenceArray<PackedSession> slots = new AtomicReferenceArray<>(SLOTS);
    private final PackedModel model;

    SessionPool(PackedModel model) {
        this.model = model;
    }

    PackedSession take() {
        PackedSession session = slots.getAndSet(slot(), null);
        return session == null ? model.newSession() : session;
    }

    void giveBack(PackedSession session) {
        slots.set(slot(), session);
    }

    private static int slot() {
        return (int) (Thread.currentThread().getId() & SLOTS - 1);
    }
}
