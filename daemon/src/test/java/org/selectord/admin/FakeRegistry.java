package org.selectord.admin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.FleetBrakes;
import org.selectord.rotation.FleetCounts;
import org.selectord.rotation.FlipLedger;
import org.selectord.rotation.Halt;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.HighWater;
import org.selectord.rotation.HistoryCheck;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.KeyRegistry;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.Recorded;
import org.selectord.rotation.RegistryUnavailableException;
import org.selectord.rotation.RegistryView;

/** A registry in memory that can be made to fail. */
public final class FakeRegistry implements KeyRegistry, RegistryView, FleetBrakes {
    private final TreeMap<SigningDomain, ManagedDomain> domains = new TreeMap<>();
    private final Map<Long, Order> orders = new HashMap<>();
    private final List<HistoryEntry> history = new ArrayList<>();
    private final Map<SigningDomain, Instant> dueAt = new HashMap<>();
    private final Set<KeyFingerprint> given = new HashSet<>();

    private long lastNumber;
    private Optional<String> broken = Optional.empty();
    private int asked;
    private FlipLedger ledger = FlipLedger.EMPTY;
    private long unlisted;
    private boolean breakerOpen;
    private HistoryCheck check = new HistoryCheck(12, 2, 1, 3, Optional.of("ab".repeat(32)), Optional.empty());

    public synchronized FakeRegistry with(ManagedDomain domain) {
        domains.put(domain.name(), domain);
        domain.orders().forEach(order -> orders.put(order.number(), order));
        lastNumber = Math.max(
                lastNumber,
                domain.orders().stream().mapToLong(Order::number).max().orElse(0));
        return this;
    }

    public synchronized FakeRegistry with(HistoryEntry entry) {
        history.add(entry);
        return this;
    }

    public synchronized FakeRegistry with(Order order) {
        orders.put(order.number(), order);
        return this;
    }

    public synchronized FakeRegistry with(HistoryCheck.Broken broken) {
        check = new HistoryCheck(4, 1, 0, 4, Optional.empty(), Optional.of(broken));
        return this;
    }

    public synchronized FakeRegistry withOpenBreaker() {
        breakerOpen = true;
        return this;
    }

    public synchronized FakeRegistry due(SigningDomain domain, Instant at) {
        dueAt.put(domain, at);
        return this;
    }

    public synchronized void breaks(String why) {
        broken = Optional.of(why);
    }

    public synchronized void mends() {
        broken = Optional.empty();
    }

    /** How often the counts of the fleet were asked for. */
    public synchronized int timesCounted() {
        return asked;
    }

    private void use() {
        broken.ifPresent(why -> {
            throw new RegistryUnavailableException(why, new IllegalStateException("disk I/O error"));
        });
    }

    // ---- what the faces read

    @Override
    public synchronized Optional<ManagedDomain> find(SigningDomain domain) {
        use();
        return Optional.ofNullable(domains.get(domain));
    }

    @Override
    public synchronized List<ManagedDomain> page(Optional<SigningDomain> after, int atMost) {
        use();
        return after.map(name -> domains.tailMap(name, false)).orElse(domains).values().stream()
                .limit(atMost)
                .toList();
    }

    @Override
    public synchronized List<HistoryEntry> history(Optional<SigningDomain> domain, int atMost) {
        use();
        return history.stream()
                .filter(entry -> domain.isEmpty() || entry.domain().equals(domain))
                .sorted(Comparator.comparing(HistoryEntry::at).reversed())
                .limit(atMost)
                .toList();
    }

    @Override
    public synchronized HistoryCheck checkHistory() {
        use();
        return check;
    }

    @Override
    public synchronized Optional<Order> order(long number) {
        use();
        return Optional.ofNullable(orders.get(number));
    }

    @Override
    public synchronized Map<KeyState, Map<KeyAlgorithm, Long>> keyCounts() {
        use();
        Map<KeyState, Map<KeyAlgorithm, Long>> counts = new EnumMap<>(KeyState.class);
        domains.values().stream()
                .flatMap(domain -> domain.keys().stream())
                .forEach(key -> counts.computeIfAbsent(key.state(), state -> new EnumMap<>(KeyAlgorithm.class))
                        .merge(key.algorithm(), 1L, Long::sum));
        return counts;
    }

