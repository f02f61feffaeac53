package org.selectord.keystore;

import java.util.Optional;
import java.util.Set;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;

/** The fake keeps the contract too, or tests that use it would prove nothing. */
class FakePrivateKeyStoreTest extends PrivateKeyStoreContract {
    private final PrivateKeyStore store = new Switched(new FakePrivateKeyStore());
    private Optional<PrivateKeyStoreException> trouble = Optional.empty();

    @Override
    protected PrivateKeyStore store() {
        return store;
    }

    @Override
    protected void refuse() {
        trouble = Optional.of(new PrivateKeyStoreDeniedException("refused"));
    }

    @Override
    protected void takeAway() {
        trouble = Optional.of(new PrivateKeyStoreUnavailableException("no answer"));
    }

    @Override
    protected void giveBack() {
        trouble = Optional.empty();
    }

    /** The fake, which is in memory and always there, behind a switch. */
    private final class Switched implements PrivateKeyStore {
        private final PrivateKeyStore behind;

        Switched(PrivateKeyStore behind) {
            this.behind = behind;
        }

        private PrivateKeyStore open() throws PrivateKeyStoreException {
            if (trouble.isPresent()) {
                throw trouble.get();
            }
            return behind;
        }

        @Override
        public KeyFingerprint put(PrivateKeyPem key) throws PrivateKeyStoreException {
            return open().put(key);
        }

        @Override
        public PrivateKeyPem read(KeyFingerprint key) throws PrivateKeyStoreException {
            return open().read(key);
        }

        @Override
        public PublicHalf readPublic(KeyFingerprint key) throws PrivateKeyStoreException {
            return open().readPublic(key);
        }

        @Override
        public Set<KeyFingerprint> list() throws PrivateKeyStoreException {
            return open().list();
        }

        @Override
        public void destroy(KeyFingerprint key) throws PrivateKeyStoreException {
            open().destroy(key);
        }
    }
}
