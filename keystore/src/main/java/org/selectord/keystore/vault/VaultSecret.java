package org.selectord.keystore.vault;

import java.util.function.Supplier;

/**
 * A secret that Vault wants of us. It is read anew each time it is needed, so that whoever replaces the file it stands in need not
 * tell us; it never prints itself.
 */
public final class VaultSecret {
    private final String reference;
    private final Supplier<String> source;

    /**
     * @param reference where it stands, which may be shown to everybody
     * @param source reads it; throws {@link IllegalArgumentException}, whose text quotes nothing of it, where that cannot be done
     */
    public VaultSecret(String reference, Supplier<String> source) {
        this.reference = reference;
        this.source = source;
    }

    /** Whoever is let in by a file need not restart anything. */
    String howToReplace() {
        return reference.startsWith("${env:") || reference.startsWith("${credential:")
                ? "Put a new one where " + reference + " comes from, and restart selectord"
                : "Put a new one into " + reference + ": it is tried within a minute; the same one every five minutes";
    }

    String reveal() {
        return source.get().strip();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VaultSecret that && reference.equals(that.reference);
    }

    @Override
    public int hashCode() {
        return reference.hashCode();
    }

    @Override
    public String toString() {
        return reference;
    }
}
