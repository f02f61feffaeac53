package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.config.Configuration;
import org.selectord.config.ConfigurationReader;
import org.selectord.config.Loaded;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.vault.VaultSettings;
import org.selectord.signer.opendkim.OpenDkimConf;

/** What an operator copies from README.md is read as it stands there. */
class ReadmeTest {
    @TempDir
    private Path root;

    private Readme readme;

    @BeforeEach
    void readIt() throws IOException {
        readme = new Readme(root);
        Files.createDirectories(root.resolve("etc/selectord"));
        secret("etc/selectord/keystore.pass", "a passphrase\n");
        secret(
                "etc/selectord/tsig.key",
                "key \"selectord\" {\n\talgorithm hmac-sha256;\n\tsecret \"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0ISE=\";\n};\n");
    }

    private void secret(String name, String content) throws IOException {
        Path file = Files.createFile(
                root.resolve(name), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, content);
    }

    private Configuration configuration() throws IOException {
        Path file = Files.writeString(root.resolve("etc/selectord/selectord.yaml"), readme.block("yaml"));
        Loaded loaded = new ConfigurationReader(Map.of(), Clock.systemUTC()).read(file);
        assertThat(loaded.problems()).isEmpty();
        return loaded.configuration().orElseThrow();
    }

    @Test
    void itsConfigurationIsReadWithoutAProblem() throws IOException {
        assertThat(readme.blocks("yaml")).hasSize(1);
        assertThat(configuration().domains()).containsOnlyKeys(SigningDomain.of("example.org"));
    }

    @Test
    void theVaultOfItsManualIsReadWithoutAProblem() throws IOException {
        secret("etc/selectord/vault.secret-id", "9c2b1a5e-6f2d-4bb7-a7c3-0f1f8f2a6d11\n");
        secret("etc/selectord/vault-ca.pem", "-----BEGIN CERTIFICATE-----\n");
        Readme manual = new Readme(root, "deploy/docs/manual/vault.md");
        String written = readme.block("yaml").replaceFirst("(?m)^keystore:.*\n", "") + manual.block("yaml");
        Path file = Files.writeString(root.resolve("etc/selectord/selectord.yaml"), written);
        Loaded loaded = new ConfigurationReader(Map.of(), Clock.systemUTC()).read(file);

        assertThat(loaded.problems()).isEmpty();
        assertThat(loaded.configuration().orElseThrow().keystore())
                .isInstanceOfSatisfying(
                        Configuration.Keystore.Vault.class,
                        vault -> assertThat(vault.settings().mount()).isEqualTo(VaultSettings.DEFAULT_MOUNT));
        assertThat(manual.block("sh"))
                .contains("vault secrets enable -path=" + VaultSettings.DEFAULT_MOUNT + " -version=2 kv");
    }

    @Test
    void itsOpendkimConfIsWhatTheSignerAsksFor() throws IOException {
        // without the safety of key directories, which ours below /tmp has not
        String written = readme.block("opendkim") + "RequireSafeKeys no\n";
        Path conf = Files.writeString(root.resolve("opendkim.conf"), written);
        assertThat(configuration().signers().values())
                .singleElement()
                .satisfies(signer ->
                        assertThat(OpenDkimConf.read(conf).problems(signer)).isEmpty());
    }

    @Test
    void thePolicyOfItsManualIsTheOneThatIsAskedFor() throws IOException {
        Readme manual = new Readme(root, "deploy/docs/manual/rights.md");
        String policy = manual.block("named").replaceAll(" +", " ");
        assertThat(new NeededRights(
                                List.of(
                                        OwnerName.of("_domainkey.example.org"),
                                        OwnerName.of("_domainkey.news.example.org")),
                                Optional.of(OwnerName.of("_selectord._domainkey.example.org")))
                        .policy(OwnerName.of("selectord")))
                .isEqualTo(policy.lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith("deny") || line.startsWith("grant"))
                        .toList());
        assertThat(readme.block("named").replaceAll(" +", " "))
                .contains(String.join(
                        "\n ",
                        NeededRights.policyBelow(OwnerName.of("selectord"), OwnerName.of("_domainkey.example.org"))));
    }
}
