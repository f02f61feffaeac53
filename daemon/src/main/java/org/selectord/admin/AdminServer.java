package org.selectord.admin;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import io.javalin.http.NotFoundResponse;
import io.javalin.json.JsonMapper;
import io.javalin.util.JavalinException;
import io.javalin.util.JavalinLogger;
import java.lang.reflect.Type;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.Problem;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.rotation.DomainCatalog;
import org.selectord.rotation.Fleet;
import org.selectord.rotation.FleetBrakes;
import org.selectord.rotation.OrderRefusedException;
import org.selectord.rotation.RegistryUnavailableException;
import org.selectord.rotation.RegistryView;
import org.selectord.rotation.RotationOrders;
import org.selectord.rotation.RotationPlanner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port. Few threads and a short queue: it serves people and a monitor, and must not take the daemon's memory when a program goes wild. It
 * speaks plain HTTP, so it listens on loopback only.
 */
public final class AdminServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final int THREADS = 10;
    private static final int LEAST_THREADS = 2;
    private static final int IDLE_MILLIS = 30_000;
    private static final int STOP_MILLIS = 700;
    /** Connections that only wait for another request are closed sooner, so that an ordinary stop waits for nothing. */
    private static final int STOP_IDLE_MILLIS = 50;

    private static final int HEADER_BYTES = 8 * 1024;
    private static final int BACKLOG = 64;

    private final AdminSettings settings;
    private final Reload configuration;
    private final Gate gate;
    private final List<Route> routes;
    private final Javalin javalin;
    private final QueuedThreadPool threads = new QueuedThreadPool(THREADS, LEAST_THREADS, IDLE_MILLIS);

    private volatile AdminTokens tokens;

    /**
     * What it shows, and whom it tells what people ask.
     *
     * @param brakes what a person resets of {@code fleet}
     * @param wake has the daemon look at once what is due
     * @param keystore takes in the private half of a key that is adopted
     * @param rights what is wrong with what a domain's TSIG key may write
     * @param configuration what a reload does beside reading the tokens again
     * @param metrics one scrape in the text format of Prometheus
     * @param readiness what must be true beside a working registry
     */
    public record Ports(
            RegistryView registry,
            RotationOrders orders,
            RotationPlanner planner,
            DomainCatalog catalog,
            ClockFace clock,
            FleetBrakes brakes,
            Fleet fleet,
            Runnable wake,
            PrivateKeyStore keystore,
            Function<SigningDomain, List<String>> rights,
            Reload configuration,
            Supplier<String> metrics,
            List<ReadinessCheck> readiness) {}

    /**
     * Reads the tokens; listens only after {@link #start}.
     *
     * @throws AdminTokensException when the tokens file cannot be used
     */
    public AdminServer(AdminSettings settings, Ports ports) throws AdminTokensException {
        this.settings = settings;
        this.configuration = ports.configuration();
        this.tokens = AdminTokens.read(settings.tokens());
        this.gate = new Gate(() -> tokens, settings.open(), System::nanoTime);
        this.routes = routes(ports);
        gate.guard(routes);
        this.javalin = Javalin.create(this::configure);
    }

    /** The route table: all there is. */
    private List<Route> routes(Ports ports) {
        Reports reports = new Reports(ports.planner(), ports.catalog(), ports.fleet(), ports.clock(), ports.rights());
        Api api =
                new Api(ports.registry(), reports, this::reload, ports.metrics(), ports.readiness(), new StaticPages());
        OrderApi orders = new OrderApi(ports.registry(), ports.orders(), reports, ports.keystore(), ports.clock()::now);
        FleetApi fleet = new FleetApi(ports.brakes(), ports.clock(), reports, ports.wake());
        return Stream.of(api.routes(), orders.routes(), fleet.routes())
                .flatMap(each -> each)
                .toList();
    }

    /** Listens from here on. Throws {@link IllegalStateException} with what to do when it cannot. */
    public void start() {
        try {
            javalin.start();
        } catch (JavalinException e) {
            throw new IllegalStateException(
                    "the admin port cannot listen on " + settings.listen() + ": " + e.getMessage()
                            + "; another program has it, perhaps another selectord: stop that one, or change admin.listen",
                    e);
        }
        String at = address().toString().replaceFirst("^[^/]*/", ""); // without the host name that is not there
        LOG.info("admin port listens on http://{}, tokens known: {}", at, tokens.count());
    }

    /** Where it listens; the port is the real one when 0 was asked for. */
    public InetSocketAddress address() {
        return new InetSocketAddress(settings.listen().getAddress(), javalin.port());
    }

    List<Route> routes() {
        return routes;
    }

    /** Reads the tokens and the configuration again, both or none; every problem found. For SIGHUP too. */
    public synchronized List<String> reload() {
        AdminTokens read;
        try {
            read = AdminTokens.read(settings.tokens());
        } catch (AdminTokensException e) {
            return e.problems();
        }
        List<String> problems = configuration.reload();
        if (problems.isEmpty()) {
            tokens = read;
        }
        return problems;
    }

    /** Takes no new request, gives those under way a moment, and is gone. */
    @Override
    public void close() {
        try {
            javalin.stop();
        } catch (JavalinException e) {
            LOG.info("the admin port was closed while a request was under way: {}", String.valueOf(e.getCause()));
        }
    }

    // ---- Javalin and Jetty

    private void configure(JavalinConfig config) {
        JavalinLogger.startupInfo = false; // we say where we listen in one line of our own
        config.startup.showJavalinBanner = false;
        config.startup.showOldJavalinVersionWarning = false;
        config.startup.startupWatcherEnabled = false;
        config.http.prefer405over404 = true;
        config.http.maxRequestSize = Gate.BODY_LIMIT;
        config.http.compressionStrategy = CompressionStrategy.NONE;
        config.router.ignoreTrailingSlashes = false;
        config.router.javaLangErrorHandler((response, error) -> {
            LOG.error("a request failed and the JVM with it, perhaps", error);
            response.setStatus(500);
        });
        config.jsonMapper(new ApiJson());
        config.requestLogger.http((ctx, millis) -> Gate.audit(ctx));
        threads.setName("selectord-admin");
        threads.setDaemon(true);
        threads.setStopTimeout(STOP_MILLIS);
        config.jetty.threadPool = threads;
        config.jetty.modifyServer(server -> {
            server.setStopTimeout(STOP_MILLIS);
            server.setErrorHandler(new JettyProblems());
        });
        config.jetty.addConnector(this::connector);
        route(config.routes);
    }

    private Connector connector(Server server, HttpConfiguration http) {
        http.setSendServerVersion(false);
        http.setSendXPoweredBy(false);
        http.setRequestHeaderSize(HEADER_BYTES);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(settings.listen().getAddress().getHostAddress());
        connector.setPort(settings.listen().getPort());
        connector.setIdleTimeout(IDLE_MILLIS);
        connector.setAcceptQueueSize(BACKLOG);
        connector.setShutdownIdleTimeout(STOP_IDLE_MILLIS);
        return connector;
    }

    private void route(RoutesConfig to) {
        to.before(ctx -> {
            ctx.header("Cache-Control", "no-store").header("X-Content-Type-Options", "nosniff");
            gate.admit(ctx);
        });
        for (Route route : routes) {
            to.addHttpHandler(route.method(), route.path(), ctx -> {
                gate.check(ctx, route.access());
                route.handler().handle(ctx);
            });
        }
        to.exception(ProblemException.class, AdminServer::answer);
        to.exception(
                RegistryUnavailableException.class,
                (e, ctx) -> answer(ProblemException.registryUnavailable(String.valueOf(e.getMessage())), ctx));
        to.exception(
                RotationOrders.UnknownDomainException.class,
                (e, ctx) -> answer(ProblemException.unknownDomain(ctx.pathParam("domain")), ctx));
        to.exception(
                OrderRefusedException.class,
                (e, ctx) -> answer(ProblemException.orderRefused(String.valueOf(e.getMessage())), ctx));
        to.exception(NotFoundResponse.class, (e, ctx) -> answer(ProblemException.unknownRoute(ctx.path()), ctx));
        to.exception(
                MethodNotAllowedResponse.class,
                (e, ctx) -> answer(
                        ProblemException.wrongMethod(ctx.method().name(), ctx.path(), allowed(ctx.path())), ctx));
        to.exception(
                HttpResponseException.class,
                (e, ctx) -> answer(ProblemException.ofServer(e.getStatus(), String.valueOf(e.getMessage())), ctx));
        to.exception(Exception.class, AdminServer::ourError);
    }

    private String allowed(String path) {
        Set<String> methods = new TreeSet<>();
        for (Route route : routes) {
            String pattern = route.path().replaceAll("\\{[a-z]+}", "[^/]+");
            if (Pattern.matches(pattern, path)) {
                methods.add(route.method().name());
            }
        }
        if (methods.contains(HandlerType.GET.name())) {
            methods.add(HandlerType.HEAD.name());
        }
        return String.join(", ", methods);
    }

    private static void ourError(Exception e, Context ctx) {
        String incident = UUID.randomUUID().toString();
        LOG.error("incident {}: {} {} failed", incident, ctx.method(), ctx.req().getRequestURI(), e);
        answer(ProblemException.ourError(incident), ctx);
    }

    private static void answer(ProblemException e, Context ctx) {
        e.headers().forEach(ctx::header);
        ctx.status(e.problem().status()).contentType(Problem.MEDIA_TYPE).result(Json.write(e.problem()));
    }

    /** Javalin's own mapper would write names and absent values in another way. */
    private static final class ApiJson implements JsonMapper {
        @Override
        public String toJsonString(Object value, Type type) {
            return Json.write(value);
        }
    }
}
