package org.selectord.admin;

import io.javalin.http.Context;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.selectord.admin.api.BreakerStatus;
import org.selectord.admin.api.BreakerStatus.FailedFlip;
import org.selectord.rotation.FleetBrakes;
import org.selectord.rotation.FlipLedger;

/** What concerns all domains at once: the breaker, and whether the clock is trusted. */
final class FleetApi {
    private final FleetBrakes brakes;
    private final ClockFace clock;
    private final Reports reports;
    private final Runnable wake;

    FleetApi(FleetBrakes brakes, ClockFace clock, Reports reports, Runnable wake) {
        this.brakes = brakes;
        this.clock = clock;
        this.reports = reports;
        this.wake = wake;
    }

    Stream<Route> routes() {
        return Stream.of(
                Route.get("/v1/breaker", Access.READ, this::breaker),
                Route.post("/v1/breaker/reset", Access.OPERATE, this::resetBreaker),
                Route.get("/v1/clock", Access.READ, this::clock),
                Route.post("/v1/clock/trust", Access.ADMIN, this::trustClock));
    }

    private void breaker(Context ctx) {
        ctx.json(status(brakes.ledger()));
    }

    private void resetBreaker(Context ctx) {
        Fields fields = Fields.of(ctx);
        Optional<String> reason = fields.text("reason");
        fields.refuseOthers();
        String who = Gate.holder(ctx).name();
        boolean was = brakes.resetBreaker(
                who, reason.orElse("no reason was given"), clock.now().at());
        Gate.answered(ctx, was ? "the breaker was open" : "the breaker was not open");
        if (was) {
            wake.run();
        }
        ctx.json(status(brakes.ledger()));
    }

    private static BreakerStatus status(FlipLedger ledger) {
        return new BreakerStatus(
                ledger.breaker().isPresent(),
                ledger.breaker().map(FlipLedger.Breaker::openedAt),
                ledger.breaker().map(FlipLedger.Breaker::why),
                ledger.failures().stream()
                        .map(FleetApi::failed)
                        .sorted(Comparator.comparing(FailedFlip::at).reversed())
                        .toList(),
                ledger.resetAt());
    }

    private static FailedFlip failed(FlipLedger.Flip flip) {
        Instant at = flip.ending().orElseThrow().at();
        return new FailedFlip(flip.key().domain().name(), flip.key().number(), flip.canary(), at);
    }

    private void clock(Context ctx) {
        ctx.json(reports.clockStatus());
    }

    private void trustClock(Context ctx) {
        Fields.none(ctx);
        clock.trust().ifPresent(why -> {
            throw ProblemException.clockNotTrusted(why);
        });
        ctx.json(reports.clockStatus());
    }
}
