package org.selectord.rotation;

import java.time.Duration;
import java.util.List;
import org.selectord.key.KeyAlgorithm;

/** A policy that is as usual but for what a test says; it has no jitter unless the test asks for it. */
public final class PolicyBuilder {
    private static final RotationPolicy USUAL = RotationPolicy.DEFAULT;

    private List<KeyAlgorithm> algorithms = USUAL.algorithms();
    private Duration signingPeriod = USUAL.signingPeriod();
    private boolean standby = USUAL.standby();
    private Duration prepublishPeriod = USUAL.prepublishPeriod();
    private SelectorTemplate selector = USUAL.selector();
    private int proofTimes = USUAL.proofTimes();
    private Duration proofOver = USUAL.proofOver();
    private Duration gracePeriod = USUAL.gracePeriod();
    private Duration rollbackPeriod = USUAL.rollbackPeriod();
    private FlipWindow window = USUAL.window();
    private FlipWindow freeze = USUAL.freeze();
    private Duration jitter = Duration.ZERO;
    private Duration revokeWithin = USUAL.revokeWithin();
    private OnCompromise onCompromise = USUAL.onCompromise();

    private PolicyBuilder() {}

    public static PolicyBuilder policy() {
        return new PolicyBuilder();
    }

    public PolicyBuilder algorithms(KeyAlgorithm... algorithms) {
        this.algorithms = List.of(algorithms);
        return this;
    }

    public PolicyBuilder signingPeriod(Duration signingPeriod) {
        this.signingPeriod = signingPeriod;
        return this;
    }

    public PolicyBuilder withoutStandby(Duration prepublishPeriod) {
        this.standby = false;
        this.prepublishPeriod = prepublishPeriod;
        return this;
    }

    public PolicyBuilder selector(String template) {
        this.selector = SelectorTemplate.of(template);
        return this;
    }

    public PolicyBuilder grace(Duration gracePeriod, Duration rollbackPeriod) {
        this.gracePeriod = gracePeriod;
        this.rollbackPeriod = rollbackPeriod;
        return this;
    }

    public PolicyBuilder proof(int proofTimes, Duration proofOver) {
        this.proofTimes = proofTimes;
        this.proofOver = proofOver;
        return this;
    }

    public PolicyBuilder window(FlipWindow window) {
        this.window = window;
        return this;
    }

    public PolicyBuilder freeze(FlipWindow freeze) {
        this.freeze = freeze;
        return this;
    }

    public PolicyBuilder jitter(Duration jitter) {
        this.jitter = jitter;
        return this;
    }

    public PolicyBuilder compromise(OnCompromise onCompromise, Duration revokeWithin) {
        this.onCompromise = onCompromise;
        this.revokeWithin = revokeWithin;
        return this;
    }

    public RotationPolicy build() {
        return new RotationPolicy(
                algorithms,
                signingPeriod,
                standby,
                prepublishPeriod,
                selector,
                proofTimes,
                proofOver,
                USUAL.publishMargin(),
                gracePeriod,
                USUAL.graceMargin(),
                rollbackPeriod,
                USUAL.queueLifetime(),
                window,
                freeze,
                jitter,
                revokeWithin,
                onCompromise);
    }
}
