package org.selectord.rotation;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.selectord.dnsupdate.AuthoritativeLookup;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.ServerClock;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.ZoneUpdater;

/**
 * One zone: a primary that takes updates, and secondaries that fetch a new serial after a NOTIFY, or when they refresh. It knows what no daemon can
 * know: until when a cache somewhere may still deny a name.
 */
final class WorldDns {
    static final OwnerName APEX = OwnerName.of("example.org.");
    private static final Set<OwnerName> OTHER_NAMES =
            Set.of(APEX, OwnerName.of("_dmarc.example.org."), OwnerName.of("mail.example.org."));
    private static final TxtRecord FOREIGN = new TxtRecord(List.of("v=DKIM1; k=rsa; p=AAAA"));
    private static final long MAX_CLOCK_SKEW = Duration.ofSeconds(300).toMillis();

    /** What a server may hold: all of the zone that matters here. */
    private static final class Version {
        final long serial;
        final SortedMap<OwnerName, TxtRRset> content;
        final long negativeTtlSeconds;
        final boolean hasWildcard;
        boolean wasLookedAt;

        Version(long serial, SortedMap<OwnerName, TxtRRset> content, long negativeTtlSeconds) {
            this.serial = serial;
            this.content = content;
            this.negativeTtlSeconds = negativeTtlSeconds;
            this.hasWildcard = !content.isEmpty() && content.keySet().stream().anyMatch(WorldDns::isWildcard);
        }
    }

    private static boolean isWildcard(OwnerName owner) {
        return owner.name().startsWith("*.");
    }

    /** One authoritative server; two machines behind one address when one of them lags. */
    private final class Server {
        final String name;
        final long refreshMillis;
        Version holds;
        Optional<Version> lagging = Optional.empty();
        boolean silent;
        boolean deaf; // hears no NOTIFY
        long since; // it answers as it does
        long silentSince;
        long deniesUntil; // what it denied in earlier versions may be cached until then

        Server(String name, Version holds, long refreshMillis) {
            this.name = name;
            this.holds = holds;
            this.refreshMillis = refreshMillis;
            this.since = time.now();
        }

        void take(Version next) {
            leaves(holds, next);
            holds = next;
            since = time.now();
        }

        void be(boolean nowSilent) {
            silent = nowSilent;
            since = time.now();
            silentSince = time.now();
        }

        private void leaves(Version old, Version next) {
            if (waivers.covers(name)) {
                return; // what it answers is the operator's risk
            }
            long denied = (silent ? silentSince : time.now()) + old.negativeTtlSeconds * 1000;
            deniesUntil = Math.max(deniesUntil, denied);
            for (TxtRRset now : next.content.values()) {
                TxtRRset before = old.content.get(now.owner());
                if (before == null) {
                    deniedUntil.merge(now.owner(), deniesUntil, Math::max);
                } else if (!before.saysTheSameAs(now)) {
                    spoiltUntil.merge(now.owner(), time.now() + before.ttlSeconds() * 1000, Math::max);
                }
            }
        }

        void catchUp() {
            lagging.ifPresent(old -> {
                lagging = Optional.empty();
                leaves(old, holds);
            });
        }

        void fetch() {
            if (!primarySilent && current.serial > holds.serial) {
                take(current);
            }
        }

        boolean shows(TxtRRset set) {
            return shows(holds, set) && (lagging.isEmpty() || shows(lagging.get(), set));
        }

        private boolean shows(Version version, TxtRRset set) {
            TxtRRset found = version.content.get(set.owner());
            return found != null && found.saysTheSameAs(set);
        }
    }

    /**
     * One message of ours.
     *
     * @param sender the life of a daemon
     * @param demanded what had to stand at the fence's place for it to be applied
     * @param put what it put there; empty: it carried no fence
     * @param late whether it is a copy that came when nobody waited for it any more
     */
    record Message(String sender, Optional<Fence> demanded, Optional<Fence> put, boolean late) {
        private Message copy() {
            return new Message(sender, demanded, put, true);
        }
    }

    /** Hears what an update is about to do to the zone. */
    interface Watcher {
        void changes(Change change, Message by);

        void takesFence(Message by);
    }

    /** Knows which servers operators go on without. */
    interface Waivers {
        boolean covers(String server);
    }

