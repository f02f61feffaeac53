package org.selectord.dnsupdate;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Who writes a zone: {@code v=selectord1; e=7; i=mail1}, one TXT record at {@link Zone#fenceOwner()} with TTL 0. Every update of a call
 * demands it as its prerequisite (RFC 2136 section 2.4.2) and the first one puts the call's own there, so the server itself refuses what a
 * stale daemon still sends, and any message of an earlier call that arrives late or again.
 *
 * @param epoch higher in every call than in all calls before; no two calls have the same
 * @param instance the daemon, or the daemons that share one registry: letters, digits and {@code . _ : @ -}
 */
public record Fence(long epoch, String instance) {
    private static final Pattern INSTANCE = Pattern.compile("[A-Za-z0-9._:@-]{1,100}");
    private static final Pattern TEXT =
            Pattern.compile("v=selectord1; e=(?<epoch>[1-9][0-9]{0,17}); i=(?<instance>" + INSTANCE + ")");

    public Fence {
        if (epoch < 1 || epoch > 999_999_999_999_999_999L) {
            throw new IllegalArgumentException("the epoch of a fence has 1 to 18 digits, and is no " + epoch);
        }
        if (!INSTANCE.matcher(instance).matches()) {
            throw new IllegalArgumentException("\"" + instance + "\" cannot name an instance in a fence");
        }
    }

    /** As {@link #toString} prints it; empty for anything else. */
    public static Optional<Fence> parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        return matcher.matches()
                ? Optional.of(new Fence(Long.parseLong(matcher.group("epoch")), matcher.group("instance")))
                : Optional.empty();
    }

    /** The fence that an RRset is, if it is one record that says so, in whatever strings. */
    public static Optional<Fence> of(TxtRRset set) {
        return set.records().size() == 1 ? parse(set.records().get(0).joined()) : Optional.empty();
    }

    /** The RRset that says so. */
    public TxtRRset at(OwnerName owner) {
        return new TxtRRset(owner, 0, List.of(new TxtRecord(List.of(toString()))));
    }

    /** Whether a call with this fence may put it in the place of that one: of the same instance, from an earlier call. */
    public boolean follows(Fence other) {
        return instance.equals(other.instance) && epoch > other.epoch;
    }

    @Override
    public String toString() {
        return "v=selectord1; e=" + epoch + "; i=" + instance;
    }
}
