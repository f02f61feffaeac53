package org.selectord.keystore.vault;

import org.selectord.keystore.bed.VaultServer;

/** On a Vault in dev mode. */
class VaultPrivateKeyStoreIT extends VaultStoreContract {
    VaultPrivateKeyStoreIT() {
        super(VaultServer.dev());
    }
}
