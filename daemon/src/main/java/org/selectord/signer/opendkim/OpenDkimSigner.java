package org.selectord.signer.opendkim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;
import org.selectord.proof.Deadline;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.Sighting;
import org.selectord.proof.SignerProof;
import org.selectord.rotation.Finding;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Pace;
import org.selectord.rotation.Proof;
import org.selectord.rotation.Reason;
import org.selectord.rotation.Signer;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.SigningKey;
import org.selectord.rotation.Wanted;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenDKIM through its files: key files first, then KeyTable, then SigningTable, one reload, and then what is believed is only what a message shown to its
 * socket comes back with. Needs the rights of the user that OpenDKIM runs as, and no more.
 */
public final class OpenDkimSigner implements Signer {
    private static final Logger LOG = LoggerFactory.getLogger(OpenDkimSigner.class);

    private final OpenDkimSettings settings;
    private final PrivateKeyStore store;
    private final SignerProof proof;
    private final KeyFiles keyFiles;
    private final Limits limits;

    /**
     * How long things may take.
     *
     * @param call one call of the port, whatever it has to do
     * @param reload how long after a reload an answer that is not as told is not yet believed: the signal is taken by a thread of its own, and a probe can be faster
     * @param restart the same after a restart
     */
    record Limits(Duration call, Duration reload, Duration restart) {
        static final Limits DEFAULT = new Limits(Duration.ofSeconds(28), Duration.ofSeconds(2), Duration.ofSeconds(10));
    }

    public OpenDkimSigner(OpenDkimSettings settings, PrivateKeyStore store, PropagationCheck check) {
        this(settings, store, check, Limits.DEFAULT);
    }

    OpenDkimSigner(OpenDkimSettings settings, PrivateKeyStore store, PropagationCheck check, Limits limits) {
        this.settings = settings;
        this.store = store;
        this.proof = new SignerProof(new MilterProbe(settings.probe()), check, Clock.systemUTC());
        this.keyFiles = new KeyFiles(settings.keys());
        this.limits = limits;
    }

    @Override
    public SignerId id() {
        return settings.id();
    }

    @Override
    public Duration drainPeriod() {
        return settings.settle();
    }

    /** What a person has to change before this signer can be told anything; for the start and for {@code check-config}. */
    public List<String> problems() {
        return OpenDkimConf.read(settings.conf()).problems(settings);
    }

    /** Creates what is not there yet of directory and tables, so that OpenDKIM, which does not start without its tables, can be pointed at them. */
    public void createAbsentTables() throws IOException {
        DurableFile.createDirectories(settings.directory());
        DurableFile.createDirectories(settings.keys());
        try {
            OpenDkimTables empty = OpenDkimTables.parse("", "");
            createAbsent(settings.keyTable(), empty.keyTable());
            createAbsent(settings.signingTable(), empty.signingTable());
        } catch (TableException e) {
            throw new IllegalStateException("two empty tables cannot be read", e);
        }
    }

    private static void createAbsent(Path file, String text) throws IOException {
        if (!Files.exists(file)) {
            DurableFile.replace(file, octets(text));
        }
    }

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    // ---- telling it

    /** Nothing was changed that OpenDKIM reads. */
    private static final class NotToldException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Outcome.NotYet outcome;