    private final Profile profile;
    private final WorldTime time;
    private final SplittableRandom random;
    private final Watcher watcher;
    private final List<Server> servers = new ArrayList<>();
    private final Waivers waivers;
    private final Map<OwnerName, Long> deniedUntil = new HashMap<>();
    private final Map<OwnerName, Long> spoiltUntil = new HashMap<>();
    private final Map<OwnerName, Boolean> turn = new HashMap<>();
    private final Set<OwnerName> damaged = new HashSet<>();
    private final Set<OwnerName> everDamaged = new HashSet<>();
    private final Map<OwnerName, Long> wildcardSince = new HashMap<>();
    private Version current;
    private Optional<Fence> fence = Optional.empty();
    private Optional<Fence> fenceBefore = Optional.empty();
    private long serverAddedAt = Long.MIN_VALUE / 2;

    boolean primarySilent;
    boolean primaryRefusesConnections;
    boolean frozen;
    boolean setUnknown;
    boolean losesNextAnswer;
    boolean nextLandsLate;
    boolean nextIsDoubled;
    boolean quick; // secondaries take no time to fetch

    WorldDns(
            WorldTime time,
            SplittableRandom random,
            int secondaries,
            long negativeTtlSeconds,
            Watcher watcher,
            Waivers waivers,
            Profile profile) {
        this.waivers = waivers;
        this.profile = profile;
        this.time = time;
        this.random = random;
        this.watcher = watcher;
        this.current = new Version(1, new TreeMap<>(), negativeTtlSeconds);
        servers.add(new Server("ns0", current, 0));
        for (int i = 1; i <= secondaries; i++) {
            servers.add(newSecondary("ns" + i));
        }
    }

    private Server newSecondary(String name) {
        return new Server(
                name, current, Duration.ofMinutes(10 + random.nextInt(350)).toMillis());
    }

    // ---- what happens in the zone

    private void become(SortedMap<OwnerName, TxtRRset> content, long negativeTtlSeconds) {
        current = new Version(current.serial + 1, content, negativeTtlSeconds);
        servers.get(0).take(current);
        servers.stream().skip(1).forEach(this::tellSecondary);
    }

    private void tellSecondary(Server server) {
        if (!server.deaf) {
            long transfer = quick ? 0 : random.nextInt(10) == 0 ? random.nextInt(300_000) : random.nextInt(6_000);
            time.in(20 + transfer, () -> {
                if (!server.silent) {
                    server.fetch();
                }
            });
        }
        refresh(server);
    }

    private void refresh(Server server) {
        long toNext = server.refreshMillis - Math.floorMod(time.now(), server.refreshMillis);
        time.in(toNext, () -> {
            server.fetch();
            if (servers.contains(server) && server.holds.serial < current.serial) {
                refresh(server);
            }
        });
    }

    /** One message of several changes: whether any of them was applied. */
    private boolean land(List<Change> changes, Message message) {
        if (message.put().isPresent() && !fence.equals(message.demanded())) {
            return false;
        }
        boolean applied = false;
        for (Change change : changes) {
            applied |= apply(change, message);
        }
        if (applied) {
            takeFence(message);
        }
        return applied;
    }

    private void takeFence(Message message) {
        message.put().ifPresent(put -> {
            watcher.takesFence(message);
            fenceBefore = fence;
            fence = Optional.of(put);
        });
    }

    /** An operator removes it, sure that nobody else writes the zone. */
    void removeFence() {
        fence = Optional.empty();
    }

    /** The compare-and-swap of RFC 2136: rdata is compared, TTLs are not. */
    private boolean apply(Change change, Message message) {
        Optional<TxtRRset> found = Optional.ofNullable(current.content.get(change.owner()));
        boolean asDemanded = records(found).equals(records(change.before()));
        if (asDemanded && !records(found).equals(records(change.after()))) {
            SortedMap<OwnerName, TxtRRset> content = new TreeMap<>(current.content);
            change.after()
                    .ifPresentOrElse(set -> content.put(change.owner(), set), () -> content.remove(change.owner()));
            watcher.changes(change, message);
            become(content, current.negativeTtlSeconds);
        }
        return asDemanded;
    }

