package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.selectord.admin.Samples.EXAMPLE;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.admin.FakeRegistry;
import org.selectord.admin.Samples;
import org.selectord.key.KeyFingerprint;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.file.Passphrase;
import org.selectord.rotation.ManagedDomain;
import org.slf4j.LoggerFactory;

class KeystoreCheckTest {
    private final AtomicLong nanos = new AtomicLong();
    private final ManagedDomain domain = Samples.signing(EXAMPLE);
    private final FakeRegistry registry = new FakeRegistry().with(domain);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @TempDir
    private Path above;

    @BeforeEach
    void listen() {
        log.start();
        logger().setLevel(Level.WARN);
        logger().addAppender(log);
    }

    @AfterEach
    void listenNoMore() {
        logger().detachAppender(log);
        logger().setLevel(null);
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(KeystoreCheck.class);
    }

    private List<String> said() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private KeystoreCheck check() throws Exception {
        return new KeystoreCheck(
                registry,
                FilePrivateKeyStore.open(above.resolve("keys"), new Passphrase("x".toCharArray())),
                nanos::get);
    }

    private Path fileOf(int key) {
        KeyFingerprint name = domain.keys().get(key).fingerprint();
        return above.resolve("keys").resolve(name + ".pem");
    }

    @Test
    void eachKeyThatIsMissingIsNamedWithWhatToDo() throws Exception {
        assertThat(check().run()).isEqualTo(domain.keys().size()).isPositive();

        assertThat(said().get(0))
                .startsWith("domain=example.org selector=")
                .contains("there is no private key " + fileOf(0))
                .endsWith("Restore it from a backup, or run: selectorctl rotate now example.org");
    }

    @Test
    void aFileThatIsOpenToOthersIsNamedWithTheRemedy() throws Exception {
        KeystoreCheck check = check();
        Files.writeString(fileOf(0), "x");
        Files.setPosixFilePermissions(fileOf(0), PosixFilePermissions.fromString("rw-r--r--"));

        check.run();

        assertThat(said().get(0)).contains(fileOf(0) + " has the permissions 0644", "run: chmod 0600");
    }

    @Test
    void aFileThatDoesNotDecryptIsNamed() throws Exception {
        KeystoreCheck check = check();
        Files.writeString(fileOf(0), "x");
        Files.setPosixFilePermissions(fileOf(0), PosixFilePermissions.fromString("rw-------"));

        check.run();

        assertThat(said().get(0)).contains("could not decrypt " + fileOf(0));
    }

    /** What is wrong with the store as a whole says nothing of any key, and nobody is to give one up for it. */
    @Test
    void aKeystoreThatRefusesUsIsOneSentence() throws Exception {
        KeystoreCheck check = check();
        Files.setPosixFilePermissions(above.resolve("keys"), PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThat(check.run()).isZero();

        assertThat(said()).hasSize(1).first().asString().contains("were not checked to the end: ", "chmod 0700");
    }

    @Test
    void itEndsOnceADayAndBeginsAgainAsLongAsItDidNot() throws Exception {
        KeystoreCheck check = check();
        Files.setPosixFilePermissions(above.resolve("keys"), PosixFilePermissions.fromString("rwxr-xr-x"));
        check.runIfDue();
        check.runIfDue();
        assertThat(said()).hasSize(2);

        Files.setPosixFilePermissions(above.resolve("keys"), PosixFilePermissions.fromString("rwx------"));
        check.runIfDue();
        int ended = said().size();
        assertThat(ended).isEqualTo(2 + domain.keys().size());
        nanos.addAndGet(Duration.ofHours(24).toNanos() - 1);
        check.runIfDue();
        assertThat(said()).hasSize(ended);
        nanos.incrementAndGet();
        check.runIfDue();
        assertThat(said()).hasSizeGreaterThan(ended);
    }

    @Test
    void aKeystoreThatCannotBeReachedIsOneSentence() throws Exception {
        KeystoreCheck check = check();
        Files.delete(above.resolve("keys"));

        assertThat(check.run()).isZero();

        assertThat(said()).hasSize(1).first().asString().startsWith("private keys were not checked to the end: ");
    }
}
