package org.selectord.rotation;

import static java.util.stream.Collectors.joining;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.selectord.key.Selector;

/** What an order does to the record of its domain at the moment it is placed, or why it is refused. What follows is the planner's. Pure. */
final class Placement {
    /** By these an order is told from another one of its kind. */
    private static final Set<String> MARKS = Set.of("selector", "scope", "as", "chain");

    private static final Set<Order.Kind> WHILE_LEAVING =
            EnumSet.of(Order.Kind.RESUME, Order.Kind.COMPROMISED, Order.Kind.RETRY, Order.Kind.WAIVE);

    private final ManagedDomain domain;
    private final RotationPolicy policy;

    Placement(ManagedDomain domain, RotationPolicy policy) {
        this.domain = domain;
        this.policy = policy;
    }

    /** The open order that asks for the same: it is answered with instead of a new one. */
    Optional<Order> open(Order.Kind kind, Map<String, String> detail) {
        return domain.orders().stream()
                .filter(order -> order.kind() == kind && order.isOpen())
                .filter(order -> kind != Order.Kind.COMPROMISED || isDeclared(order))
                .filter(order ->
                        MARKS.stream().allMatch(mark -> order.said(mark).equals(Optional.ofNullable(detail.get(mark)))))
                .findFirst();
    }

    /** Whether what the same words name now was declared already: another key may have become ACTIVE since. */
    private boolean isDeclared(Order order) {
        return named(order.said("selector")).stream().allMatch(ManagedKey::isCompromised);
    }

    /** Throws {@link OrderRefusedException}. It clears what keeps steps from being tried again at once. */
    ManagedDomain place(Order order) {
        if (domain.isLeaving() && !WHILE_LEAVING.contains(order.kind())) {
            throw refused("it is being removed, or was; `selectorctl resume " + domain.name() + "` takes it back");
        }
        ManagedDomain at = domain.withoutWaits(wait -> true);
        return switch (order.kind()) {
            case ROTATE_NOW -> at.withNewOrder(order.with(Fulfilment.INSTEAD_OF, activeNumbers()));
            case COMPROMISED -> compromised(at, order);
            case ROLL_BACK -> rollBack(at, order);
            case ADOPT -> adopt(at, order);
            case REMOVE_DOMAIN -> remove(at, order);
            case PAUSE ->
                done(
                        at.hold().isPresent() ? at : at.held(hold(Hold.Kind.PAUSED, order)),
                        order,
                        "no new key, no flip by the calendar, no withdrawal until resume");
            case RESUME -> resume(at, order);
            case RETRY -> done(at.withoutHalts((type, halt) -> true), order, "every wait and halt was cleared");
            case WAIVE -> waive(at, order);
        };
    }

    private OrderRefusedException refused(String why) {
        return new OrderRefusedException(domain.name() + ": " + why);
    }

    private static ManagedDomain done(ManagedDomain placed, Order order, String why) {
        return placed.withNewOrder(order.closed(order.askedAt(), Order.Result.DONE, why));
    }

    private static Hold hold(Hold.Kind kind, Order order) {
        return new Hold(
                kind, order.askedAt(), order.askedBy(), order.said("reason").orElse(""));
    }

    private static ManagedDomain supersede(ManagedDomain placed, Set<Order.Kind> kinds, Order by) {
        ManagedDomain changed = placed;
        for (Order open : placed.orders()) {
            if (open.isOpen() && kinds.contains(open.kind())) {
                changed = changed.withOrder(open.closed(
                        by.askedAt(), Order.Result.SUPERSEDED, "by " + by.kind() + ", order " + by.number()));
            }
        }
        return changed;
    }

    private String activeNumbers() {
        return domain.keys().stream()
                .filter(key -> key.state() == KeyState.ACTIVE)
                .map(key -> Integer.toString(key.id().number()))
                .collect(joining(" "));
    }

    /** A key that a signer was told of before it was ACTIVE retires; nothing else takes it back from the signers. */
    private static ManagedDomain takeBack(ManagedDomain placed, ManagedKey told, Instant at) {
        return placed.withKey(told.id(), key -> key.reached(KeyState.RETIRED, at));
    }

    // ---- compromise

