package org.selectord.keystore.vault;

import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.json.Json;
import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import io.github.jopenlibs.vault.response.LogicalResponse;
import io.github.jopenlibs.vault.response.VaultResponse;
import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/**
 * What one request came back with. The driver throws for some statuses and some calls and not for others; here an answer is an answer,
 * and what it means is decided in one place.
 */
final class Answer {
    /** What the reader does next. */
    enum Kind {
        /** It was done, or here it is. */
        OK,
        /** There is nothing of that name. */
        ABSENT,
        /** There was something of that name, and it was deleted or destroyed; the name is still taken. */
        DELETED,
        /** Something of that name is there already. */
        CONFLICT,
        /** The token is none, or none any more. */
        BAD_TOKEN,
        /** The token is good, and may not do this. */
        DENIED,
        /** Nothing of this sort can be asked there: a person has to look at what we are configured with. */
        WRONG,
        /** It may be better later. Whether it was done is not known. */
        UNAVAILABLE
    }

    /** Longer than any word of Vault's own, and no longer than the shortest secret of ours. */
    private static final Pattern LONG_WORD = Pattern.compile("[A-Za-z0-9+/=_.-]{24,}");

    private static final Pattern SPACES = Pattern.compile("\\s+");
    private static final String BODY = "Response body: ";
    private static final int LONGEST_TEXT = 300;

    private static final String TLS = "TLS: ";

    private final Kind kind;
    private final String text;
    private final Optional<LogicalResponse> response;

    private Answer(Kind kind, String text, Optional<LogicalResponse> response) {
        this.kind = kind;
        this.text = text;
        this.response = response;
    }

    /** A response that the driver gave back, which says nothing yet of its status. */
    static Answer of(LogicalResponse response) {
        return of(status(response), body(response), Optional.of(response));
    }

    /** What the driver threw. */
    static Answer of(VaultException thrown) {
        String message = String.valueOf(thrown.getMessage());
        int at = message.indexOf(BODY);
        return thrown.getHttpStatusCode() == 0
                ? silence(thrown)
                : of(
                        thrown.getHttpStatusCode(),
                        at < 0 ? message : message.substring(at + BODY.length()),
                        Optional.empty());
    }

    /** The driver stumbled over an answer that lacks what every answer of Vault has. */
    static Answer unreadable() {
        return new Answer(Kind.UNAVAILABLE, "an answer that is none of Vault's", Optional.empty());
    }

    private static int status(VaultResponse response) {
        return response.getRestResponse().getStatus();
    }

    private static String body(VaultResponse response) {
        return new String(response.getRestResponse().getBody(), StandardCharsets.UTF_8);
    }

    private static Answer of(int status, String body, Optional<LogicalResponse> response) {
        Optional<JsonObject> json = json(body);
        String said = json.map(Answer::errors).orElse(body);
        return new Answer(kind(status, said, json, response), (status + " " + fit(said)).strip(), response);
    }

