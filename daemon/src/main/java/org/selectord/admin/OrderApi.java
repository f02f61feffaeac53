package org.selectord.admin;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyType;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.ForeignKey;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Order;
import org.selectord.rotation.RegistryView;
import org.selectord.rotation.RotationOrders;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.TimeReading;

/** The orders that people give: what they say is read here, whether they can be fulfilled is the heart's to say. */
final class OrderApi {
    private static final String SELECTOR = "selector";
    private static final String REASON = "reason";

    private final RegistryView registry;
    private final RotationOrders orders;
    private final Reports reports;
    private final PrivateKeyStore keystore;
    private final Supplier<TimeReading> clock;

    OrderApi(
            RegistryView registry,
            RotationOrders orders,
            Reports reports,
            PrivateKeyStore keystore,
            Supplier<TimeReading> clock) {
        this.registry = registry;
        this.orders = orders;
        this.reports = reports;
        this.keystore = keystore;
        this.clock = clock;
    }

    Stream<Route> routes() {
        return Stream.of(
                Route.post("/v1/domains/{domain}/rotate", Access.OPERATE, this::rotate),
                Route.post("/v1/domains/{domain}/rollback", Access.OPERATE, this::rollBack),
                Route.post("/v1/domains/{domain}/pause", Access.OPERATE, this::pause),
                Route.post("/v1/domains/{domain}/resume", Access.OPERATE, ctx -> plain(ctx, Order.Kind.RESUME)),
                Route.post("/v1/domains/{domain}/retry", Access.OPERATE, ctx -> plain(ctx, Order.Kind.RETRY)),
                Route.post("/v1/domains/{domain}/waive", Access.OPERATE, this::waive),
                Route.post("/v1/domains/{domain}/adopt", Access.ADMIN, this::adopt),
                Route.post("/v1/domains/{domain}/remove", Access.ADMIN, ctx -> plain(ctx, Order.Kind.REMOVE_DOMAIN)),
                Route.get("/v1/orders/{number}", Access.READ, this::order));
    }

    private void rotate(Context ctx) {
        Fields fields = Fields.of(ctx);
        boolean compromised = fields.flag("compromised");
        Optional<String> scope = fields.word("scope", "key", "store");
        Optional<String> selector = fields.text(SELECTOR);
        fields.refuseOthers();
        if (!compromised && (scope.isPresent() || selector.isPresent())) {
            throw ProblemException.badRequest(
                    "scope and selector say what is compromised, and nothing is said to be",
                    "send \"compromised\": true with them, or neither");
        }
        if (compromised) {
            Map<String, String> detail = new HashMap<>(Map.of("scope", scope.orElse("key")));
            selector.ifPresent(named -> detail.put(SELECTOR, named));
            place(ctx, Order.Kind.COMPROMISED, detail);
        } else {
            place(ctx, Order.Kind.ROTATE_NOW, Map.of());
        }
    }

    private void rollBack(Context ctx) {
        Fields fields = Fields.of(ctx);
        Optional<String> chain = fields.word(
                "chain", Stream.of(KeyType.values()).map(KeyType::tag).toArray(String[]::new));
        fields.refuseOthers();
        place(ctx, Order.Kind.ROLL_BACK, chain.map(tag -> Map.of("chain", tag)).orElse(Map.of()));
    }

    private void pause(Context ctx) {
        Fields fields = Fields.of(ctx);
        Optional<String> reason = fields.text(REASON);
        fields.refuseOthers();
        place(ctx, Order.Kind.PAUSE, reason.map(why -> Map.of(REASON, why)).orElse(Map.of()));
    }

    private void plain(Context ctx, Order.Kind kind) {
        Fields.none(ctx);
        place(ctx, kind, Map.of());
    }

    private void waive(Context ctx) {
        Fields fields = Fields.of(ctx);
        Optional<String> server = fields.text("server");
        Optional<String> signer = fields.text("signer");
        Optional<Duration> length = fields.duration("for");
        Optional<String> reason = fields.text(REASON);
        fields.refuseOthers();
        if (server.isPresent() == signer.isPresent() || length.isEmpty() || reason.isEmpty()) {
            throw ProblemException.badRequest(
                    "a waiver names one server or one signer, how long it holds, and why",
                    "send server or signer, for (as in PT48H) and reason");
        }
        ManagedDomain domain = known(ctx);
        server.ifPresent(name -> requireKnown("server", name, domain.serverNames()));
        signer.ifPresent(name -> requireKnown("signer", name, signers(domain)));
        Instant until = clock.get().at().plus(length.get()).truncatedTo(ChronoUnit.SECONDS);
        String kind = server.isPresent() ? "server" : "signer";
        place(
                ctx,
                Order.Kind.WAIVE,
                Map.of(kind, server.or(() -> signer).orElseThrow(), "until", until.toString(), REASON, reason.get()));
    }

