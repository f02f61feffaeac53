package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.admin.Samples;
import org.selectord.config.Configuration;
import org.selectord.config.ConfigurationReader;
import org.selectord.rotation.ManagedDomain;

class NeedsRestartTest {
    private static final String OWN = "{}";
    private static final String DELEGATED = "{delegated: {zone: dkim.example.net, selectors: [sd1, sd2, sd3]}}";

    @TempDir
    private Path directory;

    @Test
    void aDomainThatHasKeysIsNotDelegatedOtherwiseByAReload() throws Exception {
        assertThat(moved(OWN, DELEGATED, Optional.of(Samples.signing(Samples.EXAMPLE))))
                .singleElement()
                .asString()
                .startsWith("domains.example.org: the record of s1 stands at s1._domainkey.example.org.")
                .contains("the configuration has it at s1.example.org.dkim.example.net.", "selectorctl domain remove");
    }

    @Test
    void oneThatHasNoneOrIsDelegatedAsBeforeIs() throws Exception {
        Optional<ManagedDomain> enrolled = Optional.of(ManagedDomain.enrolled(Samples.EXAMPLE));
        assertThat(moved(OWN, DELEGATED, enrolled)).isEmpty();
        assertThat(moved(OWN, DELEGATED, Optional.empty())).isEmpty();
        assertThat(moved(OWN, OWN, Optional.of(Samples.signing(Samples.EXAMPLE))))
                .isEmpty();
    }

    private List<String> moved(String running, String read, Optional<ManagedDomain> record) throws Exception {
        return NeedsRestart.moved(configuration(running), configuration(read), name -> record);
    }

    private Configuration configuration(String domain) throws Exception {
        Path key = directory.resolve("tsig.key");
        Files.writeString(key, "key \"selectord\" { algorithm hmac-sha256; secret \"c2VsZWN0b3JkIHNlY3JldA==\"; };\n");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        Path file = Files.writeString(directory.resolve("selectord.yaml"), """
                keystore: {passphrase: "${env:PASSPHRASE}"}
                dns: {main: {primaries: ["192.0.2.1:53"], tsig: tsig.key}}
                signers: {opendkim: {type: opendkim, reload: [reload], probe: "inet:8891@127.0.0.1"}}
                domains: {example.org: %s}
                """.formatted(domain));
        return new ConfigurationReader(Map.of("PASSPHRASE", "correct horse"), Clock.systemUTC())
                .read(file)
                .configuration()
                .orElseThrow();
    }
}
