package org.selectord.registry;

import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.selectord.rotation.TrustedClock;

/** The highest trusted reading of the clock, in the registry's file; it never falls. */
final class SqlClockMark implements TrustedClock.Mark {
    private final RegistryDatabase database;

    SqlClockMark(RegistryDatabase database) {
        this.database = database;
    }

    @Override
    public Optional<Instant> highest() {
        return database.read("read the clock mark", SqlClockMark::read);
    }

    @Override
    public void raiseTo(Instant at) {
        database.write("raise the clock mark to " + at, handle -> {
            Optional<Instant> known = read(handle);
            if (known.isEmpty()) {
                return handle.execute("INSERT INTO clock_mark (highest_at) VALUES (?)", at.toString());
            }
            return at.isAfter(known.get()) ? handle.execute("UPDATE clock_mark SET highest_at = ?", at.toString()) : 0;
        });
    }

    private static Optional<Instant> read(Handle handle) {
        return handle.createQuery("SELECT highest_at FROM clock_mark")
                .mapTo(String.class)
                .findFirst()
                .map(Instant::parse);
    }
}
