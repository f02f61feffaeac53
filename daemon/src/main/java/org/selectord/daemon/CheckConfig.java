package org.selectord.daemon;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.config.Configuration;
import org.selectord.config.Configuration.Keystore;
import org.selectord.config.ConfigurationReader;
import org.selectord.config.Durations;
import org.selectord.config.Loaded;
import org.selectord.config.Place;
import org.selectord.config.Problem;
import org.selectord.config.Problem.Severity;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;
import org.selectord.keystore.vault.VaultPrivateKeyStore;
import org.selectord.keystore.vault.VaultSettings;
import org.selectord.rotation.Feasibility;
import org.selectord.rotation.RotationPolicy;
import org.selectord.signer.opendkim.OpenDkimConf;
import org.selectord.signer.opendkim.OpenDkimSettings;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code selectord check-config FILE}: every problem at once, or what was understood. Reads files, asks the primaries what our TSIG keys may
 * write and customers' servers for their aliases, and logs in to Vault; changes neither files nor zones nor keys.
 */
public final class CheckConfig {
    private static final int OK = 0;
    private static final int ERRORS = 1;
    private static final int DOMAINS_SHOWN = 5;
    private static final JsonMapper JSON = JsonMapper.shared();

    private final ConfigurationReader reader;
    private final Optional<RightsCheck> rights;
    private final Optional<AliasesCheck> aliases;
    private final PrintStream out;

    /** @param rights empty, as {@code aliases}: no server is asked */
    CheckConfig(
            ConfigurationReader reader, Optional<RightsCheck> rights, Optional<AliasesCheck> aliases, PrintStream out) {
        this.reader = reader;
        this.rights = rights;
        this.aliases = aliases;
        this.out = out;
    }

    /** The exit code: 0, also with warnings; 1 when something has to be put right first. */
    public int run(Path file, boolean json) {
        Loaded loaded = reader.read(file);
        List<Problem> problems = new ArrayList<>(loaded.problems());
        loaded.configuration().ifPresent(configuration -> {
            problems.addAll(signerProblems(configuration));
            problems.addAll(rightsProblems(configuration, loaded.places(), file));
            problems.addAll(vaultProblems(configuration, loaded.places(), file));
            problems.addAll(aliasProblems(configuration, loaded.places(), file));
        });
        Optional<Configuration> sound = loaded.configuration().filter(all -> count(problems, Severity.ERROR) == 0);
        if (json) {
            printJson(problems, sound);
        } else {
            printText(file, problems, sound);
        }
        out.flush();
        return sound.isPresent() ? OK : ERRORS;
    }

    /** What the signers' own files say against it. */
    private static List<Problem> signerProblems(Configuration configuration) {
        return configuration.signers().values().stream()
                .flatMap(signer -> OpenDkimConf.read(signer.conf()).problems(signer).stream()
                        .map(text -> new Problem(
                                Severity.ERROR,
                                new Place(signer.conf(), 1, 1),
                                "signers." + signer.id() + ": " + text)))
                .toList();
    }

    /** What the primaries say against it; at the domain, when it is about one. */
    private List<Problem> rightsProblems(Configuration configuration, Map<String, Place> places, Path file) {
        return rights.map(check -> check.look(configuration)).orElse(List.of()).stream()
                .map(finding -> new Problem(
                        finding.severity(), place(finding, places, file), finding.dnsKey() + ": " + lines(finding)))
                .toList();
    }

    /** What Vault says against it: by logging in, and listing what is there. */
    private List<Problem> vaultProblems(Configuration configuration, Map<String, Place> places, Path file) {
        if (rights.isEmpty() || !(configuration.keystore() instanceof Keystore.Vault vault)) {
            return List.of();
        }
        try (VaultPrivateKeyStore keystore = VaultPrivateKeyStore.open(vault.settings())) {
            keystore.list();
            return List.of();
        } catch (PrivateKeyStoreException e) {
            Severity severity = e instanceof PrivateKeyStoreUnavailableException ? Severity.WARNING : Severity.ERROR;
            Place place = places.getOrDefault("keystore", new Place(file, 1, 1));
            return List.of(new Problem(severity, place, "keystore: " + e.getMessage()));
        }
    }

    /** What customers' zones lack yet: only they can add it. */
    private List<Problem> aliasProblems(Configuration configuration, Map<String, Place> places, Path file) {
        return aliases.map(check -> check.look(configuration)).orElse(List.of()).stream()
                .map(finding -> {
                    String key = "domains." + finding.domain().name();
                    Place place = places.getOrDefault(key, new Place(file, 1, 1));
                    return new Problem(Severity.WARNING, place, key + ".delegated: " + finding.text());
                })
                .toList();
    }

    private static Place place(RightsCheck.Finding finding, Map<String, Place> places, Path file) {
        Stream<String> domain = finding.domains().stream()
                .filter(one -> finding.domains().size() == 1)
                .map(one -> "domains." + one.name());
        return Stream.concat(domain, Stream.of(finding.dnsKey()))
                .flatMap(key -> Optional.ofNullable(places.get(key)).stream())
                .findFirst()
                .orElseGet(() -> new Place(file, 1, 1));
    }

