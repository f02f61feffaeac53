package org.selectord.daemon;

import org.selectord.config.Configuration.Keystore;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.file.FilePrivateKeyStore;
import org.selectord.keystore.vault.VaultPrivateKeyStore;

/** The one place that knows which keystore a configuration means. */
final class Keystores {
    private Keystores() {}

    /** To be given back to {@link #close}. */
    static PrivateKeyStore open(Keystore keystore) throws PrivateKeyStoreException {
        if (keystore instanceof Keystore.Vault vault) {
            return VaultPrivateKeyStore.open(vault.settings());
        }
        Keystore.Files files = (Keystore.Files) keystore;
        return FilePrivateKeyStore.open(files.directory(), files.passphrase());
    }

    static void close(PrivateKeyStore store) {
        if (store instanceof VaultPrivateKeyStore vault) {
            vault.close();
        }
    }
}
