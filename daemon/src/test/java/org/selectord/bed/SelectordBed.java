package org.selectord.bed;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.bed.Unprivileged;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The packaged selectord beside a real BIND (a primary and secondaries) and a real OpenDKIM, all on loopback and all as one unprivileged user, with
 * short times. Signs {@code example.org}. Where the JVM of the test is root it only starts and stops them.
 */
public final class SelectordBed implements AutoCloseable {
    public static final String DOMAIN = "example.org";
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String TOKEN = "5e1ec70d".repeat(8);
    private static final Path PACKAGED = Path.of("target", "selectord").toAbsolutePath();

    private final BindBed bind;
    private final OpenDkimBed openDkim = OpenDkimBed.create();
    private final Path home = Unprivileged.newDirectory();
    private final int port = freePort();
    private final Map<String, String> dns = new LinkedHashMap<>();
    private final Map<String, String> policy = new LinkedHashMap<>();
    private final Map<String, String> signer = new LinkedHashMap<>();
    private final Map<String, String> domain = new LinkedHashMap<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<String> others = new ArrayList<>();
    private String audit = "15m";
    private String witness = "none";
    private String keystore = "{type: file, directory: " + home.resolve("keys") + ", passphrase: \"${file:"
            + home.resolve("keystore.pass") + "}\"}";
    private Optional<Process> process = Optional.empty();

    private SelectordBed(BindBed bind) {
        this.bind = bind;
        dns.put("primaries", "[\"" + hostPort(bind.primary().address()) + "\"]");
        dns.put("tsig", home.resolve("tsig.key").toString());
        dns.put("record_ttl", "2s");
        dns.put("fudge", "5s");
        dns.put("late_margin", "1s");
        signer.put("type", "opendkim");
        signer.put("conf", openDkim.conf().toString());
        signer.put("directory", openDkim.directory().toString());
        signer.put("reload", "{signal: USR1, pid_file: " + openDkim.pidFile() + "}");
        signer.put("settle", "1s");
        signer.put("probe", "\"" + openDkim.address() + "\"");
        domain.put("policy", "default");
        domain.put("dns", "bind");
        domain.put("signers", "[opendkim]");
        policy.put("signing_period", "1d");
        policy.put("jitter", "0s");
        policy.put("proof", "{times: 2, over: 200ms}");
        policy.put("publish_margin", "200ms");
        policy.put("grace_period", "6s");
        policy.put("grace_margin", "1s");
        policy.put("grace_unsafe", "true");
        policy.put("rollback_period", "3s");
    }

    /** Not started; the zone's negative TTL is 1 s. */
    public static SelectordBed create(int secondaries) {
        return create(secondaries, BedZone.of(DOMAIN + ".").signing(DOMAIN).negativeTtl(1));
    }

    public static SelectordBed create(int secondaries, BedZone... zones) {
        SelectordBed bed = new SelectordBed(BindBed.start(secondaries, zones));
        List<String> servers =
                new ArrayList<>(List.of("\"" + hostPort(bed.bind.primary().address()) + "\""));
        for (int i = 0; i < secondaries; i++) {
            servers.add("\"" + hostPort(bed.bind.secondary(i).address()) + "\"");
        }
        bed.dns.put("authoritative", servers.toString());
        bed.install();
        return bed;
    }

