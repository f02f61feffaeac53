package org.selectord.keystore.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;
import org.selectord.keystore.vault.StubVault.Fault;
import org.selectord.keystore.vault.VaultLogin.Kubernetes;

/** What a real Vault cannot be made to do: answers that are lost, halves of them, and pods that log in. */
class LostAnswersTest {
    private static final PrivateKeyPem KEY = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));
    private static final KeyFingerprint NAME = KEY.publicHalf().fingerprint();
    private static final Duration SHORT = Duration.ofMillis(1500);

    private final StubVault vault = new StubVault();
    private Optional<VaultPrivateKeyStore> store = Optional.empty();

    @BeforeEach
    void open() throws PrivateKeyStoreException {
        store = Optional.of(VaultPrivateKeyStore.open(settings(vault.address(), "selectord", "the.jwt.of-this-pod\n")));
        vault.requests.clear();
    }

    @AfterEach
    void close() {
        store.ifPresent(VaultPrivateKeyStore::close);
        vault.close();
    }

    private VaultPrivateKeyStore store() {
        return store.orElseThrow();
    }

    private static VaultSettings settings(URI address, String role, String jwt) {
        return new VaultSettings(
                address,
                VaultSettings.DEFAULT_MOUNT,
                VaultSettings.DEFAULT_PATH,
                Optional.empty(),
                new Kubernetes(Kubernetes.DEFAULT_MOUNT, role, new VaultSecret("the pod", () -> jwt)),
                Optional.<Path>empty(),
                Optional.empty(),
                SHORT);
    }

    @Test
    void aPodLogsInWithTheTokenOfItsServiceAccount() throws Exception {
        assertThat(store().put(KEY)).isEqualTo(NAME);

        assertThatThrownBy(() -> VaultPrivateKeyStore.open(settings(vault.address(), "another", "the.jwt.of-this-pod"))
                        .list())
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("did not let us in: 403 permission denied")
                .hasMessageContaining("vault read auth/kubernetes/role/another")
                .hasMessageNotContaining("jwt.of-this");
    }

    @Test
    void aKeyWhoseAnswerWasLostIsFoundAndNotWrittenAgain() throws Exception {
        vault.fails("POST", Fault.LOST);

        assertThat(store().put(KEY)).isEqualTo(NAME);

        assertThat(vault.requests)
                .filteredOn(request -> request.startsWith("POST"))
                .hasSize(1);
        assertThat(store().read(NAME).reveal()).isEqualTo(KEY.reveal());
    }

    @Test
    void aKeyThatWasNotHeardIsWrittenOnceMore() throws Exception {
        vault.fails("POST", Fault.UNHEARD, Fault.UNHEARD);

        assertThat(store().put(KEY)).isEqualTo(NAME);

        assertThat(vault.requests)
                .filteredOn(request -> request.startsWith("POST"))
                .hasSize(3);
    }

    @Test
    void aVaultThatNeverHearsIsGivenUp() {
        vault.fails("POST", Fault.UNHEARD, Fault.UNHEARD, Fault.UNHEARD, Fault.UNHEARD);

        assertThatThrownBy(() -> store().put(KEY))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("could not store the private key dkim/keys/" + NAME + " at " + vault.address());
    }

    /** The time-out of a request would end with its headers. */
    @Test
    void halfAnAnswerHoldsNobodyLongerThanTheDeadlineAndAskingAgainHelps() throws Exception {
        vault.fails("POST", Fault.HALF);
        long began = System.nanoTime();

        assertThatThrownBy(() -> store().put(KEY))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("no whole answer within 1500 ms");

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(SHORT, SHORT.multipliedBy(2));
        assertThat(store().put(KEY)).isEqualTo(NAME);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ECHO", "PAGE"})
    void whatSomebodySendsBackToUsIsNotPassedOn(Fault fault) {
        vault.fails("POST", fault, fault, fault);

        assertThatThrownBy(() -> store().put(KEY))
                .isInstanceOf(PrivateKeyStoreException.class)
                .satisfies(thrown -> assertThat(trace(thrown))
                        .doesNotContain(StubVault.TOKEN)
                        .doesNotContain(KEY.reveal().lines().toList().get(1)));
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }

    @Test
    void nothingOfALoginOrATokenIsPrinted() {
        VaultSettings settings = settings(vault.address(), "selectord", "the.jwt.of-this-pod");

        assertThat(settings.toString()).contains("the pod").doesNotContain("jwt.of");
        assertThat(new Token(StubVault.TOKEN, SHORT, true)).hasToString("<secret>");
    }
}