    private static String lines(RightsCheck.Finding finding) {
        return Stream.concat(Stream.of(finding.text()), finding.policy().stream())
                .collect(Collectors.joining("\n    "));
    }

    private void printText(Path file, List<Problem> problems, Optional<Configuration> sound) {
        problems.forEach(out::println);
        out.println(file
                + (sound.isPresent() ? ": ok" : ": not ok")
                + counted(problems, Severity.ERROR)
                + counted(problems, Severity.WARNING));
        sound.ifPresent(
                configuration -> summary(configuration).forEach((what, is) -> out.printf("  %-9s %s%n", what, is)));
    }

    private static String counted(List<Problem> problems, Severity severity) {
        long count = count(problems, severity);
        return count == 0 ? "" : ", " + count + " " + severity.word() + (count == 1 ? "" : "s");
    }

    private static long count(List<Problem> problems, Severity severity) {
        return problems.stream()
                .filter(problem -> problem.severity() == severity)
                .count();
    }

    private void printJson(List<Problem> problems, Optional<Configuration> sound) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("ok", sound.isPresent());
        answer.put("problems", problems.stream().map(CheckConfig::fields).toList());
        sound.ifPresent(configuration -> answer.put("summary", summary(configuration)));
        out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
    }

    private static Map<String, Object> fields(Problem problem) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("severity", problem.severity().word());
        fields.put("file", problem.place().file().toString());
        fields.put("line", problem.place().line());
        fields.put("column", problem.place().column());
        fields.put("text", problem.text());
        return fields;
    }

    private static Map<String, String> summary(Configuration configuration) {
        Map<String, String> summary = new LinkedHashMap<>();
        summary.put("admin", admin(configuration));
        summary.put("time", "witnesses: " + words(configuration.witnesses()));
        summary.put("registry", "SQLite, " + configuration.registry().file());
        summary.put("keystore", keystore(configuration.keystore()));
        summary.put("dns", lines(configuration.dns().values().stream().map(CheckConfig::dns)));
        summary.put("signers", lines(configuration.signers().values().stream().map(CheckConfig::signer)));
        summary.put(
                "policies",
                lines(configuration.policies().entrySet().stream()
                        .map(policy -> policy(policy.getKey(), policy.getValue()))));
        summary.put("domains", domains(configuration));
        return summary;
    }

    private static String admin(Configuration configuration) {
        return configuration.admin().listen().getAddress().getHostAddress() + " port "
                + configuration.admin().listen().getPort() + ", open without a token: "
                + words(configuration.admin().open());
    }

    private static String keystore(Keystore keystore) {
        if (keystore instanceof Keystore.Vault vault) {
            VaultSettings settings = vault.settings();
            return "Vault at " + settings.address() + ", " + settings.mount() + "/" + settings.path();
        }
        return "files in " + ((Keystore.Files) keystore).directory();
    }

    private static String words(Iterable<? extends Enum<?>> words) {
        List<String> written = new ArrayList<>();
        words.forEach(word -> written.add(word.name().toLowerCase(Locale.ROOT)));
        return written.isEmpty()
                ? "none"
                : String.join(", ", written.stream().sorted().toList());
    }

    private static String lines(Stream<String> each) {
        return each.collect(Collectors.joining("; "));
    }

    private static String dns(DnsSettings dns) {
        return dns.name() + " (updates to "
                + lines(dns.primaries().stream().map(String::valueOf).map(address -> address.replaceFirst("^/", "")))
                + " with TSIG key " + tsig(dns.tsig()) + ", proven on "
                + dns.authoritative()
                        .map(servers -> servers.size() + " listed servers")
                        .orElse("every server of the zone")
                + ")";
    }

    private static String tsig(TsigKey key) {
        return key.name() + key.older().map(older -> ", else " + tsig(older)).orElse("");
    }

    private static String signer(OpenDkimSettings signer) {
        return signer.id() + " (opendkim, " + signer.conf() + ", tables and keys in " + signer.directory()
                + ", probed at " + signer.probe() + ")";
    }

    /** F12 with its numbers. */
    private static String policy(String name, RotationPolicy policy) {
        Feasibility feasibility = new Feasibility(policy);
        RotationPolicy.PublishMargin margin = policy.publishMargin();
        return name + " (a key signs for " + Durations.print(feasibility.shortestSigning()) + " to "
                + Durations.print(policy.signingPeriod()) + "; the next one may sign "
                + Durations.print(policy.proofOver()) + " + N + max(" + Durations.print(margin.atLeast()) + ", "
                + margin.percent()
                + "% of N) after it is published, in time where N, the zone's negative TTL, is at most "
                + Durations.round(feasibility.longestNegativeTtl()) + "; a retired one stays published for "
                + Durations.print(feasibility.retention()) + ", so at most " + feasibility.publishedAtOnce()
                + " are published at once)";
    }

    private static String domains(Configuration configuration) {
        String shown = configuration.domains().keySet().stream()
                .limit(DOMAINS_SHOWN)
                .map(String::valueOf)
                .collect(Collectors.joining(", "));
        int count = configuration.domains().size();
        return count + (count == 0 ? "" : ": " + shown) + (count > DOMAINS_SHOWN ? ", ..." : "");
    }
}