    private static List<TxtRecord> records(Optional<TxtRRset> set) {
        return set.map(TxtRRset::records).orElse(List.of());
    }

    /** Somebody changes the SOA. */
    void setNegativeTtl(long seconds) {
        become(current.content, seconds);
    }

    long negativeTtlSeconds() {
        return current.negativeTtlSeconds;
    }

    /** Whether every server's answers of now have been seen by a daemon. */
    boolean isLookedAt() {
        return servers.stream().allMatch(server -> server.holds == current) && current.wasLookedAt;
    }

    /** Somebody changes the TTL of one of the records, or splits its text at other places. */
    void editByHand(boolean split) {
        if (current.content.isEmpty()) {
            return;
        }
        List<OwnerName> owners = List.copyOf(current.content.keySet());
        TxtRRset before = atNode(owners.get(random.nextInt(owners.size()))).orElseThrow();
        SortedMap<OwnerName, TxtRRset> content = new TreeMap<>(current.content);
        content.put(before.owner(), split ? splitAnew(before) : withOtherTtl(before));
        become(content, current.negativeTtlSeconds);
    }

    private TxtRRset splitAnew(TxtRRset set) {
        String text = set.records().get(0).joined();
        int cut = 1 + random.nextInt(Math.min(254, text.length() - 1));
        List<String> strings = new ArrayList<>(List.of(text.substring(0, cut)));
        for (int from = cut; from < text.length(); from += 255) {
            strings.add(text.substring(from, Math.min(text.length(), from + 255)));
        }
        return new TxtRRset(set.owner(), set.ttlSeconds(), List.of(new TxtRecord(strings)));
    }

    private TxtRRset withOtherTtl(TxtRRset set) {
        return new TxtRRset(set.owner(), 60L + random.nextInt(86_340), set.records());
    }

    /** It has been there for so long that every server has it, and no cache denies it. */
    void stoodBefore(TxtRRset set) {
        SortedMap<OwnerName, TxtRRset> content = new TreeMap<>(current.content);
        content.put(set.owner(), set);
        current = new Version(current.serial, content, current.negativeTtlSeconds);
        servers.forEach(server -> server.holds = current);
    }

    /** Somebody puts a record there by hand. */
    private void put(TxtRRset set) {
        SortedMap<OwnerName, TxtRRset> content = new TreeMap<>(current.content);
        content.put(set.owner(), set);
        become(content, current.negativeTtlSeconds);
    }

    private void remove(OwnerName owner) {
        SortedMap<OwnerName, TxtRRset> content = new TreeMap<>(current.content);
        content.remove(owner);
        become(content, current.negativeTtlSeconds);
    }

    private void damage(OwnerName owner) {
        damaged.add(owner);
        everDamaged.add(owner);
    }

    /** Somebody removes a record by hand. */
    void lose(OwnerName lost) {
        damage(lost);
        remove(lost);
    }

    /** Somebody puts a second TXT beside one of ours, and takes it away again. */
    Runnable crowdOne() {
        if (current.content.isEmpty()) {
            return () -> {};
        }
        List<OwnerName> owners = List.copyOf(current.content.keySet());
        OwnerName owner = owners.get(random.nextInt(owners.size()));
        TxtRRset ours = atNode(owner).orElseThrow();
        damage(owner);
        put(new TxtRRset(
                owner,
                ours.ttlSeconds(),
                Stream.concat(ours.records().stream(), Stream.of(FOREIGN)).toList()));
        return () -> atNode(owner).ifPresent(this::clear);
    }

    private void clear(TxtRRset crowded) {
        List<TxtRecord> ours = crowded.records().stream()
                .filter(record -> !record.equals(FOREIGN))
                .toList();
        if (ours.isEmpty()) {
            remove(crowded.owner());
        } else {
            put(new TxtRRset(crowded.owner(), crowded.ttlSeconds(), ours));
        }
    }

    /** Somebody removes it, where just this stands. */
    void removeByHand(TxtRRset set) {
        Optional.ofNullable(current.content.get(set.owner()))
                .filter(set::saysTheSameAs)
                .ifPresent(found -> remove(found.owner()));
    }

