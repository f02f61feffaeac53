package org.selectord.rotation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TxtRRset;

/**
 * A caching resolver somewhere in the world. Each has its own mind about what a denial covers: the name only, all below {@code _domainkey} (RFC 8020), or
 * all between two names (RFC 8198); and about serving what has expired while no server answers (RFC 8767).
 */
final class WorldResolver {
    private record Cached(Optional<TxtRRset> found, long until) {}

    private record Denial(WorldDns.Span span, long until) {}

    private final WorldTime time;
    private final WorldDns dns;
    private final boolean cutsBelow;
    private final boolean synthesises;
    private final boolean servesStale;
    private final Map<OwnerName, Cached> cache = new HashMap<>();
    private final Map<OwnerName, Long> nothingBelowUntil = new HashMap<>();
    private final Map<OwnerName, OwnerName> parents = new HashMap<>();
    private final List<Denial> denials = new ArrayList<>();

    WorldResolver(WorldTime time, WorldDns dns, SplittableRandom random) {
        this.time = time;
        this.dns = dns;
        this.cutsBelow = random.nextBoolean();
        this.synthesises = random.nextBoolean();
        this.servesStale = random.nextBoolean();
    }

    /** What it answers a verifier; empty when it has no answer now. */
    Optional<Optional<TxtRRset>> resolve(OwnerName owner) {
        OwnerName domainkey =
                parents.computeIfAbsent(owner, name -> name.parent().orElseThrow());
        if (isDenied(owner, domainkey)) {
            return Optional.of(Optional.empty());
        }
        Cached cached = cache.get(owner);
        if (cached != null && time.now() < cached.until) {
            return Optional.of(cached.found);
        }
        Optional<WorldDns.Answer> answer = dns.ask(owner, domainkey);
        if (answer.isEmpty()) {
            return servesStale && cached != null ? Optional.of(cached.found) : Optional.empty();
        }
        remember(owner, domainkey, answer.get());
        return Optional.of(answer.get().found());
    }

    private boolean isDenied(OwnerName owner, OwnerName domainkey) {
        if (nothingBelowUntil.getOrDefault(domainkey, 0L) > time.now()) {
            return true;
        }
        denials.removeIf(denial -> denial.until <= time.now());
        return denials.stream().anyMatch(denial -> denial.span.covers(owner));
    }

    private void remember(OwnerName owner, OwnerName domainkey, WorldDns.Answer answer) {
        long deniedUntil = time.now() + answer.negativeTtlSeconds() * 1000;
        long until =
                answer.found().map(set -> time.now() + set.ttlSeconds() * 1000).orElse(deniedUntil);
        cache.put(owner, new Cached(answer.found(), until));
        if (cutsBelow && answer.nothingBelowDomainkey()) {
            nothingBelowUntil.put(domainkey, deniedUntil);
        }
        if (synthesises && answer.found().isEmpty()) {
            denials.add(new Denial(answer.around(), deniedUntil));
        }
    }
}