    /** A name with a slip in it would waive nothing, and nobody would know. */
    private static void requireKnown(String kind, String name, Set<String> known) {
        if (!known.contains(name)) {
            throw ProblemException.badRequest(
                    "no " + kind + " of this domain is named " + name,
                    known.isEmpty() ? "none was asked yet" : "known here: " + String.join(", ", known));
        }
    }

    private Set<String> signers(ManagedDomain domain) {
        Stream<SignerId> told = domain.keys().stream().flatMap(key -> key.uses().keySet().stream());
        return Stream.concat(told, reports.signersOf(domain.name()).stream())
                .map(SignerId::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void adopt(Context ctx) {
        Fields fields = Fields.of(ctx);
        Map<String, String> detail = new HashMap<>();
        detail.put(
                SELECTOR,
                fields.text(SELECTOR)
                        .orElseThrow(() -> ProblemException.badRequest(
                                "it is not said which key is to be adopted",
                                "send selector, the s= of its signatures")));
        detail.put("as", fields.word("as", "active", "retired").orElse("active"));
        fields.time("last_signature").ifPresent(at -> detail.put("last_signature", at.toString()));
        Optional<String> file = fields.text("private_key");
        Optional<String> passphrase = fields.text("passphrase");
        fields.refuseOthers();
        requireListed(known(ctx).name());
        file.ifPresent(
                key -> detail.put(Order.FINGERPRINT, taken(key, passphrase).hex()));
        place(ctx, Order.Kind.ADOPT, detail);
    }

    /** It is in the keystore before the order that names it, and known to be no spare before it is there. */
    private KeyFingerprint taken(String file, Optional<String> passphrase) {
        byte[] content = file.getBytes(StandardCharsets.UTF_8);
        Optional<char[]> secret = passphrase.map(String::toCharArray);
        try {
            PrivateKeyPem key = ForeignKey.read(content, secret);
            orders.give(key.publicHalf().fingerprint());
            return keystore.put(key);
        } catch (IllegalArgumentException e) {
            throw ProblemException.badRequest(
                    "private_key is none that can be taken: " + e.getMessage(),
                    "`openssl pkey -in FILE` says whether it is sound; the passphrase of an encrypted one is sent beside it");
        } catch (PrivateKeyStoreException e) {
            throw ProblemException.keystoreUnavailable(String.valueOf(e.getMessage()));
        } finally {
            Arrays.fill(content, (byte) 0);
            secret.ifPresent(characters -> Arrays.fill(characters, '\0'));
        }
    }

    // ---- placing and answering

    private void place(Context ctx, Order.Kind kind, Map<String, String> detail) {
        SigningDomain domain = known(ctx).name();
        requireListed(domain);
        Order order = orders.place(domain, kind, detail, Gate.holder(ctx).name());
        Gate.answered(ctx, kind + ", order " + order.number());
        ctx.header("Location", "/v1/orders/" + order.number());
        // it may be done later: 202 (RFC 9110 section 15.3.3), and where to look
        ctx.status(order.isOpen() ? 202 : 200).json(reports.order(order, registry.find(domain)));
    }

    private void requireListed(SigningDomain domain) {
        if (!reports.isListed(domain)) {
            throw ProblemException.unlisted(domain.name());
        }
    }

    private ManagedDomain known(Context ctx) {
        return Paths.known(ctx, registry);
    }

    private void order(Context ctx) {
        String written = ctx.pathParam("number");
        long number = Paths.number(written)
                .orElseThrow(() -> ProblemException.badRequest(
                        "\"" + written + "\" is no order number", "write digits, as the answer to an order gave them"));
        Order order = registry.order(number).orElseThrow(() -> ProblemException.unknownOrder(written));
        ctx.json(reports.order(order, registry.find(order.domain())));
    }
}
