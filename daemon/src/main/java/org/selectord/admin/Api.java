package org.selectord.admin;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.selectord.admin.api.Health;
import org.selectord.admin.api.HistoryPage;
import org.selectord.admin.api.Reloaded;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.RegistryUnavailableException;
import org.selectord.rotation.RegistryView;

/** What is done at each route but those of orders. */
final class Api {
    private static final int PAGE = 500;
    private static final int LONGEST_PAGE = 1000;
    private static final int HISTORY = 100;
    private static final Duration A_YEAR = Duration.ofDays(365);
    private static final Duration LONGEST_PLAN = Duration.ofDays(1100);
    private static final String REGISTRY = "registry";

    private final RegistryView registry;
    private final Reports reports;
    private final Reload reload;
    private final Supplier<String> metrics;
    private final List<ReadinessCheck> readiness;
    private final StaticPages pages;
    private final Semaphore historyIsRead = new Semaphore(1);

    Api(
            RegistryView registry,
            Reports reports,
            Reload reload,
            Supplier<String> metrics,
            List<ReadinessCheck> readiness,
            StaticPages pages) {
        this.registry = registry;
        this.reports = reports;
        this.reload = reload;
        this.metrics = metrics;
        this.readiness = List.copyOf(readiness);
        this.pages = pages;
    }

    /** The route table, without orders. */
    Stream<Route> routes() {
        return Stream.of(
                Route.get("/", Access.ANYBODY, pages::statusPage),
                Route.get("/openapi.yaml", Access.READ, pages::openapi),
                Route.get("/healthz", Access.HEALTH, Api::health),
                Route.get("/readyz", Access.HEALTH, this::ready),
                Route.get("/metrics", Access.METRICS, this::metrics),
                Route.get("/v1/domains", Access.READ, this::domains),
                Route.get("/v1/domains/{domain}", Access.READ, this::domain),
                Route.get("/v1/domains/{domain}/explain", Access.READ, this::explain),
                Route.get("/v1/domains/{domain}/plan", Access.READ, this::plan),
                Route.get("/v1/domains/{domain}/history", Access.READ, this::history),
                Route.get("/v1/events", Access.READ, this::events),
                Route.get("/v1/history/verify", Access.READ, this::verifyHistory),
                Route.post("/v1/reload", Access.ADMIN, this::reload));
    }

    // ---- domains

    private void domains(Context ctx) {
        Optional<SigningDomain> after = query(ctx, "after").map(Paths::domainName);
        int limit = limit(ctx, PAGE);
        List<ManagedDomain> page = registry.page(after, limit);
        Optional<String> next = page.size() < limit
                ? Optional.empty()
                : Optional.of(page.get(page.size() - 1).name().name());
        ctx.json(reports.list(page, next));
    }

    private void domain(Context ctx) {
        ctx.json(reports.status(known(ctx)));
    }

    private void explain(Context ctx) {
        ctx.json(reports.explain(known(ctx)));
    }

    private void plan(Context ctx) {
        Duration period = Fields.duration("for", query(ctx, "for")).orElse(A_YEAR);
        if (period.compareTo(LONGEST_PLAN) > 0) {
            throw ProblemException.badRequest(
                    "so far ahead nothing is planned", "ask for at most P" + LONGEST_PLAN.toDays() + "D");
        }
        ctx.json(reports.plan(known(ctx), period));
    }

    private void history(Context ctx) {
        ctx.json(history(Optional.of(known(ctx).name()), limit(ctx, HISTORY)));
    }

    private void events(Context ctx) {
        ctx.json(history(Optional.empty(), limit(ctx, HISTORY)));
    }

    /** One at a time, for it reads as much as there is. */
    private void verifyHistory(Context ctx) {
        if (!historyIsRead.tryAcquire()) {
            throw ProblemException.historyIsBeingRead();
        }
        try {
            ctx.json(Reports.verdict(registry.checkHistory()));
        } finally {
            historyIsRead.release();
        }
    }

    private HistoryPage history(Optional<SigningDomain> domain, int limit) {
        return new HistoryPage(
                registry.history(domain, limit).stream().map(Reports::line).toList());
    }

    private ManagedDomain known(Context ctx) {
        return Paths.known(ctx, registry);
    }

    private static Optional<String> query(Context ctx, String name) {
        return Optional.ofNullable(ctx.queryParam(name));
    }

    private static int limit(Context ctx, int usual) {
        Optional<String> written = query(ctx, "limit");
        if (written.isEmpty()) {
            return usual;
        }
        Optional<Long> limit = Paths.number(written.get()).filter(most -> most >= 1 && most <= LONGEST_PAGE);
        return limit.orElseThrow(() -> ProblemException.badRequest(
                        "limit=" + written.get() + " is no number from 1 to " + LONGEST_PAGE,
                        "leave it out for " + usual))
                .intValue();
    }

    // ---- the daemon

    private void reload(Context ctx) {
        Fields.none(ctx);
        List<String> problems = reload.reload();
        if (!problems.isEmpty()) {
            Gate.answered(ctx, problems.size() + " problems, nothing changed");
            throw ProblemException.notReloaded(problems);
        }
        ctx.json(new Reloaded(true));
    }

    private static void health(Context ctx) {
        ctx.json(new Health("ok", List.of()));
    }

    private void ready(Context ctx) {
        List<String> problems = Stream.concat(
                        registryProblem().stream(),
                        readiness.stream()
                                .flatMap(check ->
                                        check.problem().get().stream().map(problem -> check.name() + ": " + problem)))
                .toList();
        if (!problems.isEmpty()) {
            throw ProblemException.notReady(problems);
        }
        Stream<String> names =
                Stream.concat(Stream.of(REGISTRY), readiness.stream().map(ReadinessCheck::name));
        ctx.json(new Health("ready", names.toList()));
    }

    private Optional<String> registryProblem() {
        try {
            registry.probe();
            return Optional.empty();
        } catch (RegistryUnavailableException e) {
            return Optional.of(REGISTRY + ": " + e.getMessage());
        }
    }

    private void metrics(Context ctx) {
        ctx.contentType("text/plain; version=0.0.4; charset=utf-8").result(metrics.get());
    }
}
