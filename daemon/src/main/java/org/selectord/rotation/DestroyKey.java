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
        return oneLane.stream().map(this::destroy).toList();
    }

    private Outcome destroy(Task task) {
        try {
            keystore.destroy(task.key().fingerprint());
            return new Outcome.Done(new Finding.Destroyed(task.keyId()));
        } catch (PrivateKeyStoreException e) {
            return GenerateKey.failed(e); // destroying again is harmless, so "not yet" claims nothing that could hurt
        }
    }
}