    private static String hostPort(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private void install() {
        copy(PACKAGED, home.resolve("selectord"));
        write("tsig.key", read(bind.keyFile()));
        write("keystore.pass", "correct horse battery staple\n");
        write("tokens", "tests admin sha256:" + sha256(TOKEN) + "\n");
        write("selectorctl.token", TOKEN + "\n");
        configure();
    }

    /** Another value of a key below {@code dns.bind}; takes effect with the next start or reload. */
    public SelectordBed dns(String key, String value) {
        dns.put(key, value);
        return configure();
    }

    /** Who confirms the time, such as {@code [tsig, ntp]}; nobody, if this is not called. */
    public SelectordBed witness(String witnesses) {
        witness = witnesses;
        return configure();
    }

    /** Another value of a key below {@code policies.default}. */
    public SelectordBed policy(String key, String value) {
        policy.put(key, value);
        return configure();
    }

    /** Another keystore than the one of files. */
    public SelectordBed keystore(String written) {
        keystore = written;
        return configure();
    }

    /** A key below {@code domains.example.org}. */
    public SelectordBed domain(String key, String value) {
        domain.put(key, value);
        return configure();
    }

    /** Signs this domain too, as {@link #DOMAIN} is signed; its zone is one of the bed's. */
    public SelectordBed besides(String another) {
        others.add(another);
        return configure();
    }

    /** Without one guard, to see what it is for; see {@link GuardOut#of}. */
    public SelectordBed without(String type, String guarded, String instead) {
        GuardOut.of(home.resolve("selectord"), type, guarded, instead);
        return this;
    }

    /** How often published records are looked at; as by default unless a test says. */
    public SelectordBed audit(String every) {
        audit = every;
        return configure();
    }

    /** Another value of a key below {@code signers.opendkim}. */
    public SelectordBed signer(String key, String value) {
        signer.put(key, value);
        return configure();
    }

    /** Variables of the environment that selectord is started with from now on, instead of those given before. */
    public SelectordBed environment(Map<String, String> variables) {
        environment.clear();
        environment.putAll(variables);
        return this;
    }

    private SelectordBed configure() {
        write("selectord.yaml", """
            admin:    {listen: "127.0.0.1:%d", tokens: %s}
            time:     {witness: %s}
            audit:    {every: %s}
            registry: {url: "jdbc:sqlite:%s"}
            keystore: %s
            dns:
              bind: %s
            signers:
              opendkim: %s
            policies:
              default: %s
            domains:
              %s: %s
            %s""".formatted(
                        port,
                        home.resolve("tokens"),
                        witness,
                        audit,
                        home.resolve("registry").resolve("registry.db"),
                        keystore,
                        flow(dns),
                        flow(signer),
                        flow(policy),
                        DOMAIN,
                        flow(domain),
                        others.stream()
                                .map(other -> "  " + other + ": " + flow(domain) + "\n")
                                .collect(Collectors.joining())));
        return this;
    }

    private static String flow(Map<String, String> map) {
        return map.entrySet().stream()
                .map(entry -> entry.getKey() + ": " + entry.getValue())
                .collect(Collectors.joining(", ", "{", "}"));
    }

    public BindBed bind() {
        return bind;
    }

    public OpenDkimBed openDkim() {
        return openDkim;
    }

    /** The directory with everything of selectord: configuration, registry/, keys/, log. */
    public Path home() {
        return home;
    }

    public int port() {
        return port;
    }

    public static String token() {
        return TOKEN;
    }

    /** Starts selectord, with further options for its JVM, and waits until its admin port answers. */
    public SelectordBed start(String... jvmOptions) {
        launch(jvmOptions);
        await("selectord on port " + port + ": " + log())
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> !process.orElseThrow().isAlive() || answers());
        return this;
    }

