package org.selectord.keystore.vault;

import org.selectord.keystore.bed.VaultServer;

/** On a Vault that keeps its secrets on disk. */
class VaultOnRaftIT extends VaultStoreContract {
    VaultOnRaftIT() {
        super(VaultServer.raft());
    }
}
