package org.selectord.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.admin.AdminSettings;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryTls;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.proof.MilterAddress;
import org.selectord.registry.RegistrySettings;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.Freezes;
import org.selectord.rotation.Freezes.Freeze;
import org.selectord.rotation.OnCompromise;
import org.selectord.rotation.Ring;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.SelectorTemplate;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.TrustedClock.Witness;
import org.selectord.schedule.CronWindow;
import org.selectord.signer.opendkim.OpenDkimSettings;
import org.selectord.signer.opendkim.Trigger;

class ConfigurationReaderTest {
    @TempDir
    Path directory;

    @Test
    void everyKeyArrivesWhereItBelongs() throws IOException {
        ConfigFiles files = new ConfigFiles(directory).only("""
                admin: {listen: "[::1]:0", tokens: tokens, open: []}
                time: {witness: [ntp]}
                audit: {every: 1h}
                fleet: {flips_per_minute: 7, in_flight: 8, canaries: [b.Example.org]}
                registry: {url: "jdbc:sqlite:data/registry.db"}
                keystore: {type: file, directory: /keys, passphrase: "${file:pass}", spares: 9}
                dns:
                  inside:
                    primaries: ["192.0.2.1:5353", "[2001:db8::1]"]
                    tsig: {name: Selectord, algorithm: hmac-sha512, secret: "${file:tsig.secret}"}
                    record_ttl: 300s
                    authoritative: ["192.0.2.2:53"]
                    also: [192.0.2.3]
                    fudge: 10s
                    late_margin: 250ms
                    lookup: system
                  outside: {primaries: [192.0.2.4], tsig: tsig.key}
                signers:
                  one:
                    type: opendkim
                    conf: opendkim.conf
                    directory: dkim
                    reload: {signal: USR1, pid_file: /run/opendkim.pid}
                    restart: [systemctl, restart, opendkim]
                    settle: 2s
                    probe: "local:/run/opendkim.sock"
                  two: {type: opendkim, reload: [/bin/true], restart: [], probe: "inet:8891@127.0.0.1"}
                policies:
                  short:
                    algorithms: [rsa-3072]
                    signing_period: 1h
                    standby: false
                    prepublish_period: 10m
                    selector: "x{random:9}"
                    proof: {times: 1, over: 0s}
                    publish_margin: 1s
                    grace_period: 20s
                    grace_margin: 1s
                    rollback_period: 10s
                    queue_lifetime: 0s
                    grace_unsafe: true
                    window: "* * 8-16 ? * MON-THU"
                    timezone: Europe/Berlin
                    freeze: [2026-12-15/2027-01-05, 2027-02-01T18:00/2027-02-03T05:30:00Z]
                    jitter: 0s
                    revoke_within: 30s
                    on_compromise: unsigned
                  margin: {publish_margin: "max( 2m ,20%)", signing_period: 10d}
                domains:
                  B.example.org.: {policy: short, dns: outside, signers: [two, one]}
                """);

        Loaded loaded = files.load();

        assertThat(loaded.problems()).extracting(Problem::severity).containsOnly(Problem.Severity.WARNING);
        Configuration read = loaded.configuration().orElseThrow();
        assertThat(read.admin())
                .isEqualTo(new AdminSettings(ConfigFiles.address("::1", 0), directory.resolve("tokens"), Set.of()));
        assertThat(read.witnesses()).containsExactly(Witness.NTP);
        assertThat(read.fleet()).isEqualTo(new FleetSettings(7, 8, Set.of(new SigningDomain("b.example.org"))));
        assertThat(read.registry()).isEqualTo(new RegistrySettings(directory.resolve("data/registry.db")));
        assertThat(read.mostSpares()).isEqualTo(9);
        assertThat(ConfigFiles.files(read).directory()).isEqualTo(Path.of("/keys"));
        DnsSettings inside = ConfigFiles.in(read.dns(), "inside");
        assertThat(inside.primaries())
                .containsExactly(ConfigFiles.address("192.0.2.1", 5353), ConfigFiles.address("2001:db8::1", 53));
        assertThat(inside.tsig().name()).isEqualTo(new OwnerName("selectord."));
        assertThat(inside.tsig().algorithm()).isEqualTo("hmac-sha512");
        assertThat(inside.tsig().secret().reveal())
                .isEqualTo(Base64.getDecoder().decode(ConfigFiles.SECRET));
        assertThat(inside.recordTtl()).isEqualTo(Duration.ofMinutes(5));
        assertThat(inside.authoritative()).contains(List.of(ConfigFiles.address("192.0.2.2", 53)));
        assertThat(inside.also()).containsExactly(ConfigFiles.address("192.0.2.3", 53));
        assertThat(inside.fudge()).isEqualTo(Duration.ofSeconds(10));
        assertThat(inside.lateMargin()).isEqualTo(Duration.ofMillis(250));
        assertThat(read.signers().values())
                .containsExactly(
                        new OpenDkimSettings(
                                new SignerId("one"),
                                directory.resolve("opendkim.conf"),
                                directory.resolve("dkim"),
                                new Trigger.Signal("USR1", Path.of("/run/opendkim.pid")),
                                Optional.of(new Trigger.Command(List.of("systemctl", "restart", "opendkim"))),
                                Duration.ofSeconds(2),
                                MilterAddress.parse("local:/run/opendkim.sock")),
                        new OpenDkimSettings(
                                new SignerId("two"),
                                Path.of("/etc/opendkim.conf"),
                                Path.of("/etc/opendkim/selectord"),
                                new Trigger.Command(List.of("/bin/true")),
                                Optional.empty(),
                                Duration.ofHours(1),
                                MilterAddress.parse("inet:8891@127.0.0.1")));
        RotationPolicy policy = new RotationPolicy(
                List.of(KeyAlgorithm.RSA_3072),
                Duration.ofHours(1),
                false,
                Duration.ofMinutes(10),
                SelectorTemplate.of("x{random:9}"),
                1,
                Duration.ZERO,
                new RotationPolicy.PublishMargin(Duration.ofSeconds(1), 0),
                Duration.ofSeconds(20),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ZERO,
                CronWindow.of("* * 8-16 ? * MON-THU", ZoneId.of("Europe/Berlin")),
                new Freezes(List.of(
                        new Freeze(Instant.parse("2026-12-14T23:00:00Z"), Instant.parse("2027-01-05T23:00:00Z")),
                        new Freeze(Instant.parse("2027-02-01T17:00:00Z"), Instant.parse("2027-02-03T05:30:00Z")))),
                Duration.ZERO,
                Duration.ofSeconds(30),
                OnCompromise.UNSIGNED);
        assertThat(read.policies()).containsEntry("short", policy);
        assertThat(ConfigFiles.in(read.policies(), "margin").publishMargin())
                .isEqualTo(new RotationPolicy.PublishMargin(Duration.ofMinutes(2), 20));
        assertThat(ConfigFiles.in(read.policies(), "margin").jitter())
                .as("a twentieth of the signing period, where none is written")
                .isEqualTo(Duration.ofHours(12));
        SigningDomain domain = new SigningDomain("b.example.org");
        assertThat(read.domains())
                .containsOnlyKeys(domain)
                .containsEntry(
                        domain,
                        new DomainSettings(
                                domain,
                                policy,
                                ConfigFiles.in(read.dns(), "outside"),
                                List.of(new SignerId("two"), new SignerId("one")),
                                Duration.ofHours(1)));
    }

