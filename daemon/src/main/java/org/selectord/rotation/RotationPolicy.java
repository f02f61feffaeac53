package org.selectord.rotation;

import java.time.Duration;
import java.util.List;
import org.selectord.key.KeyAlgorithm;

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
 * @param window when the signer may be flipped
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
        FlipWindow window) {

    public static final RotationPolicy DEFAULT = new RotationPolicy(
            List.of(KeyAlgorithm.RSA_2048),
            Duration.ofDays(90),
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
            FlipWindow.ALWAYS);

    public RotationPolicy {
        algorithms = List.copyOf(algorithms);
        if (algorithms.stream().map(KeyAlgorithm::type).distinct().count() != algorithms.size()
                || algorithms.isEmpty()) {
            throw new IllegalArgumentException("a policy names one algorithm of each key type, and at least one");
        }
        if (proofTimes < 1) {
            throw new IllegalArgumentException("a server is proven by at least one answer");
        }
    }

    /** The larger of a fixed time and a part of N: {@code max(60s, 10%)}. */
    public record PublishMargin(Duration atLeast, int percent) {
        public Duration of(Duration negativeTtl) {
            Duration part = negativeTtl.multipliedBy(percent).dividedBy(100);
            return part.compareTo(atLeast) > 0 ? part : atLeast;
        }
    }
}
