package org.selectord.rotation;

import java.util.List;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;

/** DESTROY: the private half goes from the keystore. */
final class DestroyKey implements Worker {
    private final PrivateKeyStore keystore;

    DestroyKey(PrivateKeyStore keystore) {
        this.keystore = keystore;
    }

    @Override
    public List<Outcome> perform(List<Task> oneLane) {
        // destroying again is harmless, so "not yet" claims nothing that could hurt
        return GenerateKey.whileThere(oneLane, this::destroy);
    }

    private Outcome destroy(Task task) throws PrivateKeyStoreException {
        keystore.destroy(task.key().fingerprint());
        return new Outcome.Done(new Finding.Destroyed(task.keyId()));
    }
}
