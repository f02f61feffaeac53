package org.selectord.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.selectord.admin.AdminSettings;
import org.selectord.config.Configuration.Keystore;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.file.Passphrase;
import org.selectord.registry.RegistrySettings;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.TrustedClock.Witness;
import org.selectord.signer.opendkim.OpenDkimSettings;

/**
 * Reads the main file and, in the order of their names, {@code domains.d/*.yaml} beside it. Reads the files of secrets too; changes
 * nothing, asks no server.
 */
public final class ConfigurationReader {
    private static final String DOMAINS_DIRECTORY = "domains.d";
    private static final String SQLITE = "jdbc:sqlite:";
    private static final Duration SHORTEST_AUDIT = Duration.ofSeconds(1);
    private static final int MOST_FLIPS = 1_000_000;
    private static final int MOST_SPARES = 100_000;
    private static final List<String> MAIN_ONLY =
            List.of("admin", "time", "audit", "registry", "keystore", "dns", "signers", "policies", "fleet");

    private final Map<String, String> environment;
    private final Clock clock;

    /** {@code environment} is where {@code ${env:NAME}} is looked up; the clock says whether a window ever opens again. */
    public ConfigurationReader(Map<String, String> environment, Clock clock) {
        this.environment = Map.copyOf(environment);
        this.clock = clock;
    }

    public Loaded read(Path file) {
        return read(file, key -> {});
    }

    /**
     * The secret in a file that is its owner's alone, by the rules of {@code ${file:PATH}}.
     *
     * @throws IllegalArgumentException with a sentence for people, which does not quote it
     */
    public static Passphrase passphrase(Path file) {
        return new Passphrase(SecretReferences.fromFile(file).toCharArray());
    }

    /** Tells {@code keys} each key that is looked for, written or not. */
    Loaded read(Path file, Consumer<String> keys) {
        Problems problems = new Problems();
        Map<String, Place> places = new HashMap<>();
        Reading reading = new Reading(problems, places, new SecretReferences(environment), clock.instant(), keys);
        Optional<Configuration> configuration = YamlFile.read(file, problems)
                .flatMap(root -> configuration(Section.of(root, reading), domainFiles(file, reading)));
        return new Loaded(configuration.filter(whole -> !problems.anyError()), problems.sorted(), places);
    }

    private static Optional<Configuration> configuration(Section root, List<Section> domainFiles) {
        AdminSettings admin = admin(root.section("admin"));
        Set<Witness> witnesses = witnesses(root.section("time"));
        RegistrySettings registry = registry(root.section("registry"));
        Section keystoreSection = root.section("keystore");
        int mostSpares = keystoreSection.get("spares", Shape.number(0, MOST_SPARES), Configuration.DEFAULT_MOST_SPARES);
        Optional<Keystore> keystore = keystore(keystoreSection);
        Named<DnsSettings> dns = Named.read("dns", root.section("dns"), DnsReader::read);
        Named<OpenDkimSettings> signers = Named.read("signers", root.section("signers"), SignerReader::read);
        Named<RotationPolicy> policies = policies(root.section("policies"));
        refuseSharedDirectories(root, signers);

        DomainsReader domains =
                new DomainsReader(policies, dns, signers, auditInterval(root.section("audit"), policies.readable()));
        domains.read(root.section("domains"));
        Section fleet = root.section("fleet");
        root.refuseUnknownKeys();
        domainFiles.forEach(file -> readDomainFile(file, domains));
        FleetSettings brakes = fleet(fleet, domains.domains().keySet());
        return keystore.map(keys -> new Configuration(
                admin,
                witnesses,
                registry,
                keys,
                mostSpares,
                dns.readable(),
                byId(signers),
                policies.readable(),
                domains.domains(),
                brakes));
    }

    private static Map<SignerId, OpenDkimSettings> byId(Named<OpenDkimSettings> signers) {
        Map<SignerId, OpenDkimSettings> byId = new LinkedHashMap<>();
        signers.readable().values().forEach(signer -> byId.put(signer.id(), signer));
        return byId;
    }

