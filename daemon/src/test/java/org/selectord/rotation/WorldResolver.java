package org.selectord.rotation;

import java.time.Duration;
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
    /** RFC 8767 section 5 has it for a day, or a few. */
    private static final long STALE_AT_MOST = Duration.ofDays(1).toMillis();

    private static final int ONE_QUESTION_LOST_IN = 30;

    /** What a verifier is told. */
    record Told(Kind kind, Optional<TxtRRset> found) {
        enum Kind {
            ANSWER,
            /** From the cache, where it has expired. */
            STALE,
            /** SERVFAIL: to be asked again later. */
            FAILURE
        }
    }

    private record Cached(Optional<TxtRRset> found, long until) {}

    /** No exact match between two names, and what a wildcard answers there. */
    private record Gap(WorldDns.Span span, Optional<TxtRRset> wildcard, long until) {}

    private final WorldTime time;
    private final WorldDns dns;
    private final SplittableRandom random;
    private final boolean cutsBelow;
    private final boolean synthesises;
    private final boolean servesStale;
    private final Map<OwnerName, Cached> cache = new HashMap<>();
    private final Map<OwnerName, Long> nothingBelowUntil = new HashMap<>();
    private final Map<OwnerName, OwnerName> parents = new HashMap<>();
    private final List<Gap> gaps = new ArrayList<>();

    boolean cutOff; // reaches no server

    WorldResolver(WorldTime time, WorldDns dns, SplittableRandom random) {
        this.time = time;
        this.dns = dns;
        this.random = random;
        this.cutsBelow = random.nextBoolean();
        this.synthesises = random.nextBoolean();
        this.servesStale = random.nextBoolean();
    }

    Told resolve(OwnerName owner) {
        OwnerName domainkey =
                parents.computeIfAbsent(owner, name -> name.parent().orElseThrow());
        Optional<Cached> cached = Optional.ofNullable(cache.get(owner));
        if (nothingBelowUntil.getOrDefault(domainkey, 0L) > time.now()) {
            return new Told(Told.Kind.ANSWER, Optional.empty());
        }
        Optional<Told> answer = cached.filter(known -> time.now() < known.until)
                .map(known -> new Told(Told.Kind.ANSWER, known.found))
                .or(() -> synthesised(owner))
                .or(() -> asked(owner, domainkey));
        return answer.or(() -> cached.filter(known -> servesStale && time.now() < known.until + STALE_AT_MOST)
                        .map(known -> new Told(Told.Kind.STALE, known.found)))
                .orElse(new Told(Told.Kind.FAILURE, Optional.empty()));
    }

    private Optional<Told> synthesised(OwnerName owner) {
        gaps.removeIf(gap -> gap.until <= time.now());
        return gaps.stream()
                .filter(gap -> gap.span.covers(owner))
                .map(gap -> new Told(Told.Kind.ANSWER, gap.wildcard))
                .findFirst();
    }

    private Optional<Told> asked(OwnerName owner, OwnerName domainkey) {
        if (cutOff || random.nextInt(ONE_QUESTION_LOST_IN) == 0) {
            return Optional.empty();
        }
        Optional<WorldDns.Answer> answer = dns.ask(owner, domainkey);
        answer.ifPresent(seen -> remember(owner, domainkey, seen));
        return answer.map(seen -> new Told(Told.Kind.ANSWER, seen.found()));
    }

    private void remember(OwnerName owner, OwnerName domainkey, WorldDns.Answer answer) {
        long deniedUntil = time.now() + answer.negativeTtlSeconds() * 1000;
        long until =
                answer.found().map(set -> time.now() + set.ttlSeconds() * 1000).orElse(deniedUntil);
        cache.put(owner, new Cached(answer.found(), until));
        if (cutsBelow && answer.nothingBelowDomainkey()) {
            nothingBelowUntil.put(domainkey, deniedUntil);
        }
        if (synthesises) {
            answer.around().ifPresent(span -> gaps.add(new Gap(span, answer.found(), Math.min(until, deniedUntil))));
        }
    }
}
