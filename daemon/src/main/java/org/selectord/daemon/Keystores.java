package org.selectord.daemon;

import org.selectord.config.Configuration.Keystore;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.vault.VaultPrivateKeyStore;

/** The one place that knows which keystore a configuration means. */
final class Keystores {
    private Keystores() {}

    /** @param registry whose keys it keeps */
    static PrivateKeyStore open(Keystore keystore, String registry) throws PrivateKeyStoreException {
        if (keystore instanceof Keystore.Vault vault) {
            return VaultPrivateKeyStore.open(vault.settings(), registry);
        }
        Keystore.Files files = (Keystore.Files) keystore;
        return FilePrivateKeyStore.open(files.directory(), files.passphrase(), registry);
    }
}