    private static AdminSettings admin(Section section) {
        InetSocketAddress listen =
                section.get("listen", Shape.text(ConfigurationReader::loopback), AdminSettings.DEFAULT.listen());
        Path tokens = section.get("tokens", Shape.path(), AdminSettings.DEFAULT.tokens());
        Shape<AdminSettings.Open> open =
                Shape.word(Map.of("health", AdminSettings.Open.HEALTH, "metrics", AdminSettings.Open.METRICS));
        Set<AdminSettings.Open> opened =
                section.get("open", Shape.list(open)).map(Set::copyOf).orElse(AdminSettings.DEFAULT.open());
        section.later("tls");
        section.refuseUnknownKeys();
        return new AdminSettings(listen, tokens, opened);
    }

    private static InetSocketAddress loopback(String written) {
        if (written.startsWith("unix:")) {
            throw new IllegalArgumentException("a unix socket is not in this version");
        }
        InetSocketAddress listen = Addresses.withPort(written);
        if (!listen.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("\"" + written
                    + "\" is not on loopback: tokens would cross the network in clear, and TLS is not in this version");
        }
        return listen;
    }

    private static Set<Witness> witnesses(Section section) {
        Set<Witness> witnesses =
                section.get("witness", ConfigurationReader::witnesses, Configuration.DEFAULT_WITNESSES);
        if (witnesses.isEmpty()) {
            section.warning(
                    section.placeOf("witness"),
                    section.pathOf("witness")
                            + ": none: the clock of this host is believed, and where it jumps ahead records may go early");
        }
        section.refuseUnknownKeys();
        return witnesses;
    }

    private static Optional<Set<Witness>> witnesses(Node node, String key, Problems problems) {
        if (node instanceof Node.Scalar scalar && scalar.text().equals("none")) {
            return Optional.of(EnumSet.noneOf(Witness.class));
        }
        if (node instanceof Node.Sequence) {
            return Shape.someOf(Shape.word(Map.of("tsig", Witness.TSIG, "ntp", Witness.NTP)))
                    .read(node, key, problems)
                    .map(EnumSet::copyOf);
        }
        problems.error(node.place(), key + ": expected none or a list of tsig and ntp, found " + node.kind());
        return Optional.empty();
    }

    private static Duration auditInterval(Section section, Map<String, RotationPolicy> policies) {
        Duration every = section.get("every", Durations.atLeast(SHORTEST_AUDIT), DomainSettings.DEFAULT_AUDIT_INTERVAL);
        policies.forEach((name, policy) -> {
            if (section.has("every") && every.compareTo(policy.graceMargin()) > 0) {
                section.warning(
                        section.placeOf("every"),
                        section.pathOf("every") + ": " + Durations.print(every) + " is longer than policies." + name
                                + ".grace_margin = " + Durations.print(policy.graceMargin())
                                + ": a signer that goes back to an old key and leaves it again between two looks is not noticed,"
                                + " and the record may go before that mail was verified");
            }
        });
        section.refuseUnknownKeys();
        return every;
    }

    private static FleetSettings fleet(Section section, Set<SigningDomain> domains) {
        FleetSettings usual = FleetSettings.DEFAULT;
        int flipsPerMinute = section.get("flips_per_minute", Shape.number(1, MOST_FLIPS), usual.flipsPerMinute());
        int inFlight = section.get("in_flight", Shape.number(1, MOST_FLIPS), usual.inFlight());
        Set<SigningDomain> canaries = section.get("canaries", Shape.list(Shape.text(SigningDomain::of)))
                .map(Set::copyOf)
                .orElse(usual.canaries());
        canaries.stream()
                .filter(canary -> !domains.contains(canary))
                .sorted()
                .forEach(canary -> section.error(
                        section.placeOf("canaries"),
                        section.pathOf("canaries") + ": " + canary + " is no domain of this configuration"));
        section.refuseUnknownKeys();
        return new FleetSettings(flipsPerMinute, inFlight, canaries);
    }

