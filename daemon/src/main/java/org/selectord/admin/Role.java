package org.selectord.admin;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a token may do; each may do all that the ones before it may. */
enum Role {
    /** Look. */
    READ,
    /** Ask for rotations and retries. */
    OPERATE,
    /** Change what the daemon works by. */
    ADMIN;

    boolean mayDoWhat(Role needed) {
        return compareTo(needed) >= 0;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Role> named(String word) {
        return Arrays.stream(values()).filter(role -> role.word().equals(word)).findFirst();
    }
}
