package org.selectord.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.FleetBrakes;
import org.selectord.rotation.FleetCounts;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.FlipLedger;
import org.selectord.rotation.HighWater;
import org.selectord.rotation.HistoryCheck;
import org.selectord.rotation.HistoryEntry;
import org.selectord.rotation.KeyRegistry;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Order;
import org.selectord.rotation.Recorded;
import org.selectord.rotation.RegistryUnavailableException;
import org.selectord.rotation.RegistryView;
import org.selectord.rotation.TrustedClock;

/**
 * The registry on SQLite. One daemon a file, so a claim is a name in memory and ends with the process. A record is one document; why, and what that
 * costs: {@code deploy/docs/decisions/001-registry-record-as-document.md}.
 */
public final class SqlKeyRegistry implements KeyRegistry, RegistryView, FleetBrakes, AutoCloseable {
    private static final int PROBE_CHARACTERS = 32 * 1024;

    private final RegistryDatabase database;
    private final RecordJson json = new RecordJson();
    private final OrderRows orders = new OrderRows(json);
    private final HistoryRows history = new HistoryRows(json);
    private final FlipRows flips = new FlipRows(history);
    private final Supplier<FleetSettings> fleet;
    private final Predicate<SigningDomain> listed;
    private final Set<SigningDomain> claimed = new HashSet<>(); // guarded by itself
    private final AtomicLong probes = new AtomicLong();

    private SqlKeyRegistry(RegistryDatabase database, Supplier<FleetSettings> fleet, Predicate<SigningDomain> listed) {
        this.database = database;
        this.fleet = fleet;
        this.listed = listed;
    }

    /**
     * Opens the registry, creating it where it is missing, and holds it until {@link #close}. Throws {@link RegistryUnavailableException}.
     *
     * @param fleet as the configuration is now: which flips are of canaries
     * @param listed whether the configuration names a domain now: how it stands is noted whenever its record is saved
     */
    public static SqlKeyRegistry open(
            RegistrySettings settings, Supplier<FleetSettings> fleet, Predicate<SigningDomain> listed) {
        return open(settings, fleet, listed, RegistryDatabase.BUSY_TIMEOUT);
    }

    /** The same for whoever saves no record of a domain. */
    public static SqlKeyRegistry open(RegistrySettings settings, Supplier<FleetSettings> fleet) {
        return open(settings, fleet, domain -> true);
    }

    static SqlKeyRegistry open(RegistrySettings settings) {
        return open(settings, () -> FleetSettings.DEFAULT);
    }

    static SqlKeyRegistry open(RegistrySettings settings, Duration busyTimeout) {
        return open(settings, () -> FleetSettings.DEFAULT, domain -> true, busyTimeout);
    }

    private static SqlKeyRegistry open(
            RegistrySettings settings,
            Supplier<FleetSettings> fleet,
            Predicate<SigningDomain> listed,
            Duration busyTimeout) {
        return new SqlKeyRegistry(RegistryDatabase.open(settings.file(), busyTimeout), fleet, listed);
    }

    /** The highest trusted time, kept in the same file. */
    public TrustedClock.Mark clockMark() {
        return new SqlClockMark(database);
    }

    // ---- claims

    /** One record that cannot be read fails it, and with it the sweep: what is half understood is not acted on. */
    @Override
    public List<ManagedDomain> claimDue(Instant now, int atMost) {
        synchronized (claimed) {
            List<ManagedDomain> due = load("look for domains that are due", handle -> {
                List<String> names = dueNames(handle, now, atMost + claimed.size()).stream()
                        .filter(name -> !claimed.contains(new SigningDomain(name)))
                        .limit(atMost)
                        .toList();
                return inOrderOf(names, documents(handle, names));
            });
            due.forEach(domain -> claimed.add(domain.name()));
            return due;
        }
    }