    private static RegistrySettings registry(Section section) {
        RegistrySettings registry =
                section.get("url", ConfigurationReader::database, RegistrySettings.of(RegistrySettings.DEFAULT_URL));
        section.refuseUnknownKeys();
        return registry;
    }

    /** Does not quote the URL: those of other databases hold passwords. */
    private static Optional<RegistrySettings> database(Node node, String key, Problems problems) {
        return Shape.text(ConfigurationReader::databaseFile)
                .read(node, key, problems)
                .map(path -> new RegistrySettings(Shape.beside(node.place(), path)));
    }

    private static String databaseFile(String url) {
        if (url.startsWith("jdbc:postgresql:")) {
            throw new IllegalArgumentException("postgresql is not in this version");
        }
        String path = url.startsWith(SQLITE) ? url.substring(SQLITE.length()) : "";
        if (path.isEmpty() || path.startsWith(":") || path.startsWith("file:") || path.contains("?")) {
            throw new IllegalArgumentException("expected " + SQLITE + " and the path of a file, and nothing behind it");
        }
        return path;
    }

    private static Optional<Keystore> keystore(Section section) {
        section.reading().places().put("keystore", section.place());
        Optional<String> type = section.get("type", Shape.text(ConfigurationReader::keystoreType));
        if (section.has("type") && type.isEmpty()) {
            return Optional.empty();
        }
        if (type.filter("vault"::equals).isPresent()) {
            return VaultReader.read(section).map(Keystore.Vault::new);
        }
        Path directory = section.get("directory", Shape.path(), Keystore.Files.DEFAULT_DIRECTORY);
        Optional<Passphrase> passphrase = section.require(
                "passphrase", section.reading().secrets().secret(secret -> new Passphrase(secret.toCharArray())));
        section.refuseUnknownKeys();
        return passphrase.map(secret -> new Keystore.Files(directory, secret));
    }

    private static String keystoreType(String written) {
        return switch (written) {
            case "file", "vault" -> written;
            default -> throw new IllegalArgumentException("\"" + written + "\" is no kind of keystore: file, vault");
        };
    }

    /** Where none is written there is {@code default}, which is as it is in code. */
    private static Named<RotationPolicy> policies(Section section) {
        return Named.read("policies", section, (name, policy) -> Optional.of(PolicyReader.read(policy)))
                .orIfNone("default", RotationPolicy.DEFAULT);
    }

    private static void refuseSharedDirectories(Section root, Named<OpenDkimSettings> signers) {
        Map<Path, SignerId> owners = new HashMap<>();
        for (OpenDkimSettings signer : signers.readable().values()) {
            SignerId owner = owners.putIfAbsent(signer.directory(), signer.id());
            if (owner != null) {
                root.error(
                        root.placeOf("signers"),
                        "signers." + signer.id() + ".directory is that of signers." + owner
                                + " too; each would overwrite what the other needs");
            }
        }
    }

    private static List<Section> domainFiles(Path file, Reading reading) {
        Path directory = file.resolveSibling(DOMAINS_DIRECTORY);
        List<Section> sections = new ArrayList<>();
        for (Path domainFile : yamlFilesIn(directory, reading.problems())) {
            YamlFile.read(domainFile, reading.problems()).ifPresent(root -> sections.add(Section.of(root, reading)));
        }
        return sections;
    }

    private static List<Path> yamlFilesIn(Path directory, Problems problems) {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> isYaml(file, problems)).sorted().toList();
        } catch (IOException | UncheckedIOException e) {
            problems.error(new Place(directory, 1, 1), "the directory cannot be read: " + e);
            return List.of();
        }
    }

    private static boolean isYaml(Path file, Problems problems) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".yml")) {
            problems.warning(new Place(file, 1, 1), "this file is not read: its name does not end in .yaml");
        }
        return name.endsWith(".yaml") && !name.startsWith(".");
    }

    private static void readDomainFile(Section file, DomainsReader domains) {
        domains.read(file.section("domains"));
        MAIN_ONLY.forEach(key -> file.refuse(key, "belongs into the main file; here stand domains only"));
        file.refuseUnknownKeys();
    }
}
