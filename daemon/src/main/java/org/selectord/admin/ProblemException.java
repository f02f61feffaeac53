package org.selectord.admin;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.selectord.admin.api.Problem;

/** A request that is not answered with what was asked, but with a problem document. */
final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;
    private final transient Map<String, String> headers;

    private ProblemException(Problem problem, Map<String, String> headers) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
        this.headers = headers;
    }

    Problem problem() {
        return problem;
    }

    Map<String, String> headers() {
        return headers;
    }

    private static ProblemException of(int status, String kind, String detail, String hint) {
        return of(status, kind, detail, hint, List.of(), Map.of());
    }

    private static ProblemException of(
            int status, String kind, String detail, String hint, List<String> problems, Map<String, String> headers) {
        String type = "urn:selectord:problem:" + kind.replace(' ', '-');
        return new ProblemException(new Problem(type, kind, status, detail, Optional.of(hint), problems), headers);
    }

    static ProblemException badRequest(String detail, String hint) {
        return of(400, "bad request", detail, hint);
    }

    static ProblemException noToken(String detail) {
        return of(
                401,
                "no valid token",
                detail,
                "send \"Authorization: Bearer <token>\" with a token whose SHA-256 is in the tokens file; after a change of that"
                        + " file, reload the daemon",
                List.of(),
                Map.of("WWW-Authenticate", "Bearer realm=\"selectord\"")); // RFC 6750 section 3
    }

    static ProblemException tooManyBadTokens() {
        return of(
                429,
                "too many bad tokens",
                "too many requests with a token that nobody holds came in a short time",
                "find out who sends them; requests with a valid token are answered meanwhile",
                List.of(),
                Map.of("Retry-After", "1"));
    }

    static ProblemException tooManyRequests() {
        return of(
                429,
                "too many requests",
                "too many orders came in a short time; this one was not taken",
                "send it again after the seconds of Retry-After",
                List.of(),
                Map.of("Retry-After", "1"));
    }

    static ProblemException historyIsBeingRead() {
        return of(
                429,
                "history is being read",
                "the whole history is being read for another request, and one at a time is enough",
                "send it again after the seconds of Retry-After",
                List.of(),
                Map.of("Retry-After", "5"));
    }

    static ProblemException roleTooLow(AdminToken token, Role needed) {
        return of(
                403,
                "role too low",
                "token " + token.name() + " has the role " + token.role().word() + ", and this needs " + needed.word(),
                "use a token with the role " + needed.word()
                        + ", or change the role of this one in the tokens file and reload");
    }

    static ProblemException unknownDomain(String domain) {
        return of(
                404,
                "unknown domain",
                "no domain " + domain + " is known here",
                "`selectorctl status` lists those that are; add it to the configuration and reload");
    }

    static ProblemException unknownOrder(String number) {
        return of(
                404,
                "unknown order",
                "there was never an order " + number + " here",
                "the number is in the answer to the request that placed it");
    }

    static ProblemException unknownRoute(String path) {
        return of(404, "unknown route", "there is nothing at " + path, "GET /openapi.yaml lists what there is");
    }

    static ProblemException wrongMethod(String method, String path, String allowed) {
        return of(
                405,
                "wrong method",
                method + " is not for " + path,
                "use " + allowed,
                List.of(),
                Map.of("Allow", allowed)); // RFC 9110 section 15.5.6
    }

    static ProblemException unlisted(String domain) {
        return of(
                409,
                "domain not in the configuration",
                domain + " is known, but the configuration does not name it: it goes on signing and is not rotated",
                "put it back into the configuration and reload, then ask again");
    }

    static ProblemException orderRefused(String why) {
        return of(
                409,
                "order refused",
                why,
                "nothing was ordered and nothing has changed; `selectorctl explain DOMAIN` shows where it stands");
    }

    static ProblemException clockNotTrusted(String why) {
        return of(409, "clock not trusted", why, "set the clock of this host right, best by NTP, then ask again");
    }

    static ProblemException bodyTooLarge(int limit) {
        return of(
                413,
                "body too large",
                "the body has more than " + limit + " octets",
                "no request of this API needs that much; see GET /openapi.yaml");
    }

    static ProblemException notReloaded(List<String> problems) {
        return of(
                422,
                "configuration not taken",
                problems.size() + (problems.size() == 1 ? " problem was" : " problems were")
                        + " found; nothing was changed and the daemon goes on as before",
                "mend them, try `selectorctl check-config FILE`, and reload again",
                problems,
                Map.of());
    }

    static ProblemException notReady(List<String> problems) {
        return of(
                503,
                "not ready",
                "the daemon is up, but not all of it works",
                "each problem says what to do; the log says more",
                problems,
                Map.of("Retry-After", "5"));
    }

    static ProblemException registryUnavailable(String cameBack) {
        return of(
                503,
                "registry unavailable",
                "the registry could not be used: " + cameBack,
                "nothing was changed by this request; look at the disk and the file of the registry, then ask again",
                List.of(),
                Map.of("Retry-After", "5"));
    }

    static ProblemException keystoreUnavailable(String cameBack) {
        return of(
                503,
                "keystore unavailable",
                "the keystore could not be used: " + cameBack,
                "nothing was ordered by this request; look at the keystore, then ask again",
                List.of(),
                Map.of("Retry-After", "5"));
    }

    static ProblemException ofServer(int status, String cameBack) {
        return of(status, "request refused", cameBack, "GET /openapi.yaml says how a request must look");
    }

    static ProblemException ourError(String incident) {
        return of(
                500,
                "internal error",
                "this is an error of selectord, logged as incident " + incident,
                "look for the incident in the log and report it; signing goes on meanwhile");
    }
}
