package org.selectord.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.Proxy;
import java.net.URL;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import org.selectord.admin.api.Json;
import org.selectord.admin.api.Problem;
import tools.jackson.core.JacksonException;

/**
 * Asks the admin port. {@code HttpURLConnection}, because it is there and starts in a tenth of the time of the newer client, which counts where each
 * command is a process.
 */
final class AdminClient {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 30_000;
    private static final int LONG_READ_MILLIS = 900_000;

    private final String base;
    private final TokenFile tokenFile;

    AdminClient(String url, TokenFile tokenFile) {
        this.base = checked(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
        this.tokenFile = tokenFile;
    }

    private static String checked(String url) {
        try {
            URL parsed = new URL(url);
            boolean secure = parsed.getProtocol().equals("https");
            if (!secure && !parsed.getProtocol().equals("http")) {
                throw noUrl(url, "only http and https are spoken");
            }
            if (!secure && !InetAddress.getByName(parsed.getHost()).isLoopbackAddress()) {
                throw noUrl(
                        url,
                        "the token would cross the network in clear; log in to that host, or reach its port by `ssh -L`");
            }
            return url;
        } catch (MalformedURLException e) {
            throw noUrl(url, String.valueOf(e.getMessage()));
        } catch (UnknownHostException e) {
            throw noUrl(url, "its host has no address");
        }
    }

    private static CommandFailedException noUrl(String url, String why) {
        return CommandFailedException.because(
                "selectorctl: \"" + url + "\" cannot be the admin port: " + why,
                "  It looks like http://127.0.0.1:8953; see --admin and SELECTORD_ADMIN.");
    }

    /** One segment of a path. */
    static String segment(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    String get(String path) {
        return ask("GET", path, "", READ_MILLIS);
    }

    /** What takes as long as there is to read. */
    String getPatiently(String path) {
        return ask("GET", path, "", LONG_READ_MILLIS);
    }

    /** With a JSON object, or nothing where that says nothing. */
    String post(String path, Map<String, ?> body) {
        return ask("POST", path, body.isEmpty() ? "" : Json.write(body), READ_MILLIS);
    }

    private String ask(String method, String path, String body, int readMillis) {
        String token = tokenFile.token();
        String url = base + path;
        try {
            HttpURLConnection connection = open(method, url, token, body, readMillis);
            int status = connection.getResponseCode();
            String answer = body(connection, status);
            if (status / 100 != 2) {
                throw refused(method, url, status, answer);
            }
            return answer;
        } catch (IOException e) {
            throw CommandFailedException.noAnswer(method, url, String.valueOf(e.getMessage()));
        }
    }

    private static HttpURLConnection open(String method, String url, String token, String body, int readMillis)
            throws IOException {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(readMillis);
        connection.setInstanceFollowRedirects(false);
        connection.setRequestMethod(method);
        connection.setRequestProperty("Authorization", "Bearer " + token);
        connection.setRequestProperty("Accept", "application/json");
        if (method.equals("POST")) {
            connection.setDoOutput(true);
            connection.setRequestProperty("Content-Type", "application/json");
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body.getBytes(UTF_8));
            }
        }
        return connection;
    }

    private static String body(HttpURLConnection connection, int status) throws IOException {
        Optional<InputStream> stream =
                Optional.ofNullable(status < 400 ? connection.getInputStream() : connection.getErrorStream());
        if (stream.isEmpty()) {
            return "";
        }
        try (InputStream in = stream.get()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    private static CommandFailedException refused(String method, String url, int status, String body) {
        try {
            return CommandFailedException.refused(Json.read(body, Problem.class), body);
        } catch (JacksonException | NullPointerException e) {
            return CommandFailedException.because(
                    "selectorctl: " + method + " " + url + " was answered with status " + status
                            + " and no problem document",
                    "  Is that the admin port of a selectord, and nothing else in between?");
        }
    }
}
