package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;

/** A registry in memory that keeps the port's contract: versions, claims, unique bindings. What it holds survives a modelled crash; claims do not. */
final class ModelRegistry implements KeyRegistry {
    /** How long a claim of one of several daemons holds: twice the deadline of a lane call. */
    static final Duration LEASE = Duration.ofSeconds(60);

    private static final Comparator<HighWater> HIGHEST =
            Comparator.comparing(HighWater::seconds).thenComparing(HighWater::countsUntil);

    private record Row(ManagedDomain domain, Instant dueAt) {}

    private record Claim(String holder, long until) {}

    private final Map<SigningDomain, Row> rows = new TreeMap<>();
    private final Map<SigningDomain, Claim> claims = new HashMap<>();
    private final Map<Long, Order> orders = new TreeMap<>();
    private final Set<KeyFingerprint> given = new HashSet<>();
    private final List<HistoryEntry> history = new ArrayList<>();
    private long lastOrder;
    private long lastEpoch;
    private boolean full;
    private boolean keepsHistory = true;
    private Consumer<Recorded> auditor = recorded -> {};

    /** Looks at everything that is saved. */
    void auditedBy(Consumer<Recorded> whoever) {
        auditor = whoever;
    }

    @Override
    public synchronized List<ManagedDomain> claimDue(Instant now, int atMost) {
        return claimDue(now, atMost, new Claim("", Long.MAX_VALUE), 0);
    }

    private List<ManagedDomain> claimDue(Instant now, int atMost, Claim claim, long trueNow) {
        String holder = claim.holder;
        List<ManagedDomain> due = rows.values().stream()
                .filter(row -> !row.dueAt.isAfter(now) && !isClaimed(row, holder, trueNow))
                .sorted(Comparator.comparing(Row::dueAt))
                .limit(atMost)
                .map(Row::domain)
                .toList();
        due.forEach(domain -> claims.put(domain.name(), claim));
        return due;
    }

    /** A lease of another daemon runs out; whoever holds it knows that it does. */
    private boolean isClaimed(Row row, String holder, long trueNow) {
        Claim claim = claims.get(row.domain.name());
        return claim != null && (claim.holder.equals(holder) || trueNow < claim.until);
    }

    @Override
    public synchronized void release(Collection<SigningDomain> claimed) {
        release(claimed, "");
    }

    private void release(Collection<SigningDomain> claimed, String holder) {
        claimed.forEach(
                name -> claims.computeIfPresent(name, (n, claim) -> claim.holder.equals(holder) ? null : claim));
    }

    @Override
    public synchronized Optional<Instant> nextDueAt() {
        return nextDueAt("", 0);
    }

    private Optional<Instant> nextDueAt(String holder, long trueNow) {
        return rows.values().stream()
                .filter(row -> !isClaimed(row, holder, trueNow))
                .map(Row::dueAt)
                .min(Instant::compareTo);
    }

    /** The same registry, as one of several daemons has it: its claims are leases. */
    final class Session implements KeyRegistry {
        private final String holder;
        private final LongSupplier trueTime;
        private final Profile profile;

        Session(String holder, LongSupplier trueTime, Profile profile) {
            this.holder = holder;
            this.trueTime = trueTime;
            this.profile = profile;
        }

        @Override
        public List<ManagedDomain> claimDue(Instant now, int atMost) {
            long trueNow = trueTime.getAsLong();
            Claim claim = new Claim(holder, trueNow + LEASE.toMillis());
            return profile.in(Profile.Part.REGISTRY, () -> ModelRegistry.this.claimDue(now, atMost, claim, trueNow));
        }

        @Override
        public void release(Collection<SigningDomain> claimed) {
            profile.run(Profile.Part.REGISTRY, () -> ModelRegistry.this.release(claimed, holder));
        }

        @Override
        public Optional<Instant> nextDueAt() {
            return profile.in(Profile.Part.REGISTRY, () -> ModelRegistry.this.nextDueAt(holder, trueTime.getAsLong()));
        }

        @Override
        public Optional<ManagedDomain> find(SigningDomain domain) {
            return ModelRegistry.this.find(domain);
        }

        @Override
        public List<ManagedDomain> withOpenIntents() {
            return ModelRegistry.this.withOpenIntents();
        }

        @Override
        public Optional<SigningDomain> domainOf(KeyFingerprint fingerprint) {
            return ModelRegistry.this.domainOf(fingerprint);
        }

        @Override
        public boolean isTaken(KeyFingerprint fingerprint) {
            return ModelRegistry.this.isTaken(fingerprint);
        }

        @Override
        public void give(KeyFingerprint fingerprint) {
            ModelRegistry.this.give(fingerprint);
        }

        @Override
        public Map<OwnerName, HighWater> negativeTtls(Set<OwnerName> apexes, Instant now) {
            return profile.in(Profile.Part.REGISTRY, () -> ModelRegistry.this.negativeTtls(apexes, now));
        }