    /** Somebody answers for every selector below this name, and stops doing so. */
    Runnable putWildcard(OwnerName domainkey) {
        OwnerName owner = wildcardOf(domainkey);
        put(new TxtRRset(owner, 60L << random.nextInt(11), List.of(FOREIGN)));
        wildcardSince.put(owner, time.now());
        return () -> {
            wildcardSince.remove(owner);
            remove(owner);
        };
    }

    /** Since when a wildcard answers for what does not stand below this name; empty: none does. */
    Optional<Long> wildcardSince(OwnerName domainkey) {
        return Optional.ofNullable(wildcardSince.get(wildcardOf(domainkey)));
    }

    private static OwnerName wildcardOf(OwnerName domainkey) {
        return domainkey.child("*");
    }

    /** A record is gone: somebody removed it, or the primary came back without the tail of its journal, with the serial it had before. */
    void lose(boolean tail) {
        if (current.content.isEmpty()) {
            return;
        }
        List<OwnerName> owners = List.copyOf(current.content.keySet());
        OwnerName lost = owners.get(random.nextInt(owners.size()));
        SortedMap<OwnerName, TxtRRset> content = new TreeMap<>(current.content);
        content.remove(lost);
        damage(lost);
        if (tail) {
            fence = fenceBefore;
            current = new Version(current.serial - 1, content, current.negativeTtlSeconds);
            servers.get(0).take(current);
        } else {
            become(content, current.negativeTtlSeconds);
        }
    }

    /** Somebody notices that secondaries hold a serial that the primary comes to only now. */
    void raiseSerial() {
        current = new Version(current.serial + 10, current.content, current.negativeTtlSeconds);
        become(current.content, current.negativeTtlSeconds);
    }

    /** Whether a verifier may miss it through no fault of ours: it was lost, and some cache or server has not got over it. Once all have, it is ours again. */
    boolean isDamaged(TxtRRset set) {
        if (time.now() < spoiltUntil.getOrDefault(set.owner(), 0L)) {
            return true; // caches may hold what somebody else put there
        }
        if (damaged.contains(set.owner()) && notEverywhere(set, Duration.ZERO).isEmpty()) {
            damaged.remove(set.owner());
        }
        return damaged.contains(set.owner());
    }

    /** Whether it ever was: what a resolver serves long after it has expired may be from then. */
    boolean wasEverDamaged(TxtRRset set) {
        return everDamaged.contains(set.owner());
    }

    void addServer() {
        Server added = newSecondary("ns" + servers.size() + "." + current.serial);
        if (random.nextBoolean()) {
            added.holds = new Version(0, new TreeMap<>(), current.negativeTtlSeconds);
            current.content
                    .keySet()
                    .forEach(this::damage); // who delegates to an empty server denies what stands elsewhere
            time.in(random.nextInt(3_600_000), added::fetch);
        }
        serverAddedAt = time.now();
        servers.add(added);
    }

    void removeLastServer() {
        if (servers.size() > 2) {
            servers.remove(servers.size() - 1).take(current); // what it denied may be cached for a while
        }
    }

    // ---- troubles of one secondary

    private Server secondary() {
        return servers.get(1 + random.nextInt(servers.size() - 1));
    }

    Runnable silenceOne() {
        return silence(servers.get(random.nextInt(servers.size())));
    }

    Runnable silenceLast() {
        return silence(servers.get(servers.size() - 1));
    }

    private Runnable silence(Server server) {
        server.be(true);
        return () -> {
            server.be(false);
            server.fetch();
        };
    }

    /** A server that says nothing, for an operator to go on without; the primary cannot be gone on without. */
    Optional<String> silentServer() {
        return servers.stream()
                .skip(1)
                .filter(server -> server.silent)
                .map(server -> server.name)
                .findFirst();
    }

    Runnable deafenOne() {
        Server server = secondary();
        server.deaf = true;
        return () -> server.deaf = false;
    }

    Runnable splitOne() {
        Server server = secondary();
        server.lagging = Optional.of(server.holds);
        return server::catchUp;
    }

    // ---- what is true

    /** What the primary answers, by a wildcard too. */
    Optional<TxtRRset> atPrimary(OwnerName owner) {
        return Optional.ofNullable(answer(current, owner));
    }

    private static @Nullable TxtRRset answer(Version version, OwnerName owner) {
        TxtRRset found = version.content.get(owner);
        return found == null && version.hasWildcard ? synthesised(version, owner) : found;
    }

