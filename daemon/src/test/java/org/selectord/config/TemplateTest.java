package org.selectord.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.admin.AdminSettings;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.keystore.vault.VaultLogin;
import org.selectord.keystore.vault.VaultSettings;
import org.selectord.registry.RegistrySettings;
import org.selectord.rotation.FleetSettings;
import org.selectord.rotation.RotationPolicy;
import org.selectord.signer.opendkim.OpenDkimSettings;

/** The commented template says what the code does. */
class TemplateTest {
    private static final Path TEMPLATE = Path.of("../deploy/config/selectord.yaml");

    @TempDir
    Path directory;

    @Test
    void itsValuesAreTheDefaultsInCode() throws IOException {
        Loaded loaded = load(template());

        assertThat(loaded.problems()).isEmpty();
        Configuration read = loaded.configuration().orElseThrow();
        assertThat(read.admin()).isEqualTo(AdminSettings.DEFAULT);
        assertThat(read.witnesses()).isEqualTo(Configuration.DEFAULT_WITNESSES);
        assertThat(read.registry()).isEqualTo(RegistrySettings.of(RegistrySettings.DEFAULT_URL));
        assertThat(read.mostSpares()).isEqualTo(Configuration.DEFAULT_MOST_SPARES);
        assertThat(ConfigFiles.files(read).directory()).isEqualTo(Configuration.Keystore.Files.DEFAULT_DIRECTORY);
        DnsSettings dns = ConfigFiles.in(read.dns(), "main");
        assertThat(dns)
                .isEqualTo(new DnsSettings(
                        "main",
                        dns.primaries(),
                        dns.tsig(),
                        DnsSettings.DEFAULT_RECORD_TTL,
                        Optional.empty(),
                        List.of(),
                        DnsSettings.DEFAULT_FUDGE,
                        DnsSettings.DEFAULT_LATE_MARGIN,
                        true,
                        List.of()));
        OpenDkimSettings signer = read.signers().values().iterator().next();
        assertThat(signer)
                .isEqualTo(new OpenDkimSettings(
                        signer.id(),
                        OpenDkimSettings.DEFAULT_CONF,
                        OpenDkimSettings.DEFAULT_DIRECTORY,
                        signer.reload(),
                        Optional.empty(),
                        OpenDkimSettings.DEFAULT_SETTLE,
                        signer.probe()));
        assertThat(read.policies()).containsOnlyKeys("default").containsEntry("default", RotationPolicy.DEFAULT);
        assertThat(read.domains()).isEmpty();
        assertThat(read.fleet()).isEqualTo(FleetSettings.DEFAULT);
    }

    @Test
    void everyKeyThatIsReadStandsInIt() throws IOException {
        String text = Files.readString(TEMPLATE);
        String template = template();
        String vault = withVault(template);
        Set<String> looked = new TreeSet<>();
        reader().read(write(withAlternatives(template)), looked::add);
        reader().read(write(vault), looked::add);
        reader().read(write(vault.replace("  approle:", "  x:").replace("  # kube", "  kube")), looked::add);

        Set<String> missing = looked.stream()
                .map(path -> path.substring(path.lastIndexOf('.') + 1))
                .filter(key -> !Pattern.compile("(?m)^[ #]*(.*[{,] ?)?" + key + ":")
                        .matcher(text)
                        .find())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(looked)
                .contains("keystore.passphrase", "keystore.approle.secret_id", "keystore.kubernetes.jwt_file")
                .contains("dns.main.tsig.secret", "policies.default.proof.over", "domains.example.net.policy");
        assertThat(missing).isEmpty();
    }

    @Test
    void whatStandsInItsCommentsInsteadOfAValueIsReadToo() throws IOException {
        Loaded loaded = load(withAlternatives(template()));

        assertThat(loaded.problems()).isEmpty();
        assertThat(loaded.configuration().orElseThrow().domains()).hasSize(3);
    }

    @Test
    void theVaultOfItsCommentsHasTheDefaultsInCode() throws IOException {
        String template = template();
        Loaded loaded = load(withVault(template));

        assertThat(loaded.problems()).isEmpty();
        VaultSettings vault = ((Configuration.Keystore.Vault)
                        loaded.configuration().orElseThrow().keystore())
                .settings();
        assertThat(vault.mount()).isEqualTo(VaultSettings.DEFAULT_MOUNT);
        assertThat(vault.path()).isEqualTo(VaultSettings.DEFAULT_PATH);
        assertThat(vault.timeout()).isEqualTo(VaultSettings.DEFAULT_TIMEOUT);
        assertThat(vault.login())
                .isInstanceOfSatisfying(
                        VaultLogin.AppRole.class,
                        role -> assertThat(role.mount()).isEqualTo(VaultLogin.AppRole.DEFAULT_MOUNT));
        assertThat(template)
                .contains("jwt_file: " + VaultLogin.Kubernetes.DEFAULT_JWT_FILE)
                .contains("mount: " + VaultLogin.Kubernetes.DEFAULT_MOUNT);
    }

    /** With the keystore that a comment offers in place of the one that is set. */
    private static String withVault(String template) {
        int from = template.indexOf("# keystore:\n");
        int to = template.indexOf("\n\n", from);
        String vault = template.substring(from, to).replaceAll("(?m)^# ?", "");
        return template.substring(0, template.indexOf("\nkeystore:\n") + 1) + vault + template.substring(to);
    }

    /** The paths of secrets lead to files of the test. */
    private String template() throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        assertThat(files.main()).doesNotExist();
        for (String name : List.of("vault-ca.pem", "vault-client.pem", "vault-client.key", "vault.secret-id")) {
            files.secretFile(name, "x\n", "rw-------");
        }
        return Files.readString(TEMPLATE)
                .replace("/etc/selectord/vault", directory.resolve("vault").toString())
                .replace(
                        "/etc/selectord/keystore.pass",
                        directory.resolve("pass").toString())
                .replace("/etc/selectord/tsig.", directory.resolve("tsig.").toString());
    }

    /** With the values that comments offer in place of those that are set. */
    private static String withAlternatives(String template) {
        return template.replaceAll("(?m)^    tsig: .*\\n(?: +#.*\\n)*?    # tsig:", "    tsig:")
                .replace("domains: {}\n", "domains:\n")
                .replace("#  example.", "  example.");
    }

    private Loaded load(String text) throws IOException {
        return reader().read(write(text));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(directory.resolve("selectord.yaml"), text);
    }

    private static ConfigurationReader reader() {
        return ConfigFiles.reader();
    }
}
