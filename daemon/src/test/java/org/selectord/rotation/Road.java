package org.selectord.rotation;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyRecord;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/**
 * One domain on its way through a story that a test tells: what people do and what they wait for. A daemon that crashes is started again, and
 * who asked it for something and got no answer looks, and asks again.
 */
final class Road {
    static final SigningDomain DOMAIN = SigningDomain.of("example.org");
    static final Selector OLD = new Selector("old");

    /** Longer than the day that a parent zone which does not answer is waited for. */
    private static final Duration AT_MOST = Duration.ofHours(30);

    private static final Duration MAIL_EVERY = Duration.ofMinutes(10);
    private static final Duration RESTART = Duration.ofSeconds(5);
    private static final long NEGATIVE_TTL = 60;

    final World world;
    private final WorldDaemon daemon;
    private final Faults faults;

    Road(RotationPolicy policy, Duration audit, List<SignerId> signers, Faults faults) {
        TsigKey key = new TsigKey(OwnerName.of("model"), "hmac-sha256", new TsigSecret(new byte[32]));
        DnsSettings dns = new DnsSettings(
                "main",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                key,
                Duration.ofMinutes(5),
                Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN,
                true,
                List.of());
        this.faults = faults;
        this.world = new World(
                new DomainSettings(DOMAIN, policy, dns, signers, audit), NEGATIVE_TTL, Duration.ofMinutes(5), faults);
        this.daemon = new WorldDaemon("a", world, new SplittableRandom(1));
        daemon.start();
        mail();
    }

    private void mail() {
        world.mail.send(DOMAIN, false);
        world.time.in(MAIL_EVERY, this::mail);
    }

    // ---- telling the story

    /** From here on calls are counted, and one of them may go wrong. */
    Road begins() {
        faults.begin(world);
        return this;
    }

    Road passes(Duration period) {
        live(world.time.now() + period.toMillis(), () -> false);
        return this;
    }

    Road until(String what, Predicate<ManagedDomain> reached) {
        BooleanSupplier done = () -> reached.test(domain());
        live(world.time.now() + AT_MOST.toMillis(), done);
        if (!done.getAsBoolean()) {
            throw new AssertionError("it does not come to " + what + ": " + domain());
        }
        return this;
    }

    /** Until all keys there ever were are in these states. */
    Road until(KeyState... states) {
        List<KeyState> wanted = Arrays.asList(states);
        return until(
                wanted.toString(),
                domain -> domain.keys().stream().map(ManagedKey::state).toList().equals(wanted));
    }

    Road orders(Order.Kind kind) {
        return orders(kind, Map.of());
    }

    /** Somebody places it, and where no answer came looks whether it is there before asking again. */
    Road orders(Order.Kind kind, Map<String, String> detail) {
        long before = placed(kind);
        long end = world.time.now() + AT_MOST.toMillis();
        while (placed(kind) == before && world.time.now() < end) {
            live(end, daemon::isRunning);
            try {
                new RotationOrders(daemon.registry(), world::settingsOf, daemon::reading, daemon::wake)
                        .place(DOMAIN, kind, detail, "ops");
            } catch (RegistryUnavailableException e) {
                daemon.wakeAt(world.time.now() + 60_000); // as it wakes every minute
                passes(RESTART);
            } catch (OrderRefusedException e) {
                passes(RESTART);
            } catch (Faults.Crash e) {
                restart();
            }
        }
        if (placed(kind) == before) {
            throw new AssertionError(kind + " is refused: " + domain());
        }
        return this;
    }

    private long placed(Order.Kind kind) {
        return world.registry.orders().stream()
                .filter(order -> order.kind() == kind)
                .count();
    }

    /** A key that was there before us, and what the order to adopt it says. */
    Map<String, String> hasBefore(PublicHalf half, boolean withPrivateHalf) {
        world.registry.give(half.fingerprint());
        world.keystore.keep(half);
        if (!withPrivateHalf) {
            world.keystore.lose(half);
        }
        TxtRecord text = new TxtRecord(KeyRecord.of(half).strings());
        world.hasBefore(
                DOMAIN,
                new TxtRRset(OwnerName.of(OLD.ownerName(DOMAIN)), 300, List.of(text)),
                () -> new SigningKey(
                        old().map(ManagedKey::id).orElse(new KeyId(DOMAIN, 99)),
                        OLD,
                        half.algorithm(),
                        half.fingerprint()));
        return withPrivateHalf
                ? Map.of(
                        "selector",
                        OLD.name(),
                        Order.FINGERPRINT,
                        half.fingerprint().hex())
                : Map.of("selector", OLD.name());
    }

