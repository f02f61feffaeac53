package org.selectord.rotation;

/** One mail signer on one host, as the configuration names it. */
public record SignerId(String name) implements Comparable<SignerId> {
    @Override
    public int compareTo(SignerId other) {
        return name.compareTo(other.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
