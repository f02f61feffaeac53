package org.selectord.rotation;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.selectord.key.KeyType;
import org.selectord.key.Selector;

/**
 * When a selector of a ring may have its next key. Pure.
 *
 * @param freeAt empty while its last key is not gone from every server, or a private half of it is not destroyed
 * @param last empty: it never had one
 */
record RingSelector(Selector selector, Optional<Instant> freeAt, Optional<ManagedKey> last) {
    private static final Comparator<RingSelector> SOONEST_FIRST =
            Comparator.comparing(each -> each.freeAt().orElse(RotationRunner.NEVER));

    /** Those of one chain, the one that is free first at the head; of two that never had a key the one that the configuration names first. */
    static List<RingSelector> of(Ring ring, KeyType chain, ManagedDomain domain, RotationPolicy policy) {
        return ring.of(chain, policy).stream()
                .map(selector -> of(selector, domain))
                .sorted(SOONEST_FIRST)
                .toList();
    }

    private static RingSelector of(Selector selector, ManagedDomain domain) {
        List<ManagedKey> had = domain.keys().stream()
                .filter(key -> key.selector().equals(selector))
                .toList();
        Optional<ManagedKey> last = had.stream().max(Comparator.comparing(ManagedKey::id));
        // a signer deletes its copy by the selector alone, so none may be left to delete
        boolean allGone = had.stream()
                .allMatch(key -> key.isAliased() && key.state() == KeyState.REMOVED && key.custody() != Custody.HELD);
        return new RingSelector(
                selector,
                allGone
                        ? had.stream()
                                .map(key -> DueTimes.selectorFreeAt(key, domain))
                                .max(Comparator.naturalOrder())
                                .or(() -> Optional.of(Instant.EPOCH))
                        : Optional.empty(),
                last);
    }

    /** For people. */
    String text(ManagedDomain domain, DomainSettings settings, Instant now) {
        if (last.isEmpty()) {
            return selector + " is free";
        } else if (freeAt.isPresent()) {
            return selector + " is free at " + freeAt.get() + ": its last key was gone from every server at "
                    + last.get().since() + ", and caches may know it for T + N longer";
        }
        ManagedKey key = last.get();
        if (!key.isAliased()) {
            return selector + " names a key of the domain's own zone for ever: name another selector in the ring";
        }
        String until = key.state() == KeyState.REMOVED
                ? "its private half is not destroyed yet"
                : DueTimes.withdrawDueAt(key, domain, settings, now)
                        .filter(at -> key.state().compareTo(KeyState.ACTIVE) > 0)
                        .map(at -> "its record goes at " + at + ", and caches may know it for T + N longer")
                        .orElse("its record stands");
        return selector + " is " + key.state() + ": " + until;
    }
}
