package org.selectord.rotation;

import java.time.Instant;

/**
 * What we are about to do, or did without knowing what became of it: exact content, recorded before the act. It closes when its outcome was seen,
 * or when a look showed that it is not done; then the planner comes to the identical step again.
 *
 * @param recordedAt before this attempt
 * @param lookAt when to look what became of it, unless the outcome comes first
 */
public record Intent(Step step, Instant recordedAt, Instant lookAt) {
    Intent lookAt(Instant at) {
        return new Intent(step, recordedAt, at);
    }

    Intent notBeyond(Instant now, Instant longest) {
        return new Intent(step, Use.earlier(recordedAt, now), Use.earlier(lookAt, longest));
    }
}