        NotToldException(Pace pace, String why) {
            super(why);
            this.outcome = new Outcome.NotYet(pace, new Reason(why));
        }
    }

    /** The key files of one call: the lines that are to name them, and those that were not there before. */
    private static final class Laid {
        private final Map<SigningDomain, Optional<KeyLine>> lines = new TreeMap<>();
        private final List<KeyLine> created = new ArrayList<>();
    }

    @Override
    public Map<SigningDomain, Outcome> apply(Map<SigningDomain, Wanted> wanted, boolean cutOpenConnections) {
        Deadline deadline = Deadline.in(limits.call());
        Map<SigningDomain, Outcome> outcomes = new LinkedHashMap<>();
        Laid laid = new Laid();
        try {
            heeded();
            tables();
            layKeys(wanted, laid, outcomes, deadline);
            if (!laid.lines.isEmpty()) {
                // read again: the keystore may have taken its time, and somebody may have edited a table meanwhile
                OpenDkimTables before = tables();
                String remark = write(before.telling(laid.lines)) ? "" : "; the tables may not be safe on disk yet";
                outcomes.putAll(
                        reloadAndLook(only(wanted, laid.lines.keySet()), before, cutOpenConnections, remark, deadline));
            }
        } catch (NotToldException e) {
            laid.created.forEach(this::takeBack);
            wanted.keySet().forEach(domain -> outcomes.put(domain, e.outcome));
        }
        return outcomes;
    }

    /** A key that was not told leaves no copy: nobody would ever ask to have it forgotten. */
    private void takeBack(KeyLine line) {
        try {
            keyFiles.delete(line.domain(), line.selector());
        } catch (IOException e) {
            LOG.warn("the key file {}, which nothing uses, cannot be removed", line.file(), e);
        }
    }

    private static Map<SigningDomain, Wanted> only(Map<SigningDomain, Wanted> wanted, Set<SigningDomain> domains) {
        return wanted.entrySet().stream()
                .filter(entry -> domains.contains(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new));
    }

    private void heeded() throws NotToldException {
        List<String> problems = problems();
        if (!problems.isEmpty()) {
            throw new NotToldException(Pace.SLOW, String.join("; ", problems));
        }
    }

    private OpenDkimTables tables() throws NotToldException {
        try {
            return OpenDkimTables.parse(read(settings.keyTable()), read(settings.signingTable()));
        } catch (TableException e) {
            throw new NotToldException(Pace.SLOW, "in " + settings.directory() + ", " + e.getMessage());
        }
    }

    private static String read(Path table) throws NotToldException {
        try {
            return new String(Files.readAllBytes(table), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new NotToldException(Pace.SLOW, table + " cannot be read: " + e);
        }
    }

    /** Puts the key file of each domain in its place; a domain whose key cannot be had is answered at once and left out. */
    private void layKeys(
            Map<SigningDomain, Wanted> wanted, Laid laid, Map<SigningDomain, Outcome> outcomes, Deadline deadline) {
        Deadline laying = deadline.atMost(limits.call().dividedBy(3));
        boolean storeGone = false;
        for (Map.Entry<SigningDomain, Wanted> entry : wanted.entrySet()) {
            SigningDomain domain = entry.getKey();
            try {
                Optional<SigningKey> key = onlyKey(domain, entry.getValue().keys());
                if (key.isPresent() && (storeGone || laying.isOver())) {
                    throw new NotToldException(
                            Pace.QUICK, "the keystore did not answer in time for all keys of this signer");
                }
                Optional<KeyLine> line = key.map(SigningKey::selector)
                        .map(selector -> new KeyLine(domain, selector, keyFiles.file(domain, selector)));
                if (key.isPresent() && layKey(domain, key.get())) {
                    line.ifPresent(laid.created::add);
                }
                laid.lines.put(domain, line);
            } catch (NotToldException e) {
                outcomes.put(domain, e.outcome);
                storeGone |= e.getCause() instanceof PrivateKeyStoreUnavailableException;
            }
        }
    }

    private static Optional<SigningKey> onlyKey(SigningDomain domain, Set<SigningKey> keys) throws NotToldException {
        if (keys.size() > 1) {
            throw new NotToldException(
                    Pace.SLOW,
                    "OpenDKIM signs with one key a domain, and " + domain + " shall sign with "
                            + keys.stream()
                                    .map(key -> key.selector().name())
                                    .sorted()
                                    .collect(Collectors.joining(" and "))
                            + ": give it a policy with one algorithm, or another signer");
        }
        return keys.stream().findFirst();
    }

    /** Whether its file was not there before. */
    private boolean layKey(SigningDomain domain, SigningKey key) throws NotToldException {
        try {
            return keyFiles.write(domain, key.selector(), store.read(key.fingerprint()));
        } catch (PrivateKeyStoreException e) {
            NotToldException notTold = new NotToldException(
                    e instanceof PrivateKeyStoreUnavailableException ? Pace.QUICK : Pace.SLOW,
                    "the private half of " + key.selector() + " of " + domain + " cannot be had: " + e.getMessage()
                            + (isLost(e) ? wayOut(domain, key) : ""));
            notTold.initCause(e);
            throw notTold;
        } catch (IOException e) {
            throw new NotToldException(
                    Pace.SLOW,
                    "the key file of " + key.selector() + " of " + domain + " cannot be written: " + e.getMessage());
        }
    }

    private static boolean isLost(PrivateKeyStoreException e) {
        return e instanceof PrivateKeyAbsentException || e instanceof PrivateKeyDamagedException;
    }

    private static String wayOut(SigningDomain domain, SigningKey key) {
        return ". Restore it from a backup; if it is lost, run: selectorctl rotate now " + domain
                + ", and for a key that never signed: selectorctl rotate now " + domain + " --compromised --selector "
                + key.selector();
    }

    /** Whether it is certain to be on disk. */
    private boolean write(OpenDkimTables after) throws NotToldException {
        List<String> problems = after.problems();
        if (!problems.isEmpty()) {
            throw new NotToldException(Pace.SLOW, "in " + settings.directory() + ", " + String.join("; ", problems));
        }
        try {
            replace(settings.keyTable(), after.keyTable());
            replace(settings.signingTable(), after.signingTable());
            return true;
        } catch (IOException e) {
            if (mayStand(after.signingTable())) {
                return false; // it came as far as the last rename
            }
            throw new NotToldException(Pace.SLOW, "the tables in " + settings.directory() + " cannot be written: " + e);
        }
    }

    private boolean mayStand(String signingTable) {
        try {
            return Arrays.equals(Files.readAllBytes(settings.signingTable()), octets(signingTable));
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            return true; // a disk that gives no answer is no proof
        }
    }

    private static void replace(Path table, String after) throws IOException, NotToldException {
        if (!Files.exists(table) || !read(table).equals(after)) {
            DurableFile.replace(table, octets(after));
        }
    }

    private Map<SigningDomain, Outcome> reloadAndLook(
            Map<SigningDomain, Wanted> wanted, OpenDkimTables before, boolean cut, String remark, Deadline deadline) {
        Optional<Trigger> restart = settings.restart().filter(trigger -> cut);
        Optional<String> failed = TriggerRunner.pull(restart.orElse(settings.reload()), deadline);
        Duration patience = restart.isPresent() ? limits.restart() : limits.reload();
        Map<SigningDomain, Sighting> seen = proof.lookAfterTelling(
                zones(wanted),
                (domain, selectors) -> isAsTold(of(wanted, domain), before.told(domain), selectors),
                patience,
                deadline);
        String remarks = remark + failed.map(why -> "; " + why).orElse("");
        // a restart has cut every connection that could go on signing with what it began with
        Duration drain = restart.isPresent() && failed.isEmpty() ? Duration.ZERO : settings.settle();
        Map<SigningDomain, Outcome> outcomes = new LinkedHashMap<>();
        seen.forEach((domain, sighting) -> outcomes.put(
                domain,
                finding(sighting, remarks, !of(wanted, domain).keys().isEmpty(), drain)
                        .<Outcome>map(Outcome.Done::new)
                        .orElseGet(() -> new Outcome.Unknown(unseen(sighting) + remarks))));
        return outcomes;
    }

    private static Wanted of(Map<SigningDomain, Wanted> wanted, SigningDomain domain) {
        return Optional.ofNullable(wanted.get(domain)).orElseThrow();
    }

    private static Map<SigningDomain, Zone> zones(Map<SigningDomain, Wanted> wanted) {
        return wanted.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().zone(), (a, b) -> a, TreeMap::new));
    }

    /** All that is wanted, and none of what our own lines said before; what somebody else's lines add is theirs. */
    private static boolean isAsTold(Wanted wanted, Set<Selector> toldBefore, Set<Selector> seen) {
        Set<Selector> now = wanted.keys().stream().map(SigningKey::selector).collect(Collectors.toSet());
        return seen.containsAll(now)
                && seen.stream().allMatch(selector -> now.contains(selector) || !toldBefore.contains(selector));
    }

    // ---- looking

    @Override
    public Map<SigningDomain, Outcome> inUse(Map<SigningDomain, Zone> domains) {
        Map<SigningDomain, Outcome> outcomes = new LinkedHashMap<>();
        proof.look(domains, Deadline.in(limits.call()))
                .forEach((domain, sighting) -> outcomes.put(
                        domain,
                        finding(sighting, "", false, settings.settle())
                                .<Outcome>map(Outcome.Done::new)
                                .orElseGet(() -> new Outcome.NotYet(Pace.QUICK, new Reason(unseen(sighting))))));
        return outcomes;
    }

    /** Empty: nothing was seen. */
    private Optional<Finding> finding(Sighting sighting, String remark, boolean signatureWanted, Duration drain) {
        if (sighting instanceof Sighting.Signed signed) {
            Proof.Kind kind = switch (signed.verification().kind()) {
                case VERIFIED -> Proof.Kind.VERIFIED;
                case BAD -> Proof.Kind.BAD;
                case UNPROVEN -> Proof.Kind.UNPROVEN;
            };
            return Optional.of(
                    inUse(signed.selectors(), kind, signed.verification().evidence() + remark, drain));
        } else if (sighting instanceof Sighting.Unsigned unsigned) {
            Proof.Kind kind = signatureWanted ? Proof.Kind.UNPROVEN : Proof.Kind.VERIFIED;
            return Optional.of(inUse(Set.of(), kind, unsigned.evidence() + remark, drain));
        } else if (sighting instanceof Sighting.Refused refused) {
            return Optional.of(inUse(Set.of(), Proof.Kind.BAD, refused.evidence() + remark, drain));
        }
        return Optional.empty();
    }

    private Finding inUse(Set<Selector> selectors, Proof.Kind kind, String evidence, Duration drain) {
        return new Finding.InUse(settings.id(), selectors, new Proof(kind, evidence), drain);
    }

    private static String unseen(Sighting sighting) {
        return sighting instanceof Sighting.Unseen unseen ? unseen.why() : sighting.toString();
    }

    // ---- forgetting

    @Override
    public Outcome forget(SigningKey key) {
        SigningDomain domain = key.id().domain();
        String name = KeyLine.name(domain, key.selector());
        Path file = keyFiles.file(domain, key.selector());
        try {
            OpenDkimTables tables = tables();
            if (tables.isReferenced(name) || tables.isUsedByOthers(file)) {
                return new Outcome.NotYet(
                        Pace.SLOW,
                        new Reason(settings.directory() + " still makes OpenDKIM sign with " + key.selector() + " of "
                                + domain));
            }
            OpenDkimTables pruned = tables.pruned();
            if (!pruned.keys().ours().equals(tables.keys().ours())) {
                DurableFile.replace(settings.keyTable(), octets(pruned.keyTable()));
            }
            keyFiles.delete(domain, key.selector());
            return new Outcome.Done(new Finding.Forgotten(settings.id(), key.id()));
        } catch (NotToldException e) {
            return e.outcome;
        } catch (IOException e) {
            return new Outcome.NotYet(Pace.SLOW, new Reason(file + " cannot be removed: " + e));
        }
    }
}