    private static List<String> dueNames(Handle handle, Instant now, int atMost) {
        return handle.createQuery("SELECT name FROM domain WHERE due_at <= :now ORDER BY due_at, name LIMIT :atMost")
                .bind("now", Nanos.of(now))
                .bind("atMost", atMost)
                .mapTo(String.class)
                .list();
    }

    private static Map<String, Row> documents(Handle handle, List<String> names) {
        return Names.inChunks(names)
                .flatMap(some ->
                        rows(handle.createQuery("SELECT name, version, record FROM domain WHERE name IN (<names>)")
                                        .bindList("names", some))
                                .stream())
                .collect(Collectors.toMap(Row::name, Function.identity()));
    }

    private static List<Row> inOrderOf(List<String> names, Map<String, Row> rows) {
        return names.stream()
                .flatMap(name -> Optional.ofNullable(rows.get(name)).stream())
                .toList();
    }

    @Override
    public void release(Collection<SigningDomain> given) {
        synchronized (claimed) {
            given.forEach(claimed::remove);
        }
    }

    @Override
    public Optional<Instant> nextDueAt() {
        record Due(SigningDomain name, Instant at) {}
        synchronized (claimed) {
            return database
                    .read(
                            "look for the next due time",
                            handle -> handle.createQuery(
                                            "SELECT name, due_at FROM domain ORDER BY due_at, name LIMIT :atMost")
                                    .bind("atMost", claimed.size() + 1)
                                    .map((rs, context) ->
                                            new Due(new SigningDomain(rs.getString(1)), Nanos.instant(rs.getLong(2))))
                                    .list())
                    .stream()
                    .filter(due -> !claimed.contains(due.name()))
                    .map(Due::at)
                    .findFirst();
        }
    }

    // ---- reading

    private record Row(String name, long version, String record) {}

    private List<ManagedDomain> load(String what, Function<Handle, List<Row>> query) {
        return database.read(what, query).stream().map(this::parse).toList();
    }