    @Test
    void whatIsLeftOutIsAsItIsInCode() throws IOException {
        Configuration read = new ConfigFiles(directory).load().configuration().orElseThrow();

        assertThat(read.admin()).isEqualTo(AdminSettings.DEFAULT);
        assertThat(read.witnesses()).isEqualTo(Configuration.DEFAULT_WITNESSES);
        assertThat(read.registry()).isEqualTo(RegistrySettings.of(RegistrySettings.DEFAULT_URL));
        assertThat(ConfigFiles.files(read).directory()).isEqualTo(Configuration.Keystore.Files.DEFAULT_DIRECTORY);
        assertThat(ConfigFiles.in(read.dns(), "main").recordTtl()).isEqualTo(DnsSettings.DEFAULT_RECORD_TTL);
        SigningDomain domain = new SigningDomain("example.org");
        assertThat(ConfigFiles.in(read.domains(), domain))
                .isEqualTo(new DomainSettings(
                        domain,
                        RotationPolicy.DEFAULT,
                        ConfigFiles.in(read.dns(), "main"),
                        List.of(new SignerId("opendkim")),
                        Duration.ofMinutes(15)));
    }

    @Test
    void aCredentialIsAFileInTheDirectoryThatSystemdNames() throws IOException {
        ConfigFiles files = new ConfigFiles(directory).with("keystore: {passphrase: \"${credential:pass}\"}");
        files.load();
        ConfigurationReader reader =
                new ConfigurationReader(Map.of("CREDENTIALS_DIRECTORY", directory.toString()), Clock.systemUTC());

        assertThat(reader.read(files.main()).configuration()).isPresent();

        files.with("keystore: {passphrase: \"${credential:../pass}\"}").load();
        assertThat(reader.read(files.main()).problems())
                .anySatisfy(problem -> assertThat(problem.text()).contains("a credential has a name and no path"));
    }