    private ManagedDomain compromised(ManagedDomain at, Order order) {
        List<ManagedKey> named = named(order);
        ManagedDomain marked =
                at.withNewOrder(named.size() == 1 ? order.about(named.get(0).id()) : order);
        List<ManagedKey> all = new ArrayList<>(named);
        if (order.said("scope").filter("store"::equals).isPresent()) {
            at.keys().stream()
                    .filter(key -> isInStore(key) && !named.contains(key))
                    .forEach(all::add);
        }
        for (ManagedKey key : all) {
            marked = marked.withKey(key.id(), known -> declared(known, all, order));
            if (key.isBeingFlippedTo()) {
                marked = takeBack(marked, key, order.askedAt());
            }
        }
        boolean wayBackIsLost = at.openOrder(Order.Kind.ROLL_BACK)
                .flatMap(Order::key)
                .filter(target -> all.stream().anyMatch(key -> key.id().equals(target)))
                .isPresent();
        return wayBackIsLost ? supersede(marked, Set.of(Order.Kind.ROLL_BACK), order) : marked;
    }

    /** Where a flip away from it is under way already, the signers are being told to stop. */
    private ManagedKey declared(ManagedKey key, List<ManagedKey> all, Order order) {
        ManagedKey declared = key.compromised(order.number(), order.askedAt());
        boolean underWay = domain.incoming(key.type())
                .filter(incoming -> !all.contains(incoming) && ManagedDomain.isFlipBegun(incoming))
                .isPresent();
        return underWay ? declared.stopping(order.askedAt()) : declared;
    }

    private List<ManagedKey> named(Optional<String> selector) {
        return domain.keys().stream()
                .filter(key -> selector.isPresent()
                        ? key.selector().name().equals(selector.get()) && domain.isNewestBearing(key)
                        : key.state() == KeyState.ACTIVE)
                .toList();
    }

    private List<ManagedKey> named(Order order) {
        Optional<String> selector = order.said("selector");
        List<ManagedKey> named = named(selector);
        if (named.isEmpty()) {
            throw refused(selector.map(name -> "it never had a key with selector " + name + "; `selectorctl status "
                            + domain.name() + "` lists them")
                    .orElse("no key of it signs; name the selector that is compromised"));
        }
        named.stream()
                .filter(key -> key.state().compareTo(KeyState.REVOKED) >= 0)
                .findFirst()
                .ifPresent(key -> {
                    throw refused(key.selector() + " is " + key.state() + " since " + key.since() + " already");
                });
        return named;
    }

    /** Whoever has the store has these; what was destroyed before cannot be in it. */
    private static boolean isInStore(ManagedKey key) {
        return key.custody() == Custody.HELD
                && (key.state().compareTo(KeyState.ACTIVE) <= 0 || key.state() == KeyState.RETIRED);
    }

    // ---- rollback

    private ManagedDomain rollBack(ManagedDomain at, Order order) {
        Optional<ManagedKey> underWay = domain.keys().stream()
                .filter(key -> key.isBeingFlippedTo() && isMeant(key, order))
                .findFirst();
        ManagedKey target = underWay.isPresent() ? before(underWay.get()) : latestRetired(order);
        ManagedDomain held = supersede(at, Set.of(Order.Kind.ROTATE_NOW), order)
                .held(hold(Hold.Kind.ROLLED_BACK, order))
                .withNewOrder(order.about(target.id()));
        return underWay.map(told -> takeBack(held, told, order.askedAt())).orElse(held);
    }

    private ManagedKey before(ManagedKey underWay) {
        return domain.active(underWay.type())
                .filter(key -> !key.isCompromised())
                .orElseThrow(() -> refused("no key that could sign was before " + underWay.selector()));
    }

    private static boolean isMeant(ManagedKey key, Order order) {
        return order.said("chain").map(key.type().tag()::equals).orElse(true);
    }

    private ManagedKey latestRetired(Order order) {
        ManagedKey latest = domain.keys().stream()
                .filter(key -> key.reachedAt(KeyState.ACTIVE).isPresent()
                        && key.state().compareTo(KeyState.RETIRED) >= 0)
                .filter(key -> isMeant(key, order))
                .max(Comparator.comparing(key -> key.reachedAt(KeyState.RETIRED).orElse(key.since())))
                .orElseThrow(() ->
                        refused("no key was ACTIVE before the one that signs now: there is nothing to go back to"));
        whyNot(latest, order.askedAt()).ifPresent(why -> {
            throw refused("it cannot go back to " + latest.selector() + ": " + why + "; `selectorctl rotate now "
                    + domain.name() + "` goes on to a new key instead");
        });
        return latest;
    }

