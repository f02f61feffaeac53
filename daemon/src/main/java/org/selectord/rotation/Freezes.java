package org.selectord.rotation;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/** The change freezes of a policy: open whenever none of them lasts. They may overlap. */
public record Freezes(List<Freeze> freezes) implements FlipWindow {
    /** One freeze. It lasts from {@code startsAt}, included, to {@code endsAt}, which is the first instant after it. */
    public record Freeze(Instant startsAt, Instant endsAt) {
        public Freeze {
            if (!startsAt.isBefore(endsAt)) {
                throw new IllegalArgumentException("a freeze ends after it starts");
            }
        }

        boolean lastsAt(Instant time) {
            return !time.isBefore(startsAt) && time.isBefore(endsAt);
        }
    }

    /** In the order they start: so one look at each finds the end of those that overlap. */
    public Freezes {
        freezes =
                freezes.stream().sorted(Comparator.comparing(Freeze::startsAt)).toList();
    }

    @Override
    public Instant nextOpenAt(Instant from) {
        Instant open = from;
        for (Freeze freeze : freezes) {
            open = freeze.lastsAt(open) ? freeze.endsAt() : open;
        }
        return open;
    }
}
