package org.selectord.config;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.selectord.key.KeyType;
import org.selectord.rotation.Feasibility;
import org.selectord.rotation.FlipWindow;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.SelectorTemplate;

/** Whether the values of a policy go together; what is said shows its numbers. */
final class PolicyCheck {
    // F8: mail waits in queues, and is verified late where a server was down
    private static final Duration BEYOND_THE_QUEUE = Duration.ofDays(1);
    // RFC 2308 section 5: one to three hours work well, longer than a day is a problem
    private static final Duration USUAL_NEGATIVE_TTL = Duration.ofHours(3);
    private static final int FEW_RETIRED = 2;

    private final Section section;
    private final RotationPolicy policy;
    private final Feasibility feasibility;

    PolicyCheck(Section section, RotationPolicy policy) {
        this.section = section;
        this.policy = policy;
        this.feasibility = new Feasibility(policy);
    }

    void check(boolean graceUnsafe) {
        checkGrace(graceUnsafe);
        checkRollback();
        checkPrepublish();
        checkSelector();
        checkAlgorithms();
        if (section.sound("signing_period", "jitter", "standby", "prepublish_period", "proof", "publish_margin")) {
            checkTime();
        }
        if (section.sound("signing_period", "jitter", "grace_period", "grace_margin")) {
            checkRetired();
        }
        if (section.sound("signing_period", "window", "freeze", "timezone")) {
            checkOpenings(feasibility.longestClosed(section.reading().now()));
        }
    }

    private void checkGrace(boolean unsafe) {
        Duration safe = policy.queueLifetime().plus(BEYOND_THE_QUEUE);
        boolean tooShort = policy.gracePeriod().compareTo(safe) < 0;
        if (!tooShort || !section.sound("grace_period", "queue_lifetime", "grace_unsafe")) {
            return;
        }
        Place place = section.placeOfAny("grace_period", "queue_lifetime");
        String what = section.pathOf("grace_period") + ": " + Durations.print(policy.gracePeriod())
                + " is less than queue_lifetime + 1d = " + Durations.print(safe)
                + ": mail that waits longer in a queue will fail verification";
        if (unsafe) {
            section.warning(place, what + " (grace_unsafe: true)");
        } else {
            section.error(place, what + "; where that cannot happen, say grace_unsafe: true");
        }
    }

    private void checkRollback() {
        boolean tooLong = policy.rollbackPeriod().compareTo(policy.gracePeriod()) > 0;
        if (tooLong && section.sound("grace_period", "rollback_period")) {
            section.error(
                    section.placeOfAny("rollback_period", "grace_period"),
                    section.pathOf("rollback_period") + ": " + Durations.print(policy.rollbackPeriod())
                            + " is more than grace_period " + Durations.print(policy.gracePeriod())
                            + ", after which nobody could verify what the key signs");
        }
    }

    private void checkPrepublish() {
        boolean always = policy.prepublishPeriod().compareTo(policy.signingPeriod()) >= 0;
        if (!policy.standby() && always && section.sound("prepublish_period", "signing_period")) {
            section.warning(
                    section.placeOfAny("prepublish_period", "signing_period"),
                    section.pathOf("prepublish_period") + ": " + Durations.print(policy.prepublishPeriod())
                            + " is not less than signing_period " + Durations.print(policy.signingPeriod())
                            + ": successors are published at once, as with standby: true");
        }
    }

    private void checkSelector() {
        int bits = policy.selector().secretBits();
        if (bits < SelectorTemplate.ENOUGH_SECRET_BITS) {
            section.warning(
                    section.placeOf("selector"),
                    section.pathOf("selector") + ": " + bits + " secret bits; below "
                            + SelectorTemplate.ENOUGH_SECRET_BITS + " somebody may ask for a selector before it is"
                            + " published, and a resolver may remember that there was none: use {random:8}");
        }
        if (policy.selector().repeats()) {
            section.warning(
                    section.placeOf("selector"),
                    section.pathOf("selector")
                            + ": a domain never has a selector twice, so while its date says the same"
                            + " no second key is made, not even by rotate now: use {random:8} or {sequence}");
        }
    }

