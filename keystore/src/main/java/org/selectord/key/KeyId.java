package org.selectord.key;

/** Names one key for ever: counts up per signing domain, from 1, and never returns, though a selector may. */
public record KeyId(SigningDomain domain, int number) implements Comparable<KeyId> {
    public KeyId {
        if (number < 1) {
            throw new IllegalArgumentException("key numbers count from 1, not " + number);
        }
    }

    @Override
    public int compareTo(KeyId other) {
        int byDomain = domain.compareTo(other.domain);
        return byDomain != 0 ? byDomain : Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return domain + "#" + number;
    }
}