    private static Optional<JsonObject> json(String body) {
        try {
            return Optional.of(Json.parse(body)).filter(JsonValue::isObject).map(JsonValue::asObject);
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    private static String errors(JsonObject body) {
        JsonValue errors = body.get("errors");
        if (errors == null || !errors.isArray()) {
            return "";
        }
        List<String> texts = new ArrayList<>();
        errors.asArray().forEach(error -> texts.add(error.isString() ? error.asString() : error.toString()));
        return String.join("; ", texts);
    }

    /** For people, and for logs: what is as long as a token or a key is left out, also where somebody sends ours back to us. */
    private static String fit(String said) {
        String line = LONG_WORD.matcher(SPACES.matcher(said).replaceAll(" ")).replaceAll("...");
        return line.length() > LONGEST_TEXT ? line.substring(0, LONGEST_TEXT) + " ..." : line;
    }

    private static Kind kind(int status, String said, Optional<JsonObject> json, Optional<LogicalResponse> response) {
        return switch (status) {
            case 200 -> json.isPresent() ? Kind.OK : Kind.UNAVAILABLE; // a page of something in between
            case 204 -> Kind.OK;
            case 400 ->
                said.contains("check-and-set parameter did not match")
                        ? Kind.CONFLICT
                        : said.contains("will be unavailable") // while a mount is being upgraded
                                ? Kind.UNAVAILABLE
                                : Kind.WRONG;
            case 403 -> said.contains("invalid token") || said.contains("bad token") ? Kind.BAD_TOKEN : Kind.DENIED;
            case 404 -> notFound(said, json, response);
            case 408, 412, 429 -> Kind.UNAVAILABLE; // took too long; a standby that lags behind; a quota
            default -> status >= 400 && status < 500 ? Kind.WRONG : Kind.UNAVAILABLE;
        };
    }

    /** Four things have this status: an absent name, a deleted version, a path that nothing is mounted at, and a path of another engine. */
    private static Kind notFound(String said, Optional<JsonObject> json, Optional<LogicalResponse> response) {
        if (response.isPresent() && !response.get().getDataMetadata().isEmpty()) {
            return Kind.DELETED;
        }
        boolean empty = json.filter(body -> body.names().equals(List.of("errors")) && said.isEmpty())
                .isPresent();
        return empty ? Kind.ABSENT : Kind.WRONG;
    }

    private static Answer silence(VaultException thrown) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = thrown.getCause(); cause != null; cause = cause.getCause()) {
            causes.add(cause);
        }
        Optional<Throwable> tls = first(causes, SSLException.class);
        boolean forAPerson = tls.isPresent() && causes.stream().anyMatch(Answer::isForAPerson);
        String said = tls.isPresent()
                ? TLS + tls.get().getMessage()
                : first(causes, UnresolvedAddressException.class).isPresent()
                        ? "cannot connect: there is no such host"
                        : first(causes, ConnectException.class).isPresent()
                                ? "cannot connect: nobody listens there"
                                : causes.stream()
                                        .filter(cause -> cause.getCause() == null)
                                        .map(Answer::named)
                                        .findFirst()
                                        .orElse("no answer");
        return new Answer(forAPerson ? Kind.WRONG : Kind.UNAVAILABLE, fit(said), Optional.empty());
    }

    private static Optional<Throwable> first(List<Throwable> causes, Class<? extends Throwable> type) {
        return causes.stream().filter(type::isInstance).findFirst();
    }

    private static String named(Throwable cause) {
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }

    /** A certificate does not get better by waiting; a handshake that was cut off may be one of a server that is just starting. */
    private static boolean isForAPerson(Throwable tls) {
        String message = String.valueOf(tls.getMessage());
        return tls instanceof CertificateException
                || message.contains("PKIX")
                || message.contains("certificate")
                || message.contains("protocol_version")
                || message.contains("handshake_failure")
                || message.contains("Unrecognized SSL message")
                || message.contains("plaintext");
    }

    Kind kind() {
        return kind;
    }

    boolean is(Kind asked) {
        return kind == asked;
    }

    /** TLS failed: nothing was asked. */
    boolean isOfTls() {
        return text.startsWith(TLS);
    }

    Map<String, String> data() {
        return response.map(LogicalResponse::getData).orElse(Map.of());
    }

    List<String> listed() {
        return response.map(LogicalResponse::getListData).orElse(List.of());
    }

    /** The version that was just written: there is one only where versions are kept. */
    boolean isFirstVersion() {
        return kind == Kind.OK && "1".equals(data().get("version"));
    }

    /** Of what was read, deleted or not; 1 where nothing says more. */
    int version() {
        return response.flatMap(all -> Optional.ofNullable(all.getDataMetadata().getVersion()))
                .map(Math::toIntExact)
                .orElse(1);
    }

    /** For people; holds no secret. */
    @Override
    public String toString() {
        return text;
    }
}