    /** RFC 8463 is from 2018, and a verifier that does not know it takes the message for unsigned (RFC 6376 section 3.3). */
    private void checkAlgorithms() {
        if (policy.chains().equals(List.of(KeyType.ED25519))) {
            section.warning(
                    section.placeOf("algorithms"),
                    section.pathOf("algorithms") + ": ed25519 alone: many verifiers do not know it (RFC 8463)"
                            + " and see no signature at all: use [rsa-2048, ed25519], or rsa-2048");
        }
    }

    /** F12: the successor of a key must be able to be READY while that key signs. */
    private void checkTime() {
        String key = policy.standby() ? "signing_period" : "prepublish_period";
        Place place = section.placeOfAny(key, "signing_period", "jitter", "publish_margin", "proof");
        if (!feasibility.fits()) {
            section.error(
                    place,
                    section.pathOf(key) + ": no next key could be ready in time: proof.over "
                            + Durations.print(policy.proofOver()) + " + publish_margin "
                            + Durations.print(policy.publishMargin().of(Duration.ZERO)) + " = "
                            + Durations.print(feasibility.needed(Duration.ZERO))
                            + " are needed even where the negative TTL of the zone is 0s, and there are only "
                            + available());
        } else if (feasibility.longestNegativeTtl().compareTo(USUAL_NEGATIVE_TTL) < 0) {
            section.warning(
                    place,
                    section.pathOf(key) + ": of " + available() + " proof.over and publish_margin leave "
                            + Durations.round(feasibility.longestNegativeTtl())
                            + " for the negative TTL of the zone: where it is longer, each key is changed late");
        }
    }

    private String available() {
        String whole = Durations.print(feasibility.available());
        return feasibility.available().equals(feasibility.shortestSigning())
                ? "signing_period " + Durations.print(policy.signingPeriod()) + " - jitter "
                        + Durations.print(policy.jitter()) + " = " + whole
                : "prepublish_period " + whole;
    }

    private void checkRetired() {
        if (feasibility.retiredAtOnce() > FEW_RETIRED) {
            section.warning(
                    section.placeOfAny("signing_period", "grace_period", "jitter", "grace_margin"),
                    section.pathOf("signing_period") + ": a key signs for "
                            + Durations.print(feasibility.shortestSigning())
                            + " and then stays published for grace_period "
                            + Durations.print(policy.gracePeriod()) + " + grace_margin "
                            + Durations.print(policy.graceMargin()) + ": " + feasibility.retiredAtOnce()
                            + " retired keys lie in the zone at once, beside the one that signs and the next");
        }
    }

    private void checkOpenings(Feasibility.Closed closed) {
        Place place = section.placeOfAny("freeze", "window", "signing_period");
        boolean neverOpens =
                policy.scheduledFlips().nextOpenAt(section.reading().now()).equals(FlipWindow.NEVER);
        if (neverOpens) {
            section.error(
                    place,
                    section.pathOf("freeze") + ": whenever the window is open a freeze lasts: no key would be changed");
        } else if (closed.forGood()) {
            section.warning(
                    place, section.pathOf("window") + ": from " + minute(closed.from()) + " on it never opens again");
        } else if (closed.period().compareTo(policy.signingPeriod()) > 0) {
            section.warning(
                    place,
                    section.pathOf("signing_period") + ": from " + minute(closed.from()) + " to "
                            + minute(closed.until()) + ", for " + Durations.round(closed.period())
                            + ", window and freeze let no key be changed: one signs for up to "
                            + Durations.round(policy.signingPeriod().plus(closed.period())) + ", not for "
                            + Durations.print(policy.signingPeriod()));
        }
    }

    private static Instant minute(Instant time) {
        return time.truncatedTo(ChronoUnit.MINUTES);
    }
}
