package org.selectord.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/** The status page and the contract. The page carries its own style and script, and its policy lets it run these and nothing else. */
final class StaticPages {
    private final String page = resource("status.html");
    private final String policy = "default-src 'none'; connect-src 'self'; style-src " + hashOf("style")
            + "; script-src " + hashOf("script") + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private final String openapi = resource("openapi.yaml");

    void statusPage(Context ctx) {
        ctx.header("Content-Security-Policy", policy).html(page);
    }

    void openapi(Context ctx) {
        ctx.contentType("application/yaml; charset=utf-8").result(openapi);
    }

    private String hashOf(String element) {
        String open = "<" + element + ">";
        String content = page.substring(page.indexOf(open) + open.length(), page.indexOf("</" + element + ">"));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(StaticPages.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
