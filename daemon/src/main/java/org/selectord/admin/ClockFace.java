package org.selectord.admin;

import java.util.Optional;
import org.selectord.rotation.TimeReading;

/** The daemon's clock, as people see it and may give their word for it. Safe from any thread. */
public interface ClockFace {
    TimeReading now();

    /** Why it is not trusted, and the ways out; empty when it is. */
    Optional<String> doubt();

    /** On whose word it is trusted: a witness, a person, or nobody's, where the configuration says so. */
    String word();

    /**
     * A person has looked at another clock and says that this one is right. It holds until a restart, or until a witness disagrees.
     *
     * @return why that is not taken; empty when it is
     */
    Optional<String> trust();
}