    private Optional<String> whyNot(ManagedKey key, Instant now) {
        if (key.isCompromised()) {
            return Optional.of("it was declared compromised");
        } else if (key.standing().isEmpty()) {
            return Optional.of("its record is being withdrawn");
        } else if (key.custody() != Custody.HELD) {
            return Optional.of(
                    key.custody() == Custody.FOREIGN
                            ? "it was adopted without its private half"
                            : "its private half is destroyed");
        } else if (domain.intentOn(Optional.of(key.id()), Target.KEYSTORE).isPresent()) {
            return Optional.of("its private half is being destroyed, and perhaps is so already");
        } else if (!now.isBefore(key.since().plus(policy.rollbackPeriod()))) {
            return Optional.of("it retired at " + key.since() + " and the rollback period of "
                    + policy.rollbackPeriod().toHours() + " h is over");
        }
        return Optional.empty();
    }

    // ---- adopt, remove, resume, waive

    private ManagedDomain adopt(ManagedDomain at, Order order) {
        Selector selector = selector(order.said("selector").orElse(""));
        if (domain.everHad(selector)) {
            throw refused("selector " + selector + " is managed here already");
        }
        boolean retired = order.said("as").orElse("active").equals("retired");
        if (retired && order.said("last_signature").isEmpty()) {
            throw refused("a key adopted as retired needs the time of its last signature: its grace counts from then");
        }
        if (order.said("last_signature")
                .map(this::instant)
                .filter(order.askedAt()::isBefore)
                .isPresent()) {
            throw refused("the last signature of a key that is adopted as retired is not still to come");
        }
        return at.withNewOrder(order);
    }

    private Selector selector(String written) {
        try {
            return new Selector(written);
        } catch (IllegalArgumentException e) {
            throw refused("\"" + written + "\" is no selector: " + e.getMessage());
        }
    }

    private Instant instant(String written) {
        try {
            return Instant.parse(written);
        } catch (DateTimeParseException e) {
            throw refused("\"" + written + "\" is no instant as in 2026-11-21T12:00:00Z");
        }
    }

    private static ManagedDomain remove(ManagedDomain at, Order order) {
        ManagedDomain leaving = supersede(
                        at, Set.of(Order.Kind.ROTATE_NOW, Order.Kind.ROLL_BACK, Order.Kind.ADOPT), order)
                .held(hold(Hold.Kind.LEAVING, order))
                .withoutHalts((type, halt) -> halt.reason() != HaltReason.RECORD_CHANGED);
        for (ManagedKey key : at.keys()) {
            if (key.isBeingFlippedTo()) {
                leaving = takeBack(leaving, key, order.askedAt());
            }
        }
        return Fulfilment.close(leaving.withNewOrder(order), order.askedAt());
    }

    /** A rollback that is not over is given up: with no open order for it, the signers are told the key that is ACTIVE, as ever. */
    private ManagedDomain resume(ManagedDomain at, Order order) {
        String why = at.hold().map(held -> "no longer " + held.kind()).orElse("nothing held it");
        String givenUp = at.openOrder(Order.Kind.ROLL_BACK)
                .map(open -> "; the rollback, order " + open.number() + ", is given up")
                .orElse("");
        ManagedDomain resumed = supersede(at, Set.of(Order.Kind.REMOVE_DOMAIN, Order.Kind.ROLL_BACK), order)
                .resumed(order.askedAt());
        return done(resumed, order, why + givenUp);
    }

    private ManagedDomain waive(ManagedDomain at, Order order) {
        boolean server = order.said("server").isPresent();
        String name = order.said("server")
                .map(Propagated::serverOf)
                .or(() -> order.said("signer"))
                .orElseThrow(() -> refused("a waiver names a server or a signer"));
        String reason = order.said("reason").orElse("");
        Instant until = instant(order.said("until").orElse(""));
        if (reason.isBlank() || !until.isAfter(order.askedAt())) {
            throw refused("a waiver has a reason, and an end that is not over");
        }
        Waiver waiver = new Waiver(
                server ? Waiver.Kind.SERVER : Waiver.Kind.SIGNER,
                name,
                order.askedAt(),
                until,
                reason,
                order.askedBy());
        return done(at.withWaiver(waiver), order, "goes on without " + name + " until " + until);
    }
}