    /** RFC 4592: where nothing stands the wildcard beside it answers. */
    private static @Nullable TxtRRset synthesised(Version version, OwnerName owner) {
        TxtRRset wildcard = version.content.get(wildcardOf(owner.parent().orElseThrow()));
        return wildcard == null ? null : new TxtRRset(owner, wildcard.ttlSeconds(), wildcard.records());
    }

    private Optional<TxtRRset> atNode(OwnerName owner) {
        return Optional.ofNullable(current.content.get(owner));
    }

    Set<OwnerName> owners() {
        return current.content.keySet();
    }

    /** Whether every verifier anywhere finds exactly this; empty: yes, else why not. A server that was added a moment ago does not count. */
    Optional<String> notEverywhere(TxtRRset set, Duration moment) {
        for (Server server : servers) {
            boolean isNew = time.now() - serverAddedAt < moment.toMillis() && server == servers.get(servers.size() - 1);
            if (!isNew && !server.shows(set) && !waivers.covers(server.name)) {
                return Optional.of(server.name + " does not serve it");
            }
        }
        long until = deniedUntil.getOrDefault(set.owner(), Long.MIN_VALUE);
        return time.now() < until
                ? Optional.of("caches may deny it until " + Instant.ofEpochMilli(until))
                : Optional.empty();
    }

    /** Why whoever looked would know that not every server answers exactly this; one that was added a moment ago does not count. */
    Optional<String> notSeenAt(TxtRRset set, Duration moment) {
        return servers.stream()
                .filter(server -> server.silent || !server.shows(server.holds, set))
                .filter(server -> time.now() - Math.max(server.since, serverAddedAt) > moment.toMillis())
                .map(server -> server.name)
                .filter(name -> !waivers.covers(name))
                .findFirst()
                .map(name -> name + " does not serve it, and has not for a while");
    }

    /** A server that serves a record which was withdrawn, if there is one; the newer machine behind an address. One that was added a moment ago does not count. */
    Optional<String> stillAt(TxtRRset set) {
        return servers.stream()
                .filter(server -> server.shows(server.holds, set))
                .filter(server -> time.now() - serverAddedAt > 60_000 && !waivers.covers(server.name))
                .map(server -> server.name)
                .findFirst();
    }

    // ---- for resolvers

    /**
     * What one of the servers answered.
     *
     * @param around where nothing stands at the name itself: a signed answer says so
     */
    record Answer(
            Optional<TxtRRset> found, long negativeTtlSeconds, boolean nothingBelowDomainkey, Optional<Span> around) {}

    /** The names on either side of one that is not there: what a signed denial covers (RFC 8198). */
    record Span(OwnerName from, OwnerName to) {
        boolean covers(OwnerName name) {
            return from.compareTo(name) < 0 && name.compareTo(to) < 0;
        }
    }

    /** The answer of a random server; empty when it is silent. */
    Optional<Answer> ask(OwnerName owner, OwnerName domainkey) {
        Server server = servers.get(random.nextInt(servers.size()));
        if (server.silent || (server == servers.get(0) && primarySilent)) {
            return Optional.empty();
        }
        Version version = server.lagging.filter(old -> random.nextBoolean()).orElse(server.holds);
        TxtRRset found = answer(version, owner);
        boolean nothingBelow =
                found == null && version.content.keySet().stream().noneMatch(name -> name.isIn(domainkey));
        boolean stands = version.content.containsKey(owner);
        return Optional.of(new Answer(
                Optional.ofNullable(found),
                version.negativeTtlSeconds,
                nothingBelow,
                stands ? Optional.empty() : Optional.of(span(version, owner))));
    }

    private static Span span(Version version, OwnerName owner) {
        TreeSet<OwnerName> names = new TreeSet<>(Comparator.naturalOrder());
        names.addAll(version.content.keySet());
        names.addAll(OTHER_NAMES);
        OwnerName from = names.lower(owner);
        OwnerName to = names.higher(owner);
        return new Span(from == null ? owner : from, to == null ? owner : to);
    }

    // ---- for a daemon