    /** The key that was there before us, once it is adopted. */
    Optional<ManagedKey> old() {
        return domain().keys().stream()
                .filter(key -> key.selector().equals(OLD))
                .findFirst();
    }

    ManagedDomain domain() {
        return world.record(DOMAIN);
    }

    // ---- living through it

    private void live(long end, BooleanSupplier done) {
        while (!done.getAsBoolean()) {
            try {
                if (!world.time.step(end)) {
                    world.time.passUntil(end);
                    return;
                }
            } catch (Faults.Crash e) {
                restart();
            }
        }
    }

    private void restart() {
        daemon.stop();
        world.registry.dropClaims();
        world.time.in(RESTART, daemon::start);
    }

    // ---- how it ends

    /** All that is there in the end but times, selectors and fingerprints: by these two ends are compared. */
    List<String> end() {
        List<String> end = new ArrayList<>();
        ManagedDomain domain = domain();
        domain.keys().forEach(key -> end.add(name(key) + " " + described(key)));
        List<Wait> waits = domain.waits().stream()
                .filter(wait -> !wait.verb().looks()) // a steady look that failed comes again with the next one
                .toList();
        end.add("open " + domain.intents() + waits + domain.orders() + domain.halts());
        end.add("hold " + domain.hold().map(Hold::kind));
        end.add("orders "
                + world.registry.orders().stream()
                        .map(order -> order.kind() + " "
                                + order.closing().map(Order.Closing::result).orElseThrow())
                        .sorted()
                        .toList());
        end.add("zone " + world.dns.owners().stream().map(this::served).sorted().toList());
        for (WorldSigner signer : world.signers) {
            Set<KeyFingerprint> used =
                    signer.maySign(DOMAIN).stream().map(SigningKey::fingerprint).collect(Collectors.toSet());
            end.add(signer.id() + " signs with " + names(used) + ", has " + names(signer.copies()));
        }
        end.add("keystore " + names(world.keystore.list()));
        end.sort(String::compareTo);
        return end;
    }

    private String name(ManagedKey key) {
        long before = domain().keys().stream()
                .filter(other -> other.type() == key.type()
                        && !other.wasAdopted()
                        && other.id().compareTo(key.id()) < 0)
                .count();
        return key.wasAdopted() ? "adopted" : key.type() + " " + (before + 1);
    }

    private static String described(ManagedKey key) {
        Map<SignerId, Use.Kind> uses = new TreeMap<>();
        key.uses().forEach((signer, use) -> uses.put(signer, use.kind()));
        return key.algorithm().word() + " " + key.state() + " " + key.custody() + ", used " + uses + ", forgotten by "
                + new TreeSet<>(key.forgotten())
                + (key.isCompromised() ? ", compromised" : "")
                + (key.givenUp() ? ", given up" : "");
    }

    private String served(OwnerName owner) {
        TxtRRset set = world.dns.atPrimary(owner).orElseThrow();
        String name = domain().keys().stream()
                .filter(key -> key.record().owner().equals(owner))
                .findFirst()
                .map(key ->
                        name(key) + (key.standing().filter(set::saysTheSameAs).isPresent() ? "" : " OTHERWISE"))
                .orElse("UNKNOWN");
        return name
                + world.dns.notEverywhere(set, Duration.ZERO).map(" "::concat).orElse("");
    }

    /** A spare has no name of its own: one is as good as another. */
    private List<String> names(Set<KeyFingerprint> prints) {
        return prints.stream()
                .map(print -> domain().keys().stream()
                        .filter(key -> key.fingerprint().equals(print))
                        .findFirst()
                        .map(this::name)
                        .orElse("spare"))
                .sorted()
                .toList();
    }
}
