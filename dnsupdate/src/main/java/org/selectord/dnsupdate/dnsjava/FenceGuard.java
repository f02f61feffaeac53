package org.selectord.dnsupdate.dnsjava;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * The fence during one call: what each of its messages demands to stand there. The first message that the server applies puts ours in its
 * place, and all later ones demand ours.
 */
final class FenceGuard {
    /** How often a call begins anew because a message of an earlier call landed between its look and its first message. */
    private static final int PATIENCE = 3;

    private final Zone zone;
    private final Fence ours;
    private final OwnerName owner;
    private final Primary primary;
    private final PrimaryReader reader;
    private Optional<TxtRRset> demanded = Optional.empty();
    private boolean taken;
    private boolean looked;
    private int moves;

    FenceGuard(Zone zone, Fence ours, Primary primary, PrimaryReader reader) {
        this.zone = zone;
        this.ours = ours;
        this.owner = zone.fenceOwner();
        this.primary = primary;
        this.reader = reader;
    }

    /** What a look at the fence came to. */
    sealed interface Look {
        /** The way is free. {@code moved}: something else than the last message demanded stands there, and it may give way as well. */
        record Free(boolean moved) implements Look {}

        /** It is another's, or no fence at all. */
        record Held(Optional<Fence> by, String said) implements Look {}

        /** What stands there could not be read; the rcode of an update without changes, if that was answered. */
        record NotRead(OptionalInt rcode, Duration clockAhead, String said) implements Look {}
    }

    /** Before the first message. */
    Look look() {
        PrimaryAnswer seen = reader.read(owner, FenceGuard::isFence);
        return switch (seen.kind()) {
            case NOTHING -> demand(Optional.empty());
            case TXT -> lookAt(seen.found().orElseThrow());
            case OBSTACLE, UNKNOWN -> elsewhere(seen);
        };
    }

    /** After a message of which some prerequisite did not hold. */
    Look lookAgain(Deadline patience) {
        if (!taken) {
            return look();
        }
        PrimaryAnswer seen = reader.read(owner, FenceGuard::isFence);
        // with inline signing the served copy follows by some milliseconds
        for (int pauseMillis = 10;
                seen.found().equals(demanded) && !patience.isOver() && Pause.atMost(pauseMillis, patience);
                pauseMillis *= 2) {
            seen = reader.read(owner, FenceGuard::isFence);
        }
        if (seen.kind() == PrimaryAnswer.Kind.UNKNOWN) {
            return new Look.NotRead(OptionalInt.empty(), Duration.ZERO, seen.cameBack());
        }
        Optional<Fence> found = seen.found().flatMap(Fence::of);
        return found.equals(Optional.of(ours)) ? new Look.Free(false) : new Look.Held(found, said(seen));
    }

    /** Adds to a message without changes what it demands and, until the server has it, our own fence. */
    void guard(Message update) {
        if (taken) {
            Questions.demand(update, ours.at(owner));
        } else {
            Questions.add(update, List.of(takeOver()));
        }
    }

    /** How many octets that takes, at most. */
    int length() {
        return Math.max(Questions.length(takeOver()), Questions.length(Change.withdraw(ours.at(owner))));
    }

    boolean isTaken() {
        return taken;
    }

    /** The server has applied a message. */
    void applied() {
        taken = true;
    }

    private Change takeOver() {
        return new Change(owner, demanded, Optional.of(ours.at(owner)));
    }

    private Look demand(Optional<TxtRRset> standing) {
        boolean moved = looked && !standing.equals(demanded);
        looked = true;
        demanded = standing;
        // who is too late again and again has a rival of the same name
        return moved && ++moves > PATIENCE
                ? new Look.Held(standing.flatMap(Fence::of), "the fence at " + owner + " changes under our hands")
                : new Look.Free(moved);
    }

    private Look lookAt(TxtRRset standing) {
        Optional<Fence> found = Fence.of(standing);
        return found.isPresent() && ours.follows(found.get())
                ? demand(Optional.of(standing))
                : new Look.Held(found, said(found, "it serves " + Texts.txt(standing)));
    }

    /** Neither TXT nor nothing: whether it is our zone at all, an update without changes tells. */
    private Look elsewhere(PrimaryAnswer seen) {
        Reply reply = primary.query(Questions.nothingAt(zone.apex(), owner));
        if (!(reply instanceof Reply.Answered answered)) {
            return new Look.NotRead(OptionalInt.empty(), Duration.ZERO, seen.cameBack());
        }
        boolean readable = answered.rcode() == Rcode.NOERROR || answered.rcode() == Rcode.YXDOMAIN;
        return readable && seen.kind() == PrimaryAnswer.Kind.OBSTACLE
                ? new Look.Held(Optional.empty(), said(seen))
                : new Look.NotRead(
                        OptionalInt.of(answered.rcode()),
                        answered.clockAhead().orElse(Duration.ZERO),
                        primary.called() + " answered " + Texts.rcode(answered.rcode())
                                + " to an update without changes in zone " + zone.apex() + "; " + seen.cameBack());
    }

    private String said(PrimaryAnswer seen) {
        return said(seen.found().flatMap(Fence::of), seen.cameBack());
    }

    private String said(Optional<Fence> found, String cameBack) {
        return found.map(fence -> "the fence of zone " + zone.apex() + " at " + owner + " is held by instance "
                        + fence.instance() + ", epoch " + fence.epoch() + ", and we are instance " + ours.instance()
                        + ", epoch " + ours.epoch())
                .orElseGet(() -> "there is no fence of ours at " + owner + ": " + cameBack);
    }

    private static boolean isFence(PrimaryAnswer seen) {
        return seen.found().flatMap(Fence::of).isPresent();
    }
}
