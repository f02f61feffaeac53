package org.selectord.rotation;

import java.math.BigInteger;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyId;
import org.selectord.key.KeyRecord;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;

/** Operators: what they order, what they decide, and what they look after every day. */
final class WorldPeople {
    private final World world;
    private final WorldTime time;
    private final SplittableRandom random;
    private final Set<SigningDomain> unlisted = new HashSet<>();

    final Map<Deed, Integer> deeds = new EnumMap<>(Deed.class);
    boolean healing;

    WorldPeople(World world, SplittableRandom random) {
        this.world = world;
        this.time = world.time;
        this.random = random;
    }

    void count(Deed deed) {
        deeds.merge(deed, 1, Integer::sum);
        world.tell("somebody " + deed);
    }

    void planYear(SigningDomain domain, long year) {
        for (int i = random.nextInt(4); i > 0; i--) {
            time.in(random.nextLong(year), () -> {
                count(Deed.ROTATES_NOW);
                order(domain, Order.Kind.ROTATE_NOW);
            });
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            time.in(random.nextLong(year - Duration.ofDays(40).toMillis()), () -> interfere(domain));
        }
        if (random.nextInt(6) == 0) {
            hasBefore(domain);
        }
    }

    void lookAfterAll() {
        time.in(Duration.ofHours(12), this::retryWhatIsHalted);
    }

    /** Whether the configuration names it. */
    boolean lists(SigningDomain domain) {
        return !unlisted.contains(domain);
    }

    // ---- other roads

    private void interfere(SigningDomain domain) {
        switch (random.nextInt(7)) {
            case 0 -> {
                count(Deed.PAUSES);
                order(domain, Order.Kind.PAUSE);
                resume(domain, Duration.ofDays(20));
            }
            case 1 -> {
                count(Deed.ROLLS_BACK);
                order(domain, Order.Kind.ROTATE_NOW);
                time.in(someTime(Duration.ofHours(12)), () -> {
                    order(domain, Order.Kind.ROLL_BACK);
                    resume(domain, Duration.ofDays(9));
                });
            }
            case 2 -> {
                count(Deed.DECLARES_KEY_COMPROMISED);
                order(domain, Order.Kind.COMPROMISED, Map.of("scope", "key"));
            }
            case 3 -> {
                count(Deed.DECLARES_STORE_COMPROMISED);
                order(domain, Order.Kind.COMPROMISED, Map.of("scope", "store"));
            }
            case 4 -> {
                count(Deed.REMOVES);
                order(domain, Order.Kind.REMOVE_DOMAIN);
                resume(domain, Duration.ofDays(25));
            }
            case 5 -> unlist(domain);
            default -> retry(domain);
        }
    }

    private long someTime(Duration most) {
        return random.nextLong(most.toMillis());
    }

    private void resume(SigningDomain domain, Duration within) {
        time.in(someTime(within), () -> order(domain, Order.Kind.RESUME));
    }

    private void unlist(SigningDomain domain) {
        count(Deed.UNLISTS);
        unlisted.add(domain);
        world.reload();
        time.in(someTime(Duration.ofDays(20)), () -> {
            unlisted.remove(domain);
            world.reload();
        });
    }

    private void retry(SigningDomain domain) {
        count(Deed.RETRIES);
        order(domain, Order.Kind.RETRY);
    }

    // ---- a key that was there before us

    private void hasBefore(SigningDomain domain) {
        BigInteger modulus = new BigInteger(2046, new java.util.Random(random.nextLong()))
                .setBit(2047)
                .setBit(0);
        PublicHalf half = PublicHalf.rsa(modulus, BigInteger.valueOf(65537));
        boolean withPrivateHalf = random.nextBoolean();
        world.registry.give(half.fingerprint());
        world.keystore.keep(half);
        if (!withPrivateHalf) {
            world.keystore.lose(half);
        }
        Selector selector = oldOf(domain);
        OwnerName owner = OwnerName.of(selector.ownerName(domain));
        world.hasBefore(
                domain,
                new TxtRRset(
                        owner, 3600, List.of(new TxtRecord(KeyRecord.of(half).strings()))),
                () -> new SigningKey(
                        old(domain).map(ManagedKey::id).orElse(new KeyId(domain, 99)),
                        selector,
                        KeyAlgorithm.RSA_2048,
                        half.fingerprint()));
        Map<String, String> detail = withPrivateHalf
                ? Map.of(
                        "selector",
                        selector.name(),
                        Order.FINGERPRINT,
                        half.fingerprint().hex())
                : Map.of("selector", selector.name());
        time.in(someTime(Duration.ofHours(2)), () -> {
            count(Deed.ADOPTS);
            order(domain, Order.Kind.ADOPT, detail);
        });
        time.in(Duration.ofDays(1), () -> forgetOld(domain));
    }