    public synchronized FakeRegistry unlisted(long domains) {
        unlisted = domains;
        return this;
    }

    @Override
    public synchronized FleetCounts fleetCounts(Instant overdueBefore) {
        asked++;
        use();
        Map<HaltReason, Long> haltedBy = new EnumMap<>(HaltReason.class);
        domains.values()
                .forEach(domain -> domain.halts().values().stream()
                        .map(Halt::reason)
                        .distinct()
                        .forEach(reason -> haltedBy.merge(reason, 1L, Long::sum)));
        long halted = domains.values().stream()
                .filter(domain -> !domain.halts().isEmpty())
                .count();
        long signing = domains.values().stream()
                .filter(domain -> domain.halts().isEmpty() && hasActive(domain))
                .count();
        return new FleetCounts(
                unlisted,
                signing,
                domains.size() - halted - signing,
                halted,
                haltedBy,
                domains.values().stream()
                        .flatMap(domain -> domain.keys().stream())
                        .filter(key -> key.state() == KeyState.ACTIVE)
                        .map(ManagedKey::since)
                        .min(Instant::compareTo),
                dueAt.values().stream().min(Instant::compareTo),
                dueAt.values().stream().filter(overdueBefore::isAfter).count(),
                breakerOpen);
    }

    private static boolean hasActive(ManagedDomain domain) {
        return domain.keys().stream().anyMatch(key -> key.state() == KeyState.ACTIVE);
    }

    @Override
    public synchronized void probe() {
        use();
    }

    // ---- the brakes

    public synchronized FakeRegistry with(FlipLedger known) {
        ledger = known;
        return this;
    }

    @Override
    public synchronized FlipLedger ledger() {
        use();
        return ledger;
    }

    @Override
    public synchronized boolean resetBreaker(String askedBy, String why, Instant at) {
        use();
        boolean open = ledger.breaker().isPresent();
        if (open) {
            ledger = ledger.reset(at);
            history.add(new HistoryEntry(
                    Optional.empty(), at, "BREAKER", Optional.empty(), "", "reset: " + why, askedBy, List.of()));
        }
        return open;
    }

    // ---- what the heart needs of it to place an order

    @Override
    public Fence newFence() {
        throw new UnsupportedOperationException("nothing is done here");
    }

    @Override
    public synchronized long newOrderNumber() {
        use();
        return ++lastNumber;
    }

    @Override
    public synchronized Set<SigningDomain> save(List<Recorded> batch) {
        use();
        Set<SigningDomain> stale = new HashSet<>();
        for (Recorded recorded : batch) {
            ManagedDomain after = recorded.after();
            if (find(after.name()).orElseThrow().version() != after.version()) {
                stale.add(after.name());
                continue;
            }
            after.orders().forEach(order -> orders.put(order.number(), order));
            domains.put(after.name(), after.saved(after.version() + 1));
            history.addAll(recorded.entries());
        }
        return stale;
    }

    // ---- the rest is the sweep's

    @Override
    public List<ManagedDomain> claimDue(Instant now, int atMost) {
        return List.of();
    }

    @Override
    public void release(Collection<SigningDomain> claimed) {}

    @Override
    public Optional<Instant> nextDueAt() {
        return Optional.empty();
    }

    @Override
    public List<ManagedDomain> withOpenIntents() {
        return List.of();
    }

    @Override
    public Optional<SigningDomain> domainOf(KeyFingerprint fingerprint) {
        return Optional.empty();
    }

    @Override
    public boolean isTaken(KeyFingerprint fingerprint) {
        return given.contains(fingerprint);
    }

    @Override
    public void give(KeyFingerprint fingerprint) {
        given.add(fingerprint);
    }

    @Override
    public Map<OwnerName, HighWater> negativeTtls(Set<OwnerName> apexes, Instant now) {
        return Map.of();
    }

    @Override
    public void enrol(Set<SigningDomain> configured, Instant now) {
        configured.forEach(name -> domains.putIfAbsent(name, ManagedDomain.enrolled(name)));
    }

    @Override
    public void replanAll(Instant now) {}
}
