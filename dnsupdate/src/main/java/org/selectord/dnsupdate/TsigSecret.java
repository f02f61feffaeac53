package org.selectord.dnsupdate;

/** The shared secret of a TSIG key: never prints itself. */
public final class TsigSecret {
    private final byte[] octets;

    public TsigSecret(byte[] octets) {
        this.octets = octets.clone();
    }

    /** The secret itself, for the codec that signs with it. */
    public byte[] reveal() {
        return octets.clone();
    }

    @Override
    public String toString() {
        return "<secret>";
    }
}
