package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.config.Configuration;
import org.selectord.config.ConfigurationReader;
import org.selectord.config.Loaded;
import org.selectord.key.SigningDomain;
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
    void itsOpendkimConfIsWhatTheSignerAsksFor() throws IOException {
        // without the safety of key directories, which ours below /tmp has not
        String written = readme.block("opendkim") + "RequireSafeKeys no\n";
        Path conf = Files.writeString(root.resolve("opendkim.conf"), written);
        assertThat(configuration().signers().values())
                .singleElement()
                .satisfies(signer ->
                        assertThat(OpenDkimConf.read(conf).problems(signer)).isEmpty());
    }
}
