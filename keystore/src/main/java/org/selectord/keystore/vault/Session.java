package org.selectord.keystore.vault;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.api.Auth;
import io.github.jopenlibs.vault.response.AuthResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;
import org.selectord.keystore.vault.Answer.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token of the moment. A thread of its own renews it when two thirds of its lease are over, gets another where Vault grants no more,
 * and logs in as soon as a Vault that was away is back; whoever finds that a token is refused has another one fetched at once.
 */
final class Session implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(500);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    /** Five failed logins in a quarter of an hour, and Vault locks a role out. */
    private static final Duration REFUSED_FOR = Duration.ofMinutes(5);

    private final VaultSettings settings;
    private final Supplier<DeadlineHttpClient> clients;
    private final ReentrantLock login = new ReentrantLock();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(Session::newThread);
    private volatile @Nullable Token current;
    private @Nullable Future<?> next; // of this monitor
    private volatile boolean away;
    private Duration pause = FIRST_PAUSE; // of the thread only
    private @Nullable Refusal refusal; // under the lock

    /** That what was shown to Vault did not open it: the same is not shown again for a while, another at once. */
    private record Refusal(Token shown, String message) {}

    /** @param clients one for each call, with the time that it may take */
    Session(VaultSettings settings, Supplier<DeadlineHttpClient> clients) {
        this.settings = settings;
        this.clients = clients;
    }

    private static Thread newThread(Runnable work) {
        Thread thread = new Thread(work, "vault-token");
        thread.setDaemon(true);
        return thread;
    }

    /** The token, fetched if there is none. */
    Token token(DeadlineHttpClient client) throws PrivateKeyStoreException {
        Token there = current;
        return there != null ? there : fetch(client, null);
    }

    /** Another one than this, which was refused, or ends: until there is another it stays. */
    Token insteadOf(Token old, DeadlineHttpClient client) throws PrivateKeyStoreException {
        return fetch(client, old);
    }

    /** Logs in, unless somebody else has meanwhile: then there is another token than the one that is to be replaced. */
    private Token fetch(DeadlineHttpClient client, @Nullable Token replaced) throws PrivateKeyStoreException {
        try {
            if (!login.tryLock(client.leftNanos(), NANOSECONDS)) {
                throw new PrivateKeyStoreUnavailableException(
                        "Vault at " + settings.address() + " did not answer a login that is under way in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PrivateKeyStoreUnavailableException("interrupted before logging in to " + settings.address(), e);
        }
        try {
            Token there = current;
            if (there == null || (replaced != null && there.isSameAs(replaced))) {
                there = loggedIn(client);
                accept(there);
            }
            return there;
        } finally {
            login.unlock();
        }
    }

    private void accept(Token token) {
        current = token;
        if (!token.isEternal()) {
            tendIn(token.lease().multipliedBy(2).dividedBy(3));
        }
    }

    // ---- logging in

    private Token loggedIn(DeadlineHttpClient client) throws PrivateKeyStoreException {
        String secret = revealed(settings.login().secret());
        Token shown = new Token(secret, Duration.ZERO, false);
        Refusal last = refusal;
        if (last != null && last.shown().isSameAs(shown) && last.shown().isYoungerThan(REFUSED_FOR)) {
            throw new PrivateKeyStoreDeniedException(last.message());
        }
        try {
            return loggedIn(secret, client);
        } catch (PrivateKeyStoreDeniedException e) {
            refusal = new Refusal(shown, String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private Token loggedIn(String secret, DeadlineHttpClient client) throws PrivateKeyStoreException {
        VaultLogin how = settings.login();
        if (how instanceof VaultLogin.Token) {
            return lookedUp(secret, client);
        }
        Auth auth = new Api(settings, client, "").auth();
        try {
            AuthResponse granted = how instanceof VaultLogin.AppRole role
                    ? auth.loginByAppRole(role.mount(), role.roleId(), secret)
                    : kubernetes(auth, (VaultLogin.Kubernetes) how, secret);
            Token token = token(granted);
            if (token.reveal().isEmpty()) {
                throw failed(Answer.unreadable());
            }
            return token;
        } catch (VaultException e) {
            throw failed(Answer.of(e));
        } catch (RuntimeException e) { // not passed on: it may quote the answer
            throw failed(Answer.unreadable());
        }
    }

    private static AuthResponse kubernetes(Auth auth, VaultLogin.Kubernetes how, String jwt) throws VaultException {
        return auth.loginByKubernetes(how.role(), jwt, "auth/" + how.mount());
    }

    private static Token token(AuthResponse granted) {
        return new Token(
                String.valueOf(granted.getAuthClientToken()),
                Duration.ofSeconds(granted.getAuthLeaseDuration()),
                granted.isAuthRenewable());
    }

    private static String revealed(VaultSecret secret) throws PrivateKeyStoreDeniedException {
        try {
            return secret.reveal();
        } catch (IllegalArgumentException e) {
            throw new PrivateKeyStoreDeniedException("cannot log in to Vault: " + e.getMessage());
        }
    }

    private Token lookedUp(String secret, DeadlineHttpClient client) throws PrivateKeyStoreException {
        Answer answer = new Api(settings, client, secret).lookupSelf();
        if (answer.is(Kind.OK)) {
            Map<String, String> said = answer.data();
            Duration lease = said.containsKey("expire_time")
                    ? Duration.ofSeconds(Math.max(1, Long.parseLong(said.getOrDefault("ttl", "1"))))
                    : Duration.ZERO;
            return new Token(secret, lease, "true".equals(said.get("renewable")));
        }
        if (answer.is(Kind.DENIED)) {
            // it may not even ask about itself: good for what it may do, and for how long nobody says
            return new Token(secret, Duration.ZERO, false);
        }
        throw failed(answer);
    }

    private PrivateKeyStoreException failed(Answer answer) {
        String said = "Vault at " + settings.address() + " did not let us in: " + answer;
        return answer.is(Kind.UNAVAILABLE)
                ? new PrivateKeyStoreUnavailableException(said + hint(answer))
                : new PrivateKeyStoreDeniedException(said + ". Perhaps "
                        + (answer.isOfTls() ? TLS_HINT : settings.login().hint()));
    }

    static final String TLS_HINT =
            "the certificate has expired, tls.ca is not the authority that signed it, address is not"
                    + " a name in it, or Vault wants tls.certificate of us";

    /** What a person can do about a Vault that is away. */
    static String hint(Answer answer) {
        String said = answer.toString();
        if (said.contains("sealed")) {
            return ": unseal it (vault operator unseal); what needs it waits and then goes on by itself";
        }
        if (said.startsWith("3")) {
            return ": a standby that sends us elsewhere; address must lead to the active node";
        }
        return "; what needs it waits and goes on by itself when it answers";
    }

    boolean isLetIn() {
        return current != null;
    }

    // ---- keeping it

    /** To be called once; from then on a token is looked after, and a Vault that is away is called again. */
    void keep() {
        if (current == null) {
            away = true; // which whoever called us has said
            tendIn(FIRST_PAUSE);
        }
    }

    /** In place of what was to come before. */
    private synchronized void tendIn(Duration wait) {
        Future<?> before = next;
        if (before != null) {
            before.cancel(false);
        }
        try {
            next = thread.schedule(this::tend, Math.max(wait.toMillis(), SHORTEST_WAIT.toMillis()), MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // closed
        }
    }

    private void tend() {
        try {
            DeadlineHttpClient client = clients.get();
            Token there = current;
            if (there == null) {
                fetch(client, null);
            } else {
                renew(there, client);
            }
            pause = FIRST_PAUSE;
            if (away) {
                away = false;
                LOG.info("Vault at {} has let us in", settings.address());
            }
        } catch (PrivateKeyStoreException e) {
            if (!away) {
                away = true;
                LOG.warn("the Vault token could not be renewed, and it is tried again: {}", e.getMessage());
            }
            tendIn(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        } catch (RuntimeException e) {
            LOG.error("the Vault token was not looked after, and it is tried again", e);
            tendIn(LONGEST_PAUSE);
        }
    }

    private void renew(Token old, DeadlineHttpClient client) throws PrivateKeyStoreException {
        Token renewed = old.isRenewable() ? renewed(old, client) : old.renewedFor(Duration.ZERO);
        boolean ends = renewed.lease().compareTo(old.lease()) < 0; // near the end of what it may ever have
        if (settings.login() instanceof VaultLogin.Token given && ends) {
            LOG.warn(
                    "the Vault token in {} is not renewed any more: put another one there before it expires",
                    given.token());
        }
        if (ends) {
            insteadOf(old, client);
        } else {
            accept(renewed);
        }
    }

    /** With no lease at all where Vault grants none. */
    private Token renewed(Token old, DeadlineHttpClient client) throws PrivateKeyStoreException {
        try {
            AuthResponse granted = new Api(settings, client, old.reveal())
                    .auth()
                    .renewSelf(old.lease().toSeconds());
            return old.renewedFor(Duration.ofSeconds(granted.getAuthLeaseDuration()));
        } catch (VaultException e) {
            Answer answer = Answer.of(e);
            // a 500 here may mean that the role is gone, for good
            if (answer.is(Kind.UNAVAILABLE) && !answer.toString().contains("does not exist")) {
                throw failed(answer);
            }
            return old.renewedFor(Duration.ZERO);
        } catch (RuntimeException e) { // not passed on: it may quote the answer
            throw failed(Answer.unreadable());
        }
    }

    /** A token that we got is of no more use to anybody; one that was given to us is not ours to end. */
    @Override
    public void close() {
        thread.shutdownNow();
        Token last = current;
        current = null;
        if (last == null || settings.login() instanceof VaultLogin.Token) {
            return;
        }
        try {
            new Api(settings, new DeadlineHttpClient(clients.get(), GOODBYE), last.reveal())
                    .auth()
                    .revokeSelf();
        } catch (VaultException | RuntimeException e) {
            LOG.debug("the Vault token could not be revoked, and expires by itself: {}", e.getClass());
        }
    }
}
