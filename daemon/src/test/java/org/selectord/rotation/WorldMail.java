package org.selectord.rotation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.key.SigningDomain;

/**
 * Messages on their way: signed by one of the signers, and verified some time later through one of the world's resolvers; later still where that has no
 * answer, as long as a queue would keep them.
 */
final class WorldMail {
    private static final int RESOLVERS = 4;
    private static final int STEADY = 110;
    private static final int GUESSES = 20;
    private static final int AROUND_A_TRANSITION = 10;

    private final World world;
    private final WorldTime time;
    private final SplittableRandom random;
    private final Promise promise;
    private final List<WorldResolver> resolvers = new ArrayList<>();
    private final Map<SigningDomain, Integer> checked = new HashMap<>();

    int messages;
    int around; // of those: signed within N + T of a transition
    int deferred;
    int stale;
    int bounced;

    WorldMail(World world, SplittableRandom random, Promise promise) {
        this.world = world;
        this.time = world.time;
        this.random = random;
        this.promise = promise;
        for (int i = 0; i < RESOLVERS; i++) {
            resolvers.add(new WorldResolver(time, world.dns, random.split()));
        }
    }

    void planYear(SigningDomain domain, long year) {
        for (int i = 0; i < STEADY; i++) {
            in(random.nextLong(year), () -> send(domain, false));
        }
        for (int i = 0; i < GUESSES; i++) {
            in(random.nextLong(year), () -> guess(domain));
        }
    }

    private void in(long millis, Runnable what) {
        time.in(millis, () -> world.profile.run(Profile.Part.MAIL, what));
    }

    /** One of the resolvers reaches no server until then. */
    Runnable cutOffOne() {
        WorldResolver resolver = resolvers.get(random.nextInt(RESOLVERS));
        resolver.cutOff = true;
        return () -> resolver.cutOff = false;
    }

    void heal() {
        resolvers.forEach(resolver -> resolver.cutOff = false);
    }

    /** Of one domain. */
    int checkedOf(SigningDomain domain) {
        return checked.getOrDefault(domain, 0);
    }

    /** Somebody asks for a selector that was never there. */
    void guess(SigningDomain domain) {
        String name = "guess" + random.nextInt(1_000_000) + "._domainkey." + domain;
        resolvers.get(random.nextInt(RESOLVERS)).resolve(OwnerName.of(name));
    }

    void around(SigningDomain domain) {
        long span = Math.min(
                Duration.ofDays(1).toMillis(),
                (world.dns.negativeTtlSeconds() + world.recordTtl().toSeconds()) * 1000);
        for (int i = 0; i < AROUND_A_TRANSITION; i++) {
            in(random.nextLong(Math.max(1, span)), () -> send(domain, true));
        }
    }

    void send(SigningDomain domain, boolean near) {
        WorldSigner signer = world.signers.get(random.nextInt(world.signers.size()));
        List<SigningKey> keys = new ArrayList<>(signer.sign(domain));
        keys.sort(Comparator.comparing(SigningKey::id)); // sets have another order in another process
        for (SigningKey key : keys) {
            if (!signer.isWrong(key)) {
                promise.recordOf(key).ifPresent(record -> send(new Message(domain, record, time.now(), near)));
            }
        }
    }

    private record Message(SigningDomain domain, TxtRRset record, long signedAt, boolean near) {}

    private void send(Message message) {
        long queued = queue();
        long transit = switch (random.nextInt(4)) {
            case 0 -> random.nextLong(120_000);
            case 1 -> random.nextLong(3_600_000);
            case 2 -> random.nextLong(queued);
            default -> queued - random.nextLong(queued / 20);
        };
        in(transit, () -> verify(message));
    }

    /** The longest that a message is on its way until somebody verifies it. */
    private long queue() {
        return world.policy().gracePeriod().toMillis();
    }

    private void verify(Message message) {
        if (time.now() > message.signedAt + queue()) {
            bounced++;
            return;
        }
        WorldResolver.Told told = resolvers.get(random.nextInt(RESOLVERS)).resolve(message.record.owner());
        if (told.kind() == WorldResolver.Told.Kind.FAILURE) {
            deferred++;
            in(random.nextInt(3_600_000), () -> verify(message));
            return;
        }
        messages++;
        around += message.near ? 1 : 0;
        stale += told.kind() == WorldResolver.Told.Kind.STALE ? 1 : 0;
        checked.merge(message.domain, 1, Integer::sum);
        promise.verifies(message.record, message.signedAt, told);
    }
}