    @Test
    void aDelegatedDomainHasARingOfSelectors() throws IOException {
        Configuration read = new ConfigFiles(directory)
                .with("domains: {example.org: {delegated: {zone: DKIM.example.net, selectors: [sd1, sd2, sd3, sd4],"
                        + " authoritative: [192.0.2.9]}}}")
                .load()
                .configuration()
                .orElseThrow();

        Ring ring = ConfigFiles.in(read.domains(), new SigningDomain("example.org"))
                .ring()
                .orElseThrow();
        assertThat(ring)
                .isEqualTo(new Ring(
                        OwnerName.of("dkim.example.net"),
                        Stream.of("sd1", "sd2", "sd3", "sd4").map(Selector::new).toList(),
                        Optional.of(List.of(new InetSocketAddress("192.0.2.9", 53)))));
    }

    @Test
    void aRingThatIsTooSmallForWhatIsPublishedAtOnceIsWarnedOf() throws IOException {
        assertThat(new ConfigFiles(directory)
                        .with("policies: {default: {signing_period: 5d, jitter: 0s}}")
                        .with(
                                "domains: {example.org: {delegated: {zone: dkim.example.net, selectors: [sd1, sd2, sd3]}}}")
                        .problems())
                .anySatisfy(
                        problem -> assertThat(problem)
                                .contains(
                                        "warning: domains.example.org.delegated.selectors: 4 keys of a chain are published"
                                                + " at once by the policy (signing_period, grace_period), and a chain has 3 selectors"));
    }