    /** The ports of one daemon, whose clock the primary's signatures are a witness of. */
    final class Client implements AuthoritativeLookup, ZoneUpdater, PropagationCheck {
        private final ServerClock witness;
        private final String daemon;
        private final InetSocketAddress address;

        Client(String daemon, ServerClock witness, InetSocketAddress address) {
            this.daemon = daemon;
            this.witness = witness;
            this.address = address;
        }

        private boolean isTooSkewed() {
            return Math.abs(time.wallAhead()) > MAX_CLOCK_SKEW;
        }

        private boolean isGone() {
            return primarySilent || primaryRefusesConnections || servers.get(0).silent;
        }

        private void roundTrip() {
            Instant sent = time.instant();
            time.pass(1 + random.nextInt(20));
            witness.signedAt(address, time.trueTime(), sent, time.instant());
        }

        @Override
        public Location locate(DnsSettings dns, OwnerName owner) {
            return profile.in(Profile.Part.DNS, () -> located(owner));
        }

        private Location located(OwnerName owner) {
            if (isGone()) {
                return new Location.NoAnswer("the primary is silent");
            }
            roundTrip();
            if (isTooSkewed()) {
                return new Location.NoAnswer("BADTIME");
            }
            current.wasLookedAt = true;
            Optional<String> wildcard =
                    wildcardSince(owner.parent().orElseThrow()).map(since -> "a TXT of somebody");
            return new Location.At(APEX, current.negativeTtlSeconds, wildcard);
        }

        @Override
        public List<UpdateResult> apply(Zone zone, Optional<Fence> ours, List<Change> changes) {
            return profile.in(Profile.Part.DNS, () -> applied(ours, changes));
        }

        private List<UpdateResult> applied(Optional<Fence> ours, List<Change> changes) {
            Optional<UpdateResult> stopped = beforeItIsTaken().or(() -> fenced(ours));
            if (stopped.isPresent()) {
                return changes.stream().map(change -> stopped.get()).toList();
            }
            Instant signedAt = time.instant();
            Message message = new Message(daemon, fence, ours, false);
            roundTrip();
            boolean lost = losesNextAnswer;
            boolean late = nextLandsLate;
            boolean doubled = nextIsDoubled;
            losesNextAnswer = false;
            nextLandsLate = false;
            nextIsDoubled = false;
            if (late || doubled) {
                time.in(random.nextInt(359_000), () -> land(changes, message.copy()));
            }
            boolean taken = !late && land(changes, message);
            if (lost || late || doubled) {
                return changes.stream()
                        .map(change -> unanswered(change, signedAt))
                        .toList();
            }
            List<UpdateResult> results = changes.stream().map(this::readBack).toList();
            boolean done = results.stream().anyMatch(result -> result.verdict() == Verdict.AS_ASKED);
            if (!taken && done && fence.equals(message.demanded())) {
                takeFence(message); // what is done already renews the fence all the same
            }
            return results;
        }

        /** Somebody newer writes the zone. */
        private Optional<UpdateResult> fenced(Optional<Fence> ours) {
            return fence.filter(standing -> ours.filter(call -> call.epoch() <= standing.epoch())
                            .isPresent())
                    .map(standing -> result(Verdict.FENCED, "the fence is held by " + standing));
        }

        private Optional<UpdateResult> beforeItIsTaken() {
            if (primaryRefusesConnections) {
                return Optional.of(result(Verdict.UNAVAILABLE, "connection refused"));
            } else if (isGone()) {
                Instant signedAt = time.instant();
                time.pass(5_000);
                return Optional.of(
                        new UpdateResult(Verdict.UNKNOWN, Optional.empty(), Optional.of(signedAt), "no answer in 5 s"));
            } else if (isTooSkewed()) {
                roundTrip();
                return Optional.of(result(Verdict.CLOCK_SKEW, "BADTIME"));
            } else if (frozen) {
                roundTrip();
                return Optional.of(result(Verdict.REFUSED, "the zone is frozen"));
            }
            return Optional.empty();
        }

        private UpdateResult result(Verdict verdict, String cameBack) {
            return new UpdateResult(verdict, Optional.empty(), Optional.empty(), cameBack);
        }

