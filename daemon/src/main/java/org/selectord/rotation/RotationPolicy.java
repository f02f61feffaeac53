package org.selectord.rotation;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyType;

/**
 * One entry of {@code policies} in the configuration.
 *
 * @param algorithms one chain a key type
 * @param signingPeriod how long a key signs
 * @param standby whether the successor is generated and published as soon as its predecessor is ACTIVE
 * @param prepublishPeriod without standby: how long before the signing period ends the successor is generated
 * @param selector how new selectors are made
 * @param proofTimes C of F3: how many exact answers in a row prove a server
 * @param proofOver over at least how long
 * @param publishMargin added to N before READY (F4)
 * @param gracePeriod how long a retired key's record stays after the last possible signature (F8)
 * @param graceMargin added to it
 * @param rollbackPeriod how long a retired key's private half is kept
 * @param queueLifetime how long mail may wait in queues
 * @param window when the signer may be flipped by the calendar; {@code rotate now} does not wait for it
 * @param freeze closed while nothing may be flipped, not by {@code rotate now} either; compromise does not wait for it
 * @param jitter up to so much before the signing period ends a scheduled flip comes, each domain at its own time (F15)
 * @param revokeWithin on compromise: how long signers are waited for before the key is revoked without their answer
 * @param onCompromise on compromise: what happens while there is no successor to flip to
 */
public record RotationPolicy(
        List<KeyAlgorithm> algorithms,
        Duration signingPeriod,
        boolean standby,
        Duration prepublishPeriod,
        SelectorTemplate selector,
        int proofTimes,
        Duration proofOver,
        PublishMargin publishMargin,
        Duration gracePeriod,
        Duration graceMargin,
        Duration rollbackPeriod,
        Duration queueLifetime,
        FlipWindow window,
        FlipWindow freeze,
        Duration jitter,
        Duration revokeWithin,
        OnCompromise onCompromise) {
    private static final Duration USUAL_SIGNING_PERIOD = Duration.ofDays(90);
    private static final Duration MOST_USUAL_JITTER = Duration.ofDays(1);

    public static final RotationPolicy DEFAULT = new RotationPolicy(
            List.of(KeyAlgorithm.RSA_2048),
            USUAL_SIGNING_PERIOD,
            true,
            Duration.ofDays(14),
            SelectorTemplate.of("s{date:yyyyMMdd}{random:8}"),
            3,
            Duration.ofSeconds(10),
            new PublishMargin(Duration.ofMinutes(1), 10),
            Duration.ofDays(7),
            Duration.ofHours(1),
            Duration.ofDays(2),
            Duration.ofDays(5),
            FlipWindow.ALWAYS,
            new Freezes(List.of()),
            usualJitter(USUAL_SIGNING_PERIOD),
            Duration.ofMinutes(5),
            OnCompromise.WAIT);

    public RotationPolicy {
        algorithms = List.copyOf(algorithms);
        if (algorithms.stream().map(KeyAlgorithm::type).distinct().count() != algorithms.size()
                || algorithms.isEmpty()) {
            throw new IllegalArgumentException("a policy names one algorithm of each key type, and at least one");
        }
        if (proofTimes < 1) {
            throw new IllegalArgumentException("a server is proven by at least one answer");
        }
        if (jitter.compareTo(signingPeriod) >= 0) {
            throw new IllegalArgumentException("a jitter as long as the signing period would flip at once");
        }
    }

    /** 5 % of the signing period, a day at most: enough that domains enrolled together do not flip together. */
    public static Duration usualJitter(Duration signingPeriod) {
        Duration part = signingPeriod.dividedBy(20);
        return part.compareTo(MOST_USUAL_JITTER) < 0 ? part : MOST_USUAL_JITTER;
    }

    /** Whether it asks for a chain of this key type. */
    public boolean has(KeyType type) {
        return algorithm(type).isPresent();
    }

    /** What new keys of this chain shall be. */
    public Optional<KeyAlgorithm> algorithm(KeyType type) {
        for (KeyAlgorithm algorithm : algorithms) {
            if (algorithm.type() == type) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }

    public List<KeyType> chains() {
        return algorithms.stream().map(KeyAlgorithm::type).toList();
    }

    /** When the calendar may flip: the window is open and no freeze lasts. */
    public FlipWindow scheduledFlips() {
        return window.and(freeze);
    }

    /** The larger of a fixed time and a part of N: {@code max(60s, 10%)}. */
    public record PublishMargin(Duration atLeast, int percent) {
        public Duration of(Duration negativeTtl) {
            Duration part = negativeTtl.multipliedBy(percent).dividedBy(100);
            return part.compareTo(atLeast) > 0 ? part : atLeast;
        }
    }
}