    private boolean answers() {
        try {
            return http("GET", "/v1/domains", Optional.empty()).status() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** Starts selectord and does not wait. */
    public Process launch(String... jvmOptions) {
        try {
            Path registry = home.resolve("registry");
            if (!Files.exists(registry)) {
                Files.createDirectory(registry);
                Unprivileged.own(registry);
            }
            ProcessBuilder builder = selectord(
                            "--config", home.resolve("selectord.yaml").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            home.resolve("selectord.log").toFile()));
            builder.environment()
                    .put("SELECTORD_OPTS", "-Djava.io.tmpdir=" + home + " " + String.join(" ", jvmOptions));
            Process started = builder.start();
            process = Optional.of(started);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessBuilder selectord(String... arguments) {
        // by env, so that what sets the user is not started with them
        List<String> command = new ArrayList<>(List.of("env"));
        environment.forEach((name, value) -> command.add(name + "=" + value));
        command.add(home.resolve("selectord/bin/selectord").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(Unprivileged.command(command));
        builder.environment().put("RUNTIME_DIRECTORY", home.toString());
        return builder;
    }

    /** Runs another selectord, which has to end by itself. */
    public Output runSelectord(String... arguments) {
        return run(selectord(arguments));
    }

    /** Starts OpenDKIM, once selectord has made its tables. */
    public SelectordBed startOpenDkim() {
        openDkim.start();
        return this;
    }

    /** The selectord that runs, or ran last. */
    public Process process() {
        return process.orElseThrow();
    }

    public void kill9() {
        process.ifPresent(running -> {
            running.destroyForcibly();
            awaitExit(running);
        });
    }

    /** SIGTERM; the exit code. */
    public int stop() {
        process().destroy();
        return awaitExit(process());
    }

    /** Waits until it ended by itself, at most a minute. */
    public int awaitExit() {
        return awaitExit(process());
    }

    private static int awaitExit(Process running) {
        try {
            if (!running.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("selectord did not end within a minute");
            }
            return running.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What a command printed and how it ended. */
    public record Output(int exit, String out, String err) {}

    /** Runs selectorctl against this selectord. */
    public Output ctl(String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(home.resolve("selectord/bin/selectorctl").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("SELECTORD_ADMIN", "http://127.0.0.1:" + port);
        builder.environment()
                .put("SELECTORD_TOKEN_FILE", home.resolve("selectorctl.token").toString());
        return run(builder);
    }

    private static Output run(ProcessBuilder builder) {
        try {
            Path out = Files.createTempFile("selectord", ".out");
            Path err = Files.createTempFile("selectord", ".err");
            int exit = builder.redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start()
                    .waitFor();
            Output output = new Output(exit, read(out), read(err));
            Files.delete(out);
            Files.delete(err);
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The domain as the admin port shows it. */
    public JsonNode domain() {
        Http answer = http("GET", "/v1/domains/" + DOMAIN, Optional.empty());
        return JsonMapper.shared().readTree(answer.body());
    }

    /** Selectors of keys in this state, the oldest key first. */
    public List<String> inState(String state) {
        List<String> selectors = new ArrayList<>();
        domain().get("keys").forEach(key -> {
            if (key.get("state").asString().equals(state)) {
                selectors.add(key.get("selector").asString());
            }
        });
        return selectors;
    }

    /** Waits until there is an ACTIVE key and a READY standby; their selectors. */
    public List<String> awaitStandby() {
        await("an ACTIVE key and a READY standby: " + log())
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> inState("ACTIVE").size() == 1 && inState("READY").size() == 1);
        return List.of(inState("ACTIVE").get(0), inState("READY").get(0));
    }

    /** An answer of the admin port. */
    public record Http(int status, String body, Map<String, List<String>> headers) {}

    /** One request with the admin token. */
    public Http http(String method, String path, Optional<String> body) {
        return http(method, path, body, Optional.of(TOKEN));
    }

    public Http http(String method, String path, Optional<String> body, Optional<String> token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .method(
                        method,
                        body.map(HttpRequest.BodyPublishers::ofString).orElse(HttpRequest.BodyPublishers.noBody()));
        token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
        try {
            HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Http(answer.statusCode(), answer.body(), answer.headers().map());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What selectord has logged, all of it. */
    public String log() {
        Path log = home.resolve("selectord.log");
        return Files.exists(log) ? read(log) : "";
    }

    /** A file in the bed, 0600, of the unprivileged user. */
    public void write(String name, String text) {
        try {
            Path file = home.resolve(name);
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, text);
            Unprivileged.own(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The user that runs it need not be able to read where Maven built it. */
    private static void copy(Path from, Path to) {
        try (Stream<Path> paths = Files.walk(from)) {
            for (Path path : paths.toList()) {
                Path copied = to.resolve(from.relativize(path).toString());
                Files.copy(path, copied, StandardCopyOption.COPY_ATTRIBUTES);
                Unprivileged.own(copied);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha256(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill9();
        openDkim.close();
        bind.close();
        Unprivileged.remove(home);
    }
}
