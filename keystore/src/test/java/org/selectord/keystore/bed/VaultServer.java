package org.selectord.keystore.bed;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.jopenlibs.vault.json.Json;
import io.github.jopenlibs.vault.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A real Vault (or OpenBao) on a loopback port of its own, as a child process, stopped by its process id: {@code VAULT_BIN}, else {@code vault} or
 * {@code bao} of the PATH. It is the one peer that no Debian package brings, so where there is none the tests are skipped, loudly, and do
 * not fail; only a {@code VAULT_BIN} that is none is a failure.
 */
public final class VaultServer implements AutoCloseable {
    /** With exactly the rights that the product ships. */
    public static final Path POLICY = Path.of("../deploy/vault/selectord.hcl");

    private static final String ROOT = "root";
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private final Path home;
    private final List<String> command;
    private final int port;
    private final int adminPort;
    private Process process;
    private String rootToken = ROOT;
    private String unsealKey = "";

    private VaultServer(Path home, List<String> command, int port, int adminPort) {
        this.home = home;
        this.command = command;
        this.port = port;
        this.adminPort = adminPort;
        this.process = launch();
    }

    /** In memory, unsealed. */
    public static VaultServer dev() {
        int port = freePort();
        VaultServer server = new VaultServer(
                newHome(),
                List.of(
                        program().toString(),
                        "server",
                        "-dev",
                        "-dev-no-store-token",
                        "-dev-root-token-id=" + ROOT,
                        "-dev-listen-address=127.0.0.1:" + port),
                port,
                port);
        server.awaitActive();
        return server;
    }

    /** On disk, initialised and unsealed. */
    public static VaultServer raft() {
        return raft("");
    }

