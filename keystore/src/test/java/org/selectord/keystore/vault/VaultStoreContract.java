package org.selectord.keystore.vault;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreContract;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.bed.VaultServer;
import org.selectord.keystore.vault.VaultLogin.AppRole;

/** The contract on one server for all tests, with a new mount for each, by AppRole and the policy that is shipped. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class VaultStoreContract extends PrivateKeyStoreContract {
    static final String MOUNT = VaultSettings.DEFAULT_MOUNT;
    static final String POLICY = "selectord";

    final VaultServer vault;
    private Optional<VaultPrivateKeyStore> store = Optional.empty();
    private boolean paused;

    VaultStoreContract(VaultServer vault) {
        this.vault = vault;
    }

    @BeforeEach
    void mount() {
        vault.mount(MOUNT, 2).shippedPolicy(POLICY, MOUNT);
    }

    @AfterEach
    void closeStore() {
        store.ifPresent(VaultPrivateKeyStore::close);
        store = Optional.empty();
    }

    @AfterAll
    void stop() {
        vault.close();
    }

    @Override
    protected PrivateKeyStore store() throws PrivateKeyStoreException {
        if (store.isEmpty()) {
            store = Optional.of(VaultPrivateKeyStore.open(settings(Duration.ofSeconds(2))));
        }
        return store.get();
    }

    private VaultSettings settings(Duration timeout) {
        String roleId = vault.role("daemon", POLICY, ",\"token_ttl\":\"1h\"");
        String secretId = vault.secretId("daemon");
        return settings(vault, new AppRole(AppRole.DEFAULT_MOUNT, roleId, given(secretId)), timeout);
    }

    static VaultSettings settings(VaultServer vault, VaultLogin login, Duration timeout) {
        return new VaultSettings(
                vault.address(),
                MOUNT,
                VaultSettings.DEFAULT_PATH,
                Optional.empty(),
                login,
                Optional.empty(),
                Optional.empty(),
                timeout);
    }

    static VaultSecret given(String secret) {
        return new VaultSecret("a test", () -> secret);
    }

    @Override
    protected void refuse() {
        vault.policy(POLICY, "path \"" + MOUNT + "/*\" { capabilities = [\"deny\"] }");
    }

    @Override
    protected void takeAway() {
        vault.pause();
        paused = true;
    }

    @Override
    protected void giveBack() throws IOException {
        if (paused) {
            vault.resume();
            paused = false;
        }
        vault.policy(POLICY, Files.readString(VaultServer.POLICY));
    }
}