        /** No reply; the read-back that follows may get one, and then it decides. */
        private UpdateResult unanswered(Change change, Instant signedAt) {
            Optional<TxtRRset> found = atPrimary(change.owner());
            boolean asAsked = texts(found).equals(texts(change.after()));
            return random.nextBoolean() && asAsked
                    ? new UpdateResult(Verdict.AS_ASKED, found, Optional.of(signedAt), "no answer, but it is there")
                    : new UpdateResult(Verdict.UNKNOWN, Optional.empty(), Optional.of(signedAt), "no answer");
        }

        private UpdateResult readBack(Change change) {
            Optional<TxtRRset> found = atPrimary(change.owner());
            Verdict verdict = texts(found).equals(texts(change.after()))
                    ? Verdict.AS_ASKED
                    : records(found).equals(records(change.before()))
                            ? Verdict.UNAVAILABLE
                            : Verdict.SOMETHING_ELSE_THERE;
            return new UpdateResult(verdict, found, Optional.empty(), "answered");
        }

        private static List<String> texts(Optional<TxtRRset> set) {
            return set.stream()
                    .flatMap(there -> there.records().stream())
                    .map(TxtRecord::joined)
                    .sorted()
                    .toList();
        }

        @Override
        public List<PrimaryAnswer> read(Zone zone, List<OwnerName> owners) {
            return profile.in(Profile.Part.DNS, () -> readAll(owners));
        }

        private List<PrimaryAnswer> readAll(List<OwnerName> owners) {
            boolean gone = isGone();
            if (gone) {
                time.pass(2_000);
            } else {
                roundTrip();
            }
            boolean answered = !gone && !isTooSkewed();
            return owners.stream()
                    .map(owner -> answered
                            ? read(owner)
                            : new PrimaryAnswer(PrimaryAnswer.Kind.UNKNOWN, Optional.empty(), "no answer"))
                    .toList();
        }

        private PrimaryAnswer read(OwnerName owner) {
            Optional<TxtRRset> found = atPrimary(owner);
            return new PrimaryAnswer(
                    found.isPresent() ? PrimaryAnswer.Kind.TXT : PrimaryAnswer.Kind.NOTHING, found, "answered");
        }

        @Override
        public Map<OwnerName, Propagation> look(Zone zone, Set<OwnerName> owners) {
            return profile.in(Profile.Part.DNS, () -> looked(zone, owners));
        }

        private Map<OwnerName, Propagation> looked(Zone zone, Set<OwnerName> owners) {
            if (setUnknown) {
                Map<OwnerName, Propagation> unknown = new HashMap<>();
                Optional<String> problem = Optional.of("the NS of the zone cannot be had");
                owners.forEach(owner -> unknown.put(owner, new Propagation(List.of(), problem)));
                return unknown;
            }
            Map<OwnerName, List<ServerAnswer>> answers = new HashMap<>();
            for (Server server : List.copyOf(servers)) {
                if (!zone.counts(server.name)) {
                    continue;
                }
                time.pass(1 + random.nextInt(10));
                for (OwnerName owner : owners) {
                    answers.computeIfAbsent(owner, o -> new ArrayList<>()).add(answer(server, owner));
                }
            }
            Map<OwnerName, Propagation> seen = new HashMap<>();
            answers.forEach((owner, each) -> seen.put(owner, new Propagation(each, Optional.empty())));
            return seen;
        }

        private ServerAnswer answer(Server server, OwnerName owner) {
            if (server.silent || (server == servers.get(0) && isGone())) {
                return new ServerAnswer(
                        server.name,
                        ServerAnswer.Kind.SILENT,
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        "no answer");
            }
            Version version = server.holds;
            if (server.lagging.isPresent() && turn.merge(owner, true, (before, ignored) -> !before)) {
                version = server.lagging.get();
            }
            version.wasLookedAt = true;
            return new ServerAnswer(
                    server.name,
                    ServerAnswer.Kind.ANSWERED,
                    Optional.ofNullable(WorldDns.answer(version, owner)),
                    OptionalLong.of(version.negativeTtlSeconds),
                    OptionalLong.of(version.serial),
                    "answered");
        }
    }

    void heal() {
        primarySilent = false;
        primaryRefusesConnections = false;
        frozen = false;
        setUnknown = false;
        losesNextAnswer = false;
        nextLandsLate = false;
        nextIsDoubled = false;
    }
}
