package org.selectord.daemon;

import org.selectord.config.Configuration;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.file.FilePrivateKeyStore;

/** The one place that knows which keystore a configuration means. */
final class Keystores {
    private Keystores() {}

    static PrivateKeyStore open(Configuration.Keystore keystore) throws PrivateKeyStoreException {
        return FilePrivateKeyStore.open(keystore.directory(), keystore.passphrase());
    }
}
