package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;

/** A registry in memory that keeps the port's contract: versions, claims, unique bindings. What it holds survives a modelled crash; claims do not. */
final class ModelRegistry implements KeyRegistry {
    private record Row(ManagedDomain domain, Instant dueAt) {}

    private final Map<SigningDomain, Row> rows = new TreeMap<>();
    private final Set<SigningDomain> claims = new HashSet<>();
    private final Map<Long, Order> orders = new TreeMap<>();
    private final List<HistoryEntry> history = new ArrayList<>();
    private long lastOrder;
    private boolean full;

    @Override
    public synchronized List<ManagedDomain> claimDue(Instant now, int atMost) {
        List<ManagedDomain> due = rows.values().stream()
                .filter(row -> !row.dueAt.isAfter(now) && !claims.contains(row.domain.name()))
                .sorted(Comparator.comparing(Row::dueAt))
                .limit(atMost)
                .map(Row::domain)
                .toList();
        due.forEach(domain -> claims.add(domain.name()));
        return due;
    }

    @Override
    public synchronized void release(Collection<SigningDomain> claimed) {
        claims.removeAll(claimed);
    }

    @Override
    public synchronized Optional<Instant> nextDueAt() {
        return rows.values().stream()
                .filter(row -> !claims.contains(row.domain.name()))
                .map(Row::dueAt)
                .min(Instant::compareTo);
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
    public synchronized boolean isTaken(KeyFingerprint fingerprint) {
        return rows.values().stream().anyMatch(row -> row.domain.everHad(fingerprint));
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
            after.orders().forEach(order -> orders.put(order.number(), order));
            history.addAll(recorded.entries());
            rows.put(after.name(), new Row(after.saved(after.version() + 1), recorded.dueAt()));
        }
        return stale;
    }

    /** The process is gone: its claims are too. */
    synchronized void dropClaims() {
        claims.clear();
    }

    void full(boolean isFull) {
        full = isFull;
    }

    Order order(long number) {
        return Optional.ofNullable(orders.get(number)).orElseThrow();
    }

    List<HistoryEntry> history() {
        return List.copyOf(history);
    }
}
