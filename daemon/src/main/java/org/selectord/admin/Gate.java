package org.selectord.admin;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.selectord.admin.AdminSettings.Open;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a request in, or not: who asks, how much they send, how often; and writes down who asked for what. */
final class Gate {
    static final int BODY_LIMIT = 64 * 1024;
    private static final String SCHEME = "bearer ";
    private static final String TOKEN = "token";
    private static final String BODY = "body";
    private static final String ANSWER = "answer";
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);

    private final Supplier<AdminTokens> tokens;
    private final Set<Open> open;
    private final TokenBucket badTokens;
    private final TokenBucket posts;
    private List<Route> routes = List.of();

    Gate(Supplier<AdminTokens> tokens, Set<Open> open, LongSupplier nanos) {
        this.tokens = tokens;
        this.open = open;
        this.badTokens = new TokenBucket(20, 2, nanos);
        this.posts = new TokenBucket(500, 100, nanos);
    }

    void guard(List<Route> table) {
        this.routes = List.copyOf(table);
    }

    /** Before every request, also one that matches no route: who has no token does not learn what there is. */
    void admit(Context ctx) {
        if (!isOpen(ctx.path())) {
            ctx.attribute(TOKEN, authenticated(ctx));
        }
        if (ctx.method().equals(HandlerType.POST)) {
            if (!posts.take()) {
                throw ProblemException.tooManyRequests();
            }
            ctx.attribute(BODY, body(ctx));
        }
    }

    private boolean isOpen(String path) {
        return routes.stream()
                .anyMatch(route -> route.hasNoParameter()
                        && route.path().equals(path)
                        && route.access().needed(open).isEmpty());
    }

    private AdminToken authenticated(Context ctx) {
        String header = Optional.ofNullable(ctx.header("Authorization")).orElse("");
        if (header.isEmpty()) {
            throw ProblemException.noToken("this needs a token, and none came with the request");
        }
        // RFC 9110 section 11.1: the scheme is compared without regard to case
        boolean bearer = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        Optional<AdminToken> holder =
                bearer ? tokens.get().holderOf(header.substring(SCHEME.length()).strip()) : Optional.empty();
        if (holder.isEmpty() && !badTokens.take()) {
            throw ProblemException.tooManyBadTokens();
        }
        return holder.orElseThrow(() -> ProblemException.noToken("the token that came is held by nobody here"));
    }

    private static byte[] body(Context ctx) {
        try {
            byte[] read = ctx.req().getInputStream().readNBytes(BODY_LIMIT + 1);
            if (read.length > BODY_LIMIT) {
                throw ProblemException.bodyTooLarge(BODY_LIMIT);
            }
            return read;
        } catch (IOException e) {
            throw ProblemException.badRequest("the body did not arrive whole: " + e.getMessage(), "send it again");
        }
    }

    /** Before the handler of a route. */
    void check(Context ctx, Access access) {
        access.needed(open).ifPresent(needed -> {
            AdminToken token = holder(ctx);
            if (!token.role().mayDoWhat(needed)) {
                throw ProblemException.roleTooLow(token, needed);
            }
        });
    }

    static AdminToken holder(Context ctx) {
        AdminToken token = ctx.attribute(TOKEN);
        if (token == null) {
            throw new IllegalStateException(ctx.path() + " was let in without a token");
        }
        return token;
    }

    static String bodyText(Context ctx) {
        byte[] body = ctx.attribute(BODY);
        return body == null ? "" : new String(body, StandardCharsets.UTF_8);
    }

    /** For the audit: what came of the request, beside its status. */
    static void answered(Context ctx, String what) {
        ctx.attribute(ANSWER, what);
    }

    /** After every request: who asked for what is written down, also what was refused. The path is as sent, so it holds no line break. */
    static void audit(Context ctx) {
        if (ctx.method().equals(HandlerType.POST)) {
            AdminToken token = ctx.attribute(TOKEN);
            String answer = ctx.attribute(ANSWER);
            LOG.info(
                    "{} asked {} {} from {}: {}{}",
                    token == null
                            ? "somebody without a valid token"
                            : token.name() + " (" + token.role().word() + ")",
                    ctx.method(),
                    ctx.req().getRequestURI(),
                    ctx.ip(),
                    ctx.statusCode(),
                    answer == null ? "" : ", " + answer);
        }
    }
}