    /** The same, with a second listener of this configuration, and {@code PORT} in it for its port. */
    public static VaultServer raft(String listener) {
        Path home = newHome();
        int adminPort = freePort();
        int port = listener.isEmpty() ? adminPort : freePort();
        try {
            Files.createDirectory(home.resolve("raft"));
            Files.writeString(home.resolve("vault.hcl"), """
                    disable_mlock = true
                    storage "raft" {
                      path = "%s/raft"
                      node_id = "one"
                    }
                    listener "tcp" {
                      address = "127.0.0.1:%d"
                      tls_disable = true
                    }
                    %s
                    api_addr = "http://127.0.0.1:%d"
                    cluster_addr = "http://127.0.0.1:%d"
                    """.formatted(
                            home, adminPort, listener.replace("PORT", Integer.toString(port)), adminPort, freePort()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> command =
                List.of(program().toString(), "server", "-config=" + home.resolve("vault.hcl"), "-log-level=warn");
        VaultServer server = new VaultServer(home, command, port, adminPort);
        server.initialise();
        return server;
    }

    private static Path program() {
        String named = System.getenv("VAULT_BIN");
        if (named != null && !named.isEmpty()) {
            return Files.isExecutable(Path.of(named)) ? Path.of(named) : fail("VAULT_BIN is no program: " + named);
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        Optional<Path> found = Stream.of(path.split(":"))
                .flatMap(directory -> Stream.of(Path.of(directory, "vault"), Path.of(directory, "bao")))
                .filter(Files::isExecutable)
                .findFirst();
        return found.orElseGet(() -> {
            String skipped = "skipped: not found: vault or bao in PATH, and VAULT_BIN is not set";
            System.err.println(skipped);
            return Assumptions.abort(skipped);
        });
    }

    private static Path newHome() {
        try {
            Path base = Files.createDirectories(Path.of("target", "bed").toAbsolutePath());
            return Files.createTempDirectory(
                    base, "vault", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process launch() {
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(home.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            home.resolve("output").toFile()));
            builder.environment().put("HOME", home.toString());
            builder.environment().keySet().removeIf(name -> name.startsWith("VAULT_") || name.startsWith("BAO_"));
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- its state

    private void initialise() {
        awaitAnswer();
        JsonObject keys = api("PUT", "sys/init", "{\"secret_shares\":1,\"secret_threshold\":1}");
        unsealKey = keys.get("keys").asArray().get(0).asString();
        rootToken = keys.getString("root_token", "");
        unseal();
    }

    public void seal() {
        api("PUT", "sys/seal", "");
    }

    /** Unseals it and waits until it is active. */
    public void unseal() {
        api("PUT", "sys/unseal", Json.object().add("key", unsealKey).toString());
        awaitActive();
    }

    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** After {@link #kill()}; sealed, as after every start. */
    public void start() {
        process = launch();
        awaitAnswer();
    }

    /** It takes connections and says nothing. */
    public void pause() {
        signal("STOP");
    }

    public void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void awaitAnswer() {
        awaitHealth(status -> status > 0);
    }

    private void awaitActive() {
        awaitHealth(status -> status == 200);
    }

    private void awaitHealth(java.util.function.IntPredicate fine) {
        await("Vault on port " + adminPort)
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .failFast("it ended: " + home.resolve("output"), () -> !process.isAlive())
                .until(() -> fine.test(health()));
    }

    private int health() {
        try {
            return send("GET", "sys/health", "", "").statusCode();
        } catch (UncheckedIOException e) {
            return 0;
        }
    }

    // ---- what it is asked to have

    public URI address() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** Of the listener that was asked for. */
    public int port() {
        return port;
    }

    public String rootToken() {
        return rootToken;
    }

    /** A request of root's that has to succeed; what it was answered. */
    public JsonObject api(String method, String path, String body) {
        HttpResponse<String> answer = send(method, path, body, rootToken);
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body().isEmpty()
                ? Json.object()
                : Json.parse(answer.body()).asObject();
    }

    /** The status of a request with this token. */
    public int status(String method, String path, String body, String token) {
        return send(method, path, body, token).statusCode();
    }

    private HttpResponse<String> send(String method, String path, String body, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + adminPort + "/v1/" + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("X-Vault-Token", token);
        }
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A KV engine, empty, in place of whatever is mounted there. */
    public VaultServer mount(String mount, int version) {
        send("DELETE", "sys/mounts/" + mount, "", rootToken);
        api("POST", "sys/mounts/" + mount, "{\"type\":\"kv\",\"options\":{\"version\":\"" + version + "\"}}");
        if (version == 2) {
            // a new mount takes a moment to be upgraded
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> status("POST", mount + "/config", "{\"cas_required\":true}", rootToken) < 300);
        }
        return this;
    }

    /** The policy that the product ships, under this name, for this mount. */
    public VaultServer shippedPolicy(String name, String mount) {
        try {
            return policy(name, Files.readString(POLICY).replace("\"dkim/", "\"" + mount + "/"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public VaultServer policy(String name, String rules) {
        api(
                "PUT",
                "sys/policies/acl/" + name,
                Json.object().add("policy", rules).toString());
        return this;
    }

    /** A role of AppRole without the policy "default", with these further parameters in JSON; its role_id. */
    public String role(String name, String policy, String parameters) {
        if (status("GET", "sys/auth/approle", "", rootToken) != 200) {
            api("POST", "sys/auth/approle", "{\"type\":\"approle\"}");
        }
        send("DELETE", "auth/approle/role/" + name, "", rootToken); // it would keep what is not given this time
        api(
                "POST",
                "auth/approle/role/" + name,
                "{\"token_policies\":[\"" + policy + "\"],\"token_no_default_policy\":true" + parameters + "}");
        return data(api("GET", "auth/approle/role/" + name + "/role-id", ""), "role_id");
    }

    public String secretId(String role) {
        return data(api("POST", "auth/approle/role/" + role + "/secret-id", ""), "secret_id");
    }

    /** A token of this policy alone. */
    public String token(String policy, String parameters) {
        return api(
                        "POST",
                        "auth/token/create",
                        "{\"policies\":[\"" + policy + "\"],\"no_default_policy\":true" + parameters + "}")
                .get("auth")
                .asObject()
                .getString("client_token", "");
    }

    private static String data(JsonObject answer, String name) {
        return answer.get("data").asObject().getString(name, "");
    }

    /** Ends every token that was got with this role. */
    public void revokeTokensOfRole() {
        api("PUT", "sys/leases/revoke-prefix/auth/approle/login", "");
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
        kill();
        try (Stream<Path> paths = Files.walk(home)) {
            for (Path path :
                    new ArrayList<>(paths.sorted(Comparator.reverseOrder()).toList())) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
