package org.selectord.admin;

import java.util.Optional;
import java.util.Set;

/** Who may ask at a route. */
enum Access {
    ANYBODY,
    /** Anybody where {@code admin.open} says so, else who may read. */
    HEALTH,
    METRICS,
    READ,
    OPERATE,
    ADMIN;

    /** The least role; empty: no token is needed. */
    Optional<Role> needed(Set<AdminSettings.Open> open) {
        return switch (this) {
            case ANYBODY -> Optional.empty();
            case HEALTH -> open.contains(AdminSettings.Open.HEALTH) ? Optional.empty() : Optional.of(Role.READ);
            case METRICS -> open.contains(AdminSettings.Open.METRICS) ? Optional.empty() : Optional.of(Role.READ);
            case READ -> Optional.of(Role.READ);
            case OPERATE -> Optional.of(Role.OPERATE);
            case ADMIN -> Optional.of(Role.ADMIN);
        };
    }
}
