package org.selectord.keystore.vault;

import java.time.Duration;

/** What Vault lets us in with; never prints itself. */
final class Token {
    private final String secret;
    private final Duration lease;
    private final boolean renewable;
    private final long gotAtNanos = System.nanoTime();

    /** @param lease how long it lives from now; zero: for ever */
    Token(String secret, Duration lease, boolean renewable) {
        this.secret = secret;
        this.lease = lease;
        this.renewable = renewable;
    }

    /** The same, which lives so long from now. */
    Token renewedFor(Duration granted) {
        return new Token(secret, granted, renewable);
    }

    String reveal() {
        return secret;
    }

    Duration lease() {
        return lease;
    }

    boolean isRenewable() {
        return renewable;
    }

    boolean isEternal() {
        return lease.isZero();
    }

    boolean isYoungerThan(Duration age) {
        return System.nanoTime() - gotAtNanos < age.toNanos();
    }

    boolean isSameAs(Token other) {
        return secret.equals(other.secret);
    }

    @Override
    public String toString() {
        return "<secret>";
    }
}
