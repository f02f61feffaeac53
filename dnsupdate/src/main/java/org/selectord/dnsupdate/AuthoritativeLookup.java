package org.selectord.dnsupdate;

import java.util.Optional;

/** Finds where an owner name lives, asking the configured primary only. Blocks, within 30 s; any thread; never throws for what a server did. */
public interface AuthoritativeLookup {
    /** Walks from {@code owner} towards the root, label by label, to the SOA that the primary serves with authority. */
    Location locate(DnsSettings dns, OwnerName owner);

    /** What a lookup came to. */
    sealed interface Location {
        /**
         * The zone that holds the name.
         *
         * @param apex its apex
         * @param negativeTtlSeconds the smaller of its SOA's TTL and minimum; with a wildcard, at least the TTL a random sibling was answered with
         * @param wildcard what a random sibling of {@code owner} was answered with, for people, when a wildcard covers the name
         */
        record At(OwnerName apex, long negativeTtlSeconds, Optional<String> wildcard) implements Location {}

        /** A definite answer that there is no place for an update: not served here, below a delegation, an alias on the way. */
        record Nowhere(String why) implements Location {}

        /** No authoritative answer could be had; ask again. */
        record NoAnswer(String cameBack) implements Location {}
    }
}
