package org.selectord.keystore;

/** The fake keeps the contract too, or tests that use it would prove nothing. */
class FakePrivateKeyStoreTest extends PrivateKeyStoreContract {
    private final PrivateKeyStore store = new FakePrivateKeyStore();

    @Override
    protected PrivateKeyStore store() {
        return store;
    }
}
