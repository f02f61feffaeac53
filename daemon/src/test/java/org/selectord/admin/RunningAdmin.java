package org.selectord.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.selectord.admin.AdminSettings.Open;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.Fleet;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.RotationOrders;
import org.selectord.rotation.RotationPlanner;
import org.selectord.rotation.TimeReading;

/** An admin server on a free port, over a registry in memory, with one token of each role. */
public final class RunningAdmin implements AutoCloseable {
    public static final String READ = "token-that-may-read";
    public static final String OPERATE = "token-that-may-operate";
    public static final String ADMIN = "token-that-may-do-all";

    public final FakeRegistry registry = new FakeRegistry();
    public final Path tokensFile;
    public final List<String> reloadProblems = new ArrayList<>();
    public final List<String> unready = new ArrayList<>();
    public final Map<SigningDomain, List<String>> rights = new HashMap<>();
    public final Set<SigningDomain> unlisted = new HashSet<>();
    public Supplier<Optional<String>> doubt = Optional::empty;
    public boolean trusted = true;
    public Optional<String> clockRefusal = Optional.empty();
    public String word = "the primary ns1";
    public final FakeKeystore keystore = new FakeKeystore();
    public int wakes;
    public int reloads;

    public final AdminServer server;

    public RunningAdmin(Path directory) throws Exception {
        this(directory, Set.of(Open.values()));
    }

    public RunningAdmin(Path directory, Set<Open> open) throws Exception {
        tokensFile = directory.resolve("tokens");
        tokens(line("reader", "read", READ), line("ops", "operate", OPERATE), line("root", "admin", ADMIN));
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        server = anotherAt(new AdminSettings(anyPort, tokensFile, open));
        server.start();
    }

    AdminServer anotherAt(AdminSettings settings) throws AdminTokensException {
        return new AdminServer(
                settings,
                new AdminServer.Ports(
                        registry,
                        new RotationOrders(registry, this::settingsOf, this::now, () -> wakes++),
                        new RotationPlanner(),
                        this::settingsOf,
                        new Clock(),
                        registry,
                        new Fleet(registry, registry::find, this::settingsOf, () -> FleetSettings.DEFAULT),
                        () -> wakes++,
                        keystore,
                        domain -> rights.getOrDefault(domain, List.of()),
                        this::reloadConfiguration,
                        () -> "# HELP selectord_domains Domains\nselectord_domains 1\n",
                        List.of(new ReadinessCheck(
                                "sweep", () -> unready.stream().findFirst()))));
    }

    private final class Clock implements ClockFace {
        @Override
        public TimeReading now() {
            return RunningAdmin.this.now();
        }

        @Override
        public Optional<String> doubt() {
            return doubt.get();
        }

        @Override
        public String word() {
            return word;
        }

        @Override
        public Optional<String> trust() {
            if (clockRefusal.isPresent()) {
                return clockRefusal;
            }
            trusted = true;
            doubt = Optional::empty;
            word = "a person";
            return Optional.empty();
        }
    }

    private Optional<DomainSettings> settingsOf(SigningDomain domain) {
        return unlisted.contains(domain) ? Optional.empty() : Optional.of(Samples.settings(domain));
    }

    private TimeReading now() {
        return new TimeReading(Samples.NOW, trusted);
    }

    private List<String> reloadConfiguration() {
        reloads++;
        return List.copyOf(reloadProblems);
    }

    public static String line(String name, String role, String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
            return name + " " + role + " sha256:" + HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public void tokens(String... lines) throws IOException {
        Files.write(tokensFile, List.of(lines));
        Files.setPosixFilePermissions(tokensFile, PosixFilePermissions.fromString("rw-r-----"));
    }

    public String url() {
        return "http://127.0.0.1:" + server.address().getPort();
    }

    public HttpResponse<String> get(String path, String token) throws Exception {
        return send("GET", path, token, "");
    }

    public HttpResponse<String> post(String path, String token) throws Exception {
        return send("POST", path, token, "");
    }

    public HttpResponse<String> send(String method, String path, String token, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }

    @Override
    public void close() {
        server.close();
    }
}
