package org.selectord.signer.opendkim;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.selectord.proof.MilterAddress;
import org.selectord.rotation.SignerId;

/**
 * One OpenDKIM on this host: one entry of {@code signers} in the configuration.
 *
 * @param conf its configuration file: read, never written
 * @param directory ours: KeyTable, SigningTable, {@code keys/<domain>/<selector>.private}
 * @param restart empty: a compromise only reloads, and connections that are open go on with the old key until {@code settle} is over
 * @param settle how long a connection of the mail server may stay open and go on signing with what it began with
 * @param probe its milter socket
 */
public record OpenDkimSettings(
        SignerId id,
        Path conf,
        Path directory,
        Trigger reload,
        Optional<Trigger> restart,
        Duration settle,
        MilterAddress probe) {
    public static final Path DEFAULT_CONF = Path.of("/etc/opendkim.conf");
    public static final Path DEFAULT_DIRECTORY = Path.of("/etc/opendkim/selectord");
    public static final Duration DEFAULT_SETTLE = Duration.ofHours(1);

    /** What a path in a KeyTable can carry: fields end at a colon or white space, {@code #} begins a comment, {@code %} is replaced. */
    private static final Pattern WRITABLE_IN_TABLE = Pattern.compile("/[!-~&&[^#%:]]*");

    public OpenDkimSettings {
        directory = directory.toAbsolutePath().normalize();
        if (!WRITABLE_IN_TABLE.matcher(directory.toString()).matches()) {
            throw new IllegalArgumentException("directory " + directory + " of signer " + id
                    + " cannot stand in a KeyTable: no blanks, no colon, no #, no %, ASCII only");
        }
        if (settle.isNegative()) {
            throw new IllegalArgumentException("settle of signer " + id + " is negative");
        }
    }

    Path keyTable() {
        return directory.resolve("KeyTable");
    }

    Path signingTable() {
        return directory.resolve("SigningTable");
    }

    Path keys() {
        return directory.resolve("keys");
    }
}