        @Override
        public void enrol(Set<SigningDomain> configured, Instant now) {
            ModelRegistry.this.enrol(configured, now);
        }

        @Override
        public void replanAll(Instant now) {
            ModelRegistry.this.replanAll(now);
        }

        @Override
        public Fence newFence() {
            return ModelRegistry.this.newFence();
        }

        @Override
        public long newOrderNumber() {
            return ModelRegistry.this.newOrderNumber();
        }

        @Override
        public Set<SigningDomain> save(List<Recorded> batch) {
            return profile.in(Profile.Part.REGISTRY, () -> ModelRegistry.this.save(batch));
        }
    }

    @Override
    public synchronized Optional<ManagedDomain> find(SigningDomain domain) {
        return Optional.ofNullable(rows.get(domain)).map(Row::domain);
    }

    @Override
    public synchronized List<ManagedDomain> withOpenIntents() {
        return rows.values().stream()
                .map(Row::domain)
                .filter(domain -> !domain.intents().isEmpty())
                .toList();
    }

    @Override
    public synchronized Optional<SigningDomain> domainOf(KeyFingerprint fingerprint) {
        return rows.values().stream()
                .map(row -> row.domain)
                .filter(domain -> domain.everHad(fingerprint))
                .map(ManagedDomain::name)
                .findFirst();
    }

    @Override
    public synchronized boolean isTaken(KeyFingerprint fingerprint) {
        return given.contains(fingerprint) || rows.values().stream().anyMatch(row -> row.domain.everHad(fingerprint));
    }

    @Override
    public synchronized void give(KeyFingerprint fingerprint) {
        given.add(fingerprint);
    }

    @Override
    public synchronized Map<OwnerName, HighWater> negativeTtls(Set<OwnerName> apexes, Instant now) {
        Map<OwnerName, HighWater> highest = new HashMap<>();
        rows.values()
                .forEach(row -> row.domain.negativeTtls().forEach((apex, mark) -> {
                    if (apexes.contains(apex) && mark.countsUntil().isAfter(now)) {
                        highest.merge(
                                apex,
                                mark,
                                (a, b) -> Stream.of(a, b).max(HIGHEST).orElseThrow());
                    }
                }));
        return highest;
    }

    @Override
    public synchronized void enrol(Set<SigningDomain> configured, Instant now) {
        configured.forEach(name -> rows.putIfAbsent(name, new Row(ManagedDomain.enrolled(name), now)));
    }

    @Override
    public synchronized void replanAll(Instant now) {
        rows.replaceAll((name, row) -> new Row(row.domain.saved(row.domain.version() + 1), now));
    }

    @Override
    public synchronized Fence newFence() {
        return new Fence(++lastEpoch, "model");
    }

    @Override
    public synchronized long newOrderNumber() {
        return ++lastOrder;
    }

    @Override
    public synchronized Set<SigningDomain> save(List<Recorded> batch) {
        if (full) {
            throw new RegistryUnavailableException("the model's disk is full", new IllegalStateException());
        }
        Set<SigningDomain> stale = new HashSet<>();
        for (Recorded recorded : batch) {
            ManagedDomain after = recorded.after();
            if (find(after.name()).orElseThrow().version() != after.version()) {
                stale.add(after.name());
                continue;
            }
            auditor.accept(recorded);
            after.orders().forEach(order -> orders.put(order.number(), order));
            if (keepsHistory) {
                history.addAll(recorded.entries());
            }
            rows.put(after.name(), new Row(after.saved(after.version() + 1), recorded.dueAt()));
        }
        return stale;
    }

    /** What a backup keeps: all but the claims. */
    record Backup(
            Map<SigningDomain, Row> rows,
            Map<Long, Order> orders,
            Set<KeyFingerprint> given,
            long lastOrder,
            long lastEpoch) {}

    synchronized Backup backup() {
        return new Backup(Map.copyOf(rows), Map.copyOf(orders), Set.copyOf(given), lastOrder, lastEpoch);
    }

    /** Somebody puts it in the place of what there is, while no daemon runs. */
    synchronized void restore(Backup backup) {
        rows.clear();
        rows.putAll(backup.rows());
        orders.clear();
        orders.putAll(backup.orders());
        given.clear();
        given.addAll(backup.given());
        lastOrder = backup.lastOrder();
        lastEpoch = backup.lastEpoch();
        claims.clear();
    }

    /** The process is gone: its claims are too. */
    synchronized void dropClaims() {
        claims.clear();
    }

    /** A year of many seeds would keep more than it is worth. */
    void keepsNoHistory() {
        keepsHistory = false;
    }

    void full(boolean isFull) {
        full = isFull;
    }

    Order order(long number) {
        return Optional.ofNullable(orders.get(number)).orElseThrow();
    }

    /** All there ever were. */
    List<Order> orders() {
        return List.copyOf(orders.values());
    }

    List<HistoryEntry> history() {
        return List.copyOf(history);
    }
}
