package org.selectord.keystore.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.jopenlibs.vault.json.Json;
import io.github.jopenlibs.vault.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * As much of a Vault as is needed to do what a real one cannot be made to: lose an answer, send half of one, send back what it was sent, and let pods in. Its
 * answers are those of Vault 1.21. It insists on check-and-set 0 and on its own token.
 */
final class StubVault implements AutoCloseable {
    static final String TOKEN = "hvs.CAESIJfcUEbMKkVQ0lTd2xHQ2pPblZqSXBvSGhqdGVzdA";
    private static final String MOUNT =
            "{\"data\":{\"path\":\"dkim/\",\"type\":\"kv\",\"options\":{\"version\":\"2\"}}}";
    private static final String MISMATCH =
            "{\"errors\":[\"check-and-set parameter did not match the current version\"]}";

    /** What goes wrong with the next answer to a request of this method below {@code data/}. */
    enum Fault {
        /** It is done, and the connection ends without an answer. */
        LOST,
        /** Nothing is done, and the connection ends. */
        UNHEARD,
        /** It is done, and the answer stops in its middle. */
        HALF,
        /** Refused, with all that was sent in the text of the error. */
        ECHO,
        /** A page of something in between. */
        PAGE
    }

    final List<String> requests = new ArrayList<>();

    private final Map<String, String> secrets = new TreeMap<>();
    private final Deque<Fault> faults = new ArrayDeque<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private String faultyMethod = "";

    StubVault() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/v1/", this::handle);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    synchronized StubVault fails(String method, Fault... next) {
        faultyMethod = method;
        faults.addAll(List.of(next));
        return this;
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        String path = exchange.getRequestURI().getPath().substring("/v1/".length());
        String method = exchange.getRequestMethod();
        Fault fault = record(method, path);
        if (fault == Fault.UNHEARD) {
            exchange.close();
            return;
        }
        if (fault == Fault.ECHO) {
            String sent = exchange.getRequestHeaders().get("X-Vault-Token") + " " + body;
            answer(exchange, 400, Json.object().add("errors", Json.array(sent)).toString(), "application/json");
            return;
        }
        if (fault == Fault.PAGE) {
            answer(exchange, 200, "<html>Please log in: " + body + "</html>", "text/html");
            return;
        }
        boolean known = List.of(TOKEN).equals(exchange.getRequestHeaders().get("X-Vault-Token"));
        Answered answered =
                known || path.endsWith("/login") ? answered(method, path, body) : new Answered(403, "{\"errors\":[]}");
        if (fault == Fault.LOST) {
            exchange.close();
        } else if (fault == Fault.HALF) {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, answered.body().length());
            exchange.getResponseBody()
                    .write(answered.body().getBytes(UTF_8), 0, answered.body().length() / 2);
            exchange.getResponseBody().flush(); // and there it stays
        } else {
            answer(exchange, answered.status(), answered.body(), "application/json");
        }
    }

    private synchronized @org.jspecify.annotations.Nullable Fault record(String method, String path) {
        requests.add(method + " " + path);
        return method.equals(faultyMethod) && path.startsWith("dkim/data/") ? faults.poll() : null;
    }

    private record Answered(int status, String body) {}

    private synchronized Answered answered(String method, String path, String body) {
        if (path.startsWith("sys/internal/ui/mounts/")) {
            return new Answered(200, MOUNT);
        }
        if (path.equals("dkim/config")) {
            return new Answered(200, "{\"data\":{\"cas_required\":true}}");
        }
        if (path.equals("auth/kubernetes/login")) {
            JsonObject login = Json.parse(body).asObject();
            return login.getString("role", "").equals("selectord")
                            && login.getString("jwt", "").equals("the.jwt.of-this-pod")
                    ? new Answered(
                            200,
                            "{\"renewable\":false,\"auth\":{\"client_token\":\"" + TOKEN
                                    + "\",\"policies\":[\"selectord\"],\"lease_duration\":3600,\"renewable\":true}}")
                    : new Answered(403, "{\"errors\":[\"permission denied\"]}");
        }
        if (path.equals("auth/token/revoke-self")) {
            return new Answered(204, "");
        }
        if (!path.startsWith("dkim/data/keys/")) {
            return new Answered(404, "{\"errors\":[\"no handler for route\"]}");
        }
        String secret = secrets.get(path);
        if (method.equals("GET")) {
            return secret == null
                    ? new Answered(404, "{\"errors\":[]}")
                    : new Answered(200, "{\"data\":{\"data\":" + secret + ",\"metadata\":{\"version\":1}}}");
        }
        JsonObject written = Json.parse(body).asObject();
        if (secret != null || written.get("options").asObject().getInt("cas", -1) != 0) {
            return new Answered(400, MISMATCH);
        }
        secrets.put(path, written.get("data").toString());
        return new Answered(200, "{\"data\":{\"version\":1,\"destroyed\":false}}");
    }

    private static void answer(HttpExchange exchange, int status, String body, String type) throws IOException {
        byte[] octets = body.getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", type);
        exchange.sendResponseHeaders(status, octets.length == 0 ? -1 : octets.length);
        exchange.getResponseBody().write(octets);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