    private ManagedDomain parse(Row row) {
        try {
            ManagedDomain domain = json.read(row.record(), row.version());
            if (!domain.name().name().equals(row.name())) {
                throw new RecordJson.UnreadableRecordException("it is the record of " + domain.name());
            }
            return domain;
        } catch (RecordJson.UnreadableRecordException e) {
            throw new RegistryUnavailableException(
                    "could not read the record of " + row.name() + " in " + database.path() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Optional<ManagedDomain> find(SigningDomain domain) {
        return load(
                        "read " + domain,
                        handle -> rows(handle.createQuery("SELECT name, version, record FROM domain WHERE name = :name")
                                .bind("name", domain.name())))
                .stream()
                .findFirst();
    }

    private static List<Row> rows(Query query) {
        return query.map((rs, context) -> new Row(rs.getString(1), rs.getLong(2), rs.getString(3)))
                .list();
    }

    @Override
    public List<ManagedDomain> withOpenIntents() {
        return load(
                "look for open intents",
                handle -> rows(handle.createQuery(
                        "SELECT name, version, record FROM domain WHERE open_intents > 0 ORDER BY name")));
    }

    @Override
    public List<ManagedDomain> page(Optional<SigningDomain> after, int atMost) {
        return load(
                "list domains",
                handle -> rows(handle.createQuery(
                                "SELECT name, version, record FROM domain WHERE name > :after ORDER BY name LIMIT :atMost")
                        .bind("after", after.map(SigningDomain::name).orElse(""))
                        .bind("atMost", atMost)));
    }

    @Override
    public Optional<SigningDomain> domainOf(KeyFingerprint fingerprint) {
        return database.read("look for key " + fingerprint, handle -> KeyRows.domainOf(handle, fingerprint));
    }

    @Override
    public boolean isTaken(KeyFingerprint fingerprint) {
        return database.read("look for key " + fingerprint, handle -> KeyRows.isTaken(handle, fingerprint));
    }

    @Override
    public void give(KeyFingerprint fingerprint) {
        database.write("note the given key " + fingerprint, handle -> {
            OrderRows.give(handle, fingerprint.hex());
            return fingerprint;
        });
    }

    @Override
    public Map<OwnerName, HighWater> negativeTtls(Set<OwnerName> apexes, Instant now) {
        return database.read("look what is known of zones", handle -> ZoneMarkRows.highest(handle, apexes, now));
    }

    @Override
    public List<HistoryEntry> history(Optional<SigningDomain> domain, int atMost) {
        return database.read(
                "read the history",
                handle -> domain.map(name -> history.newest(handle, name, atMost))
                        .orElseGet(() -> history.newest(handle, atMost)));
    }

    @Override
    public HistoryCheck checkHistory() {
        return database.read("read the history again", HistoryReading::of);
    }

    @Override
    public Optional<Order> order(long number) {
        return database.read("read order " + number, handle -> orders.find(handle, number));
    }

    @Override
    public Map<KeyState, Map<KeyAlgorithm, Long>> keyCounts() {
        return database.read("count keys", KeyRows::counts);
    }

    @Override
    public FleetCounts fleetCounts(Instant overdueBefore) {
        return database.read("count domains", handle -> FleetRows.counts(handle, overdueBefore));
    }

    @Override
    public void probe() {
        // other content each time, for SQLite does not write pages that stay the same
        String ballast =
                Long.toString(probes.incrementAndGet()).repeat(PROBE_CHARACTERS).substring(0, PROBE_CHARACTERS);
        database.write(
                "write as a test",
                handle -> handle.execute("UPDATE probe SET times = times + 1, ballast = ?", ballast));
    }

    // ---- writing

    @Override
    public void enrol(Set<SigningDomain> configured, Instant now) {
        Set<SigningDomain> lacking = new TreeSet<>(configured);
        database.read(
                        "list domains",
                        handle -> handle.createQuery("SELECT name FROM domain")
                                .mapTo(String.class)
                                .list())
                .forEach(known -> lacking.remove(new SigningDomain(known)));
        if (!lacking.isEmpty()) {
            database.write("enrol " + named(lacking), handle -> insert(handle, lacking, now));
        }
    }

    private int insert(Handle handle, Set<SigningDomain> domains, Instant now) {
        try (PreparedBatch batch =
                handle.prepareBatch("INSERT INTO domain (name, version, due_at, open_intents, standing, record)"
                        + " VALUES (:name, 0, :dueAt, 0, :standing, :record) ON CONFLICT (name) DO NOTHING")) {
            domains.forEach(domain -> batch.bind("name", domain.name())
                    .bind("dueAt", Nanos.of(now))
                    .bind("standing", FleetRows.Standing.WAITING.name())
                    .bind("record", json.write(ManagedDomain.enrolled(domain)))
                    .add());
            return batch.execute().length;
        }
    }

    @Override
    public void replanAll(Instant now) {
        database.write("make every domain due", handle -> replanAll(handle, now));
    }

    private static int replanAll(Handle handle, Instant now) {
        return handle.execute("UPDATE domain SET due_at = ?, version = version + 1", Nanos.of(now));
    }

    @Override
    public FlipLedger ledger() {
        return database.read("read the flips of all domains", FlipRows::ledger);
    }

    @Override
    public boolean resetBreaker(String askedBy, String why, Instant at) {
        return database.write("reset the breaker", handle -> {
            boolean wasOpen = flips.reset(handle, askedBy, why, at);
            if (wasOpen) {
                replanAll(handle, at);
            }
            return wasOpen;
        });
    }

    /** What names this registry for ever, among all there are. */
    public String instance() {
        return database.read(
                "read the name of the registry",
                handle -> handle.createQuery("SELECT instance FROM fence")
                        .mapTo(String.class)
                        .one());
    }

    @Override
    public Fence newFence() {
        return database.write(
                "take an epoch",
                handle -> handle.createQuery("UPDATE fence SET epoch = epoch + 1 RETURNING epoch, instance")
                        .map((rs, context) -> new Fence(rs.getLong(1), rs.getString(2)))
                        .one());
    }

    @Override
    public long newOrderNumber() {
        return database.write("take an order number", OrderRows::newNumber);
    }

    @Override
    public Set<SigningDomain> save(List<Recorded> batch) {
        if (batch.isEmpty()) {
            return Set.of();
        }
        List<SigningDomain> names =
                batch.stream().map(recorded -> recorded.after().name()).toList();
        return database.write("save " + named(names), handle -> saveAll(handle, batch));
    }

    /** A statement a kind, not a statement a domain: a batch is a lane's worth. */
    private Set<SigningDomain> saveAll(Handle handle, List<Recorded> batch) {
        Map<Boolean, List<Recorded>> bySaved = updateRecords(handle, batch);
        List<Recorded> saved = bySaved.getOrDefault(true, List.of());
        List<ManagedDomain> domains = saved.stream().map(Recorded::after).toList();
        KeyRows.bind(handle, domains);
        FleetRows.setHalts(handle, domains);
        ZoneMarkRows.set(handle, domains, listed);
        domains.forEach(domain -> domain.orders().forEach(order -> orders.save(handle, order)));
        flips.follow(handle, domains, fleet.get());
        history.append(
                handle,
                saved.stream().flatMap(recorded -> recorded.entries().stream()).toList());
        return bySaved.getOrDefault(false, List.of()).stream()
                .map(stale -> known(handle, stale.after().name()))
                .collect(Collectors.toSet());
    }

    /**
     * Appends the row of the hour to the history, which hashes the heads of all domains; at most one an hour, and none when nothing happened. To be
     * called as often as one likes.
     */
    public void hashHeads(Instant now) {
        database.write("hash the heads of the history", handle -> history.hashHeads(handle, now));
    }

    /** True: saved; false: the version is no longer the one that was read. */
    private Map<Boolean, List<Recorded>> updateRecords(Handle handle, List<Recorded> batch) {
        try (PreparedBatch updates = handle.prepareBatch("UPDATE domain SET version = version + 1, due_at = :dueAt,"
                + " open_intents = :openIntents, standing = :standing, record = :record"
                + " WHERE name = :name AND version = :version")) {
            batch.forEach(recorded -> bind(updates, recorded));
            int[] updated = updates.execute();
            return IntStream.range(0, updated.length)
                    .boxed()
                    .collect(Collectors.partitioningBy(
                            index -> updated[index] == 1, Collectors.mapping(batch::get, Collectors.toList())));
        }
    }

    private void bind(PreparedBatch updates, Recorded recorded) {
        ManagedDomain after = recorded.after();
        updates.bind("dueAt", Nanos.of(recorded.dueAt()))
                .bind("openIntents", after.intents().size())
                .bind(
                        "standing",
                        FleetRows.Standing.of(after, listed.test(after.name())).name())
                .bind("record", json.write(after.saved(after.version() + 1)))
                .bind("name", after.name().name())
                .bind("version", after.version())
                .add();
    }

    private SigningDomain known(Handle handle, SigningDomain stale) {
        return handle.select("SELECT 1 FROM domain WHERE name = ?", stale.name())
                .mapTo(Integer.class)
                .findFirst()
                .map(found -> stale)
                .orElseThrow(() -> new IllegalStateException(stale + " was never enrolled in " + database.path()));
    }

    private static String named(Collection<SigningDomain> domains) {
        String first = domains.stream().limit(3).map(SigningDomain::name).collect(Collectors.joining(", "));
        return domains.size() <= 3 ? first : domains.size() + " domains (" + first + ", ...)";
    }

    Path path() {
        return database.path();
    }

    /** Ends what is under way and lets another daemon have the file. */
    @Override
    public void close() {
        database.close();
    }
}