    private static Selector oldOf(SigningDomain domain) {
        return new Selector("old-" + domain.name().replace('.', '-'));
    }

    private Optional<ManagedKey> old(SigningDomain domain) {
        return world.record(domain).keys().stream()
                .filter(key -> key.selector().equals(oldOf(domain)))
                .findFirst();
    }

    /** Once nobody may go back to it, nor is it asked for any more, its own entry at the signers goes, and the file. */
    private void forgetOld(SigningDomain domain) {
        ManagedDomain record = world.record(domain);
        boolean over = old(domain)
                .map(key -> key.reachedAt(KeyState.RETIRED)
                        .filter(at -> at.plus(Duration.ofDays(3)).isBefore(time.trueTime()))
                        .isPresent())
                .orElse(record.keys().stream().anyMatch(key -> key.state() == KeyState.ACTIVE));
        if (over) {
            world.signers.forEach(signer -> signer.loseOwnEntry(domain));
        } else {
            time.in(Duration.ofDays(1), () -> forgetOld(domain));
        }
    }

    // ---- what is waived

    /** Somebody goes on without a server that says nothing. */
    void waiveServer(Duration most) {
        world.dns.silentServer().ifPresent(server -> {
            count(Deed.WAIVES_A_SERVER);
            waive("server", server, 3_600_000 + someTime(most));
        });
    }

    /** Somebody goes on without a signer that says nothing. */
    void waiveSigner(WorldSigner signer, long millis) {
        if (signer.silent) {
            count(Deed.WAIVES_A_SIGNER);
            waive("signer", signer.id().name(), millis);
            time.in(millis + 3_600_000, signer::loseWhatIsDestroyed);
        }
    }

    private void waive(String what, String name, long millis) {
        String until = time.instant().plusMillis(millis).toString();
        world.domains.forEach(
                domain -> order(domain, Order.Kind.WAIVE, Map.of(what, name, "until", until, "reason", "looked into")));
    }

    // ---- every day

    void retryWhatIsHalted() {
        if (world.resetsBreaker()) {
            count(Deed.RESETS_THE_BREAKER);
        }
        for (SigningDomain domain : world.domains) {
            if (!world.record(domain).halts().isEmpty() && (healing || random.nextBoolean())) {
                removeWhatNobodyRemembers(domain);
                retry(domain);
            }
            lostKeys(domain).forEach(key -> giveUp(domain, key));
        }
        time.in(Duration.ofHours(healing ? 1 : 24), this::retryWhatIsHalted);
    }

    /** A registry that was restored knows nothing of a revocation since: it is somebody else's record, to be taken away by hand. */
    private void removeWhatNobodyRemembers(SigningDomain domain) {
        world.record(domain).keys().stream()
                .filter(key -> !key.isCompromised())
                .forEach(key -> world.dns.removeByHand(key.revocation()));
    }

    /** A registry that was restored may hold a key to be good whose private half was destroyed since. */
    private List<ManagedKey> lostKeys(SigningDomain domain) {
        return world.record(domain).keys().stream()
                .filter(key -> key.state().compareTo(KeyState.ACTIVE) <= 0 && key.custody() == Custody.HELD)
                .filter(key -> !key.isCompromised() && !key.givenUp() && !world.keystore.has(key.fingerprint()))
                .toList();
    }

    /** As the daemon says what to do about it; of two chains that have lost the key they sign with, neither can be told without the other. */
    private void giveUp(SigningDomain domain, ManagedKey lost) {
        if (lost.state() == KeyState.ACTIVE && world.policy().chains().size() > 1) {
            count(Deed.DECLARES_STORE_COMPROMISED);
            order(domain, Order.Kind.COMPROMISED, Map.of("scope", "store"));
        } else if (lost.state() == KeyState.ACTIVE) {
            count(Deed.ROTATES_NOW);
            order(domain, Order.Kind.ROTATE_NOW);
        } else {
            count(Deed.DECLARES_KEY_COMPROMISED);
            order(
                    domain,
                    Order.Kind.COMPROMISED,
                    Map.of("scope", "key", "selector", lost.selector().name()));
        }
    }

    void heal() {
        healing = true;
        unlisted.clear();
        world.reload();
        retryWhatIsHalted();
        world.domains.forEach(domain -> {
            order(domain, Order.Kind.RESUME);
            order(domain, Order.Kind.ROTATE_NOW);
        });
    }

    // ---- orders

    void order(SigningDomain domain, Order.Kind kind) {
        order(domain, kind, Map.of());
    }

    private void order(SigningDomain domain, Order.Kind kind, Map<String, String> detail) {
        if (!world.place(domain, kind, detail)) {
            time.in(Duration.ofHours(1), () -> order(domain, kind, detail));
        }
    }
}