    @Test
    void aLineBreakAtTheEndOfAFileIsNoPartOfItsSecret() throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        files.secretFile("windows.pass", "correct horse\r\n", "r--------");
        // a passphrase with a line break in it is refused
        assertThat(files.with("keystore: {passphrase: \"${file:windows.pass}\"}")
                        .problems())
                .isEmpty();
    }

    @Test
    void ofSeveralTsigKeysTheFirstIsTheNewestWhereverTheyStand() throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        String oldest = "key oldest { algorithm hmac-sha224; secret \"" + ConfigFiles.SECRET + "\"; };\n";
        files.secretFile("both.key", oldest.replace("oldest", "older") + oldest, "rw-------");
        Configuration read = files.with("dns: {main: {primaries: [192.0.2.1],"
                        + " tsig: [{name: newest, secret: \"${file:tsig.secret}\"}, both.key]}}")
                .load()
                .configuration()
                .orElseThrow();

        TsigKey newest = ConfigFiles.in(read.dns(), "main").tsig();
        TsigKey older = newest.older().orElseThrow();
        assertThat(newest.name()).isEqualTo(OwnerName.of("newest"));
        assertThat(older.name()).isEqualTo(OwnerName.of("older"));
        assertThat(older.older().orElseThrow().name()).isEqualTo(OwnerName.of("oldest"));
        assertThat(older.older().orElseThrow().older()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: k, algorithm: hmac-sha1, secret: \"${file:tsig.secret}\"}    | warning: dns.main.tsig: TSIG key k uses hmac-sha1",
                "[tsig.key, sha1.key]                                                | warning: dns.main.tsig: TSIG key k uses hmac-sha1",
                "{name: k, algorithm: hmac-md5, secret: \"${file:tsig.secret}\"}     | error: dns.main.tsig.algorithm: hmac-md5 must not be used",
                "{name: k, algorithm: HMAC-MD5.SIG-ALG.REG.INT, secret: \"${file:tsig.secret}\"} | error: dns.main.tsig.algorithm: hmac-md5 must not",
                "[tsig.key, md5.key]                                                 | error: dns.main.tsig: TSIG key file",
                "[]                                                                  | error: dns.main.tsig: the list is empty",
            })
    void aWeakAlgorithmIsWarnedOfAndMd5RefusedWithWhatToDo(String tsig, String said) throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        String key = "key k { algorithm %s; secret \"" + ConfigFiles.SECRET + "\"; };\n";
        files.secretFile("sha1.key", key.formatted("hmac-sha1"), "rw-------");
        files.secretFile("md5.key", key.formatted("hmac-md5"), "rw-------");

        assertThat(files.with("dns: {main: {primaries: [192.0.2.1], tsig: " + tsig + "}}")
                        .problems())
                .singleElement()
                .asString()
                .startsWith("selectord.yaml:2:")
                .contains(said)
                .contains(tsig.equals("[]") ? "" : "tsig-keygen -a hmac-sha256");
    }

    @Test
    void overTlsThePortIs853UnlessAnotherIsWritten() throws IOException {
        Configuration read = new ConfigFiles(directory)
                .with("dns: {main: {primaries: [192.0.2.1, \"192.0.2.2:53\"], tsig: tsig.key, also: [192.0.2.3],"
                        + " tls: {ca: ca.pem, name: NS1.Example.net}}}")
                .load()
                .configuration()
                .orElseThrow();
        DnsSettings dns = ConfigFiles.in(read.dns(), "main");
        assertThat(dns.tls())
                .contains(new PrimaryTls(PrimaryTls.certificates(directory.resolve("ca.pem")), "ns1.example.net"));
        assertThat(dns.primaries())
                .containsExactly(ConfigFiles.address("192.0.2.1", 853), ConfigFiles.address("192.0.2.2", 53));
        assertThat(dns.also()).as("in the clear").containsExactly(ConfigFiles.address("192.0.2.3", 53));
    }

    @Test
    void aConfigurationThatIsPrintedShowsNoSecret() throws IOException {
        Configuration read = new ConfigFiles(directory).load().configuration().orElseThrow();

        assertThat(read.toString())
                .doesNotContain("correct horse", ConfigFiles.SECRET)
                .contains("<secret>");
    }

    @Test
    void domainsComeInTheOrderOfTheFiles() throws IOException {
        Files.createDirectory(directory.resolve("domains.d"));
        Files.writeString(directory.resolve("domains.d/20.yaml"), "domains: {b.example: {}, a.example: {}}");
        Files.writeString(directory.resolve("domains.d/10.yaml"), "domains:\n  c.example:\n  d.example: {}\n");
        Files.writeString(directory.resolve("domains.d/30.yaml"), "");

        Configuration read = new ConfigFiles(directory).load().configuration().orElseThrow();

        assertThat(read.domains().keySet())
                .extracting(SigningDomain::name)
                .containsExactly("example.org", "c.example", "d.example", "b.example", "a.example");
    }

    @Test
    void aHundredThousandDomainsFitIntoOneFile() throws IOException {
        StringBuilder domains = new StringBuilder("domains:\n");
        IntStream.range(0, 100_000)
                .forEach(n -> domains.append("  customer-").append(n).append(".example.org: {policy: default}\n"));

        Configuration read = new ConfigFiles(directory)
                .with(domains.toString())
                .load()
                .configuration()
                .orElseThrow();

        assertThat(read.domains()).hasSize(100_000);
    }
}
