package org.selectord.rotation;

import static java.util.stream.Collectors.joining;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.selectord.key.KeyType;

/** When what an order asked for is true, and so the order is done. Pure. */
final class Fulfilment {
    /** The numbers of the keys that were ACTIVE when {@code rotate now} was placed. */
    static final String INSTEAD_OF = "instead_of";

    private Fulfilment() {}

    /** Closes every open order that is fulfilled. */
    static ManagedDomain close(ManagedDomain domain, Instant at) {
        return close(domain, at, List.of(), List.of());
    }

    /**
     * @param chains of the policy
     * @param signers whose word counts
     */
    static ManagedDomain close(ManagedDomain domain, Instant at, List<KeyType> chains, List<SignerId> signers) {
        ManagedDomain closed = domain;
        for (Order order : domain.orders()) {
            Optional<String> why = order.isOpen() ? why(domain, order, chains, signers) : Optional.empty();
            if (why.isPresent()) {
                closed = closed.withOrder(order.closed(at, Order.Result.DONE, why.get()));
            }
        }
        return closed;
    }

    private static Optional<String> why(
            ManagedDomain domain, Order order, List<KeyType> chains, List<SignerId> signers) {
        return switch (order.kind()) {
            case ROTATE_NOW -> rotated(domain, order, chains);
            case COMPROMISED -> revoked(domain, chains);
            case ROLL_BACK -> rolledBack(domain, order, signers);
            case REMOVE_DOMAIN -> removed(domain);
            case ADOPT, PAUSE, RESUME, RETRY, WAIVE -> Optional.empty(); // closed by what was found, or when placed
        };
    }

    /** In every chain of the policy a key is ACTIVE that was not so when the order was placed. */
    private static Optional<String> rotated(ManagedDomain domain, Order order, List<KeyType> chains) {
        boolean all = !chains.isEmpty() && chains.stream().allMatch(type -> hasRotated(domain, order, type));
        return all ? Optional.of("every chain signs with a key that became ACTIVE since") : Optional.empty();
    }

    /** Whether a chain has done its part of a ROTATE_NOW, though another one may still be at it. */
    static boolean hasRotated(ManagedDomain domain, Order order, KeyType type) {
        Set<String> before = Set.of(order.said(INSTEAD_OF).orElse("").split(" "));
        return domain.active(type)
                .filter(key -> !before.contains(Integer.toString(key.id().number())))
                .isPresent();
    }

    /** Every key that was declared so is revoked or gone, and a key that is not compromised signs in its place. */
    private static Optional<String> revoked(ManagedDomain domain, List<KeyType> chains) {
        List<ManagedKey> named =
                domain.keys().stream().filter(ManagedKey::isCompromised).toList();
        boolean gone = named.stream().allMatch(key -> key.state().compareTo(KeyState.REVOKED) >= 0);
        boolean replaced = domain.isLeaving()
                || named.stream()
                        .filter(key -> key.reachedAt(KeyState.ACTIVE).isPresent() && chains.contains(key.type()))
                        .allMatch(key -> domain.active(key.type())
                                .filter(active -> !active.isCompromised())
                                .isPresent());
        return gone && replaced ? Optional.of(exposure(named)) : Optional.empty();
    }

    private static String exposure(List<ManagedKey> revoked) {
        Stream<Instant> ends = revoked.stream().flatMap(key -> DueTimes.exposureEndsAt(key).stream());
        return revoked.stream().map(key -> key.selector().name()).collect(joining(", ")) + " revoked on every server"
                + ends.max(Instant::compareTo)
                        .map(end -> "; exposure ends at " + end + ", when caches have forgotten the record")
                        .orElse("");
    }

    /** The key it goes back to is ACTIVE, and no signer whose word counts may be signing with another one of its chain. */
    private static Optional<String> rolledBack(ManagedDomain domain, Order order, List<SignerId> signers) {
        ManagedKey target = domain.key(order.key().orElseThrow());
        boolean alone = domain.chain(target.type()).stream()
                .noneMatch(
                        key -> !key.id().equals(target.id()) && signers.stream().anyMatch(key::mayBeSigningAt));
        return target.state() == KeyState.ACTIVE && alone
                ? Optional.of(
                        target.selector() + " signs again; paused until `selectorctl resume " + domain.name() + "`")
                : Optional.empty();
    }

    private static Optional<String> removed(ManagedDomain domain) {
        boolean gone = domain.keys().stream()
                .allMatch(key -> key.state() == KeyState.REMOVED && key.custody() != Custody.HELD);
        return domain.isLeaving() && gone
                ? Optional.of("every record is withdrawn, every private half destroyed")
                : Optional.empty();
    }
}
