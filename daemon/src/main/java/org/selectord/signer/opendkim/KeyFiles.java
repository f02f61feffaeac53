package org.selectord.signer.opendkim;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyPem;

/**
 * OpenDKIM's copies of the private halves. It reads a key file for every message, so that other octets under the same path would be another key under the
 * old selector at once: each selector has a path of its own, and what is there is never overwritten.
 */
final class KeyFiles {
    private final Path directory;

    KeyFiles(Path directory) {
        this.directory = directory;
    }

    Path file(SigningDomain domain, Selector selector) {
        return directory.resolve(domain.name()).resolve(selector.name() + ".private");
    }

    /**
     * The same content again is fine.
     *
     * @return whether it was not there before
     */
    boolean write(SigningDomain domain, Selector selector, PrivateKeyPem key) throws IOException {
        Path file = file(domain, selector);
        byte[] content = key.reveal().getBytes(StandardCharsets.ISO_8859_1);
        try {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                confirm(file, content);
                return false;
            }
            DurableFile.createDirectories(directory.resolve(domain.name()));
            DurableFile.replace(file, content);
            return true;
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    private static void confirm(Path file, byte[] content) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                || !MessageDigest.isEqual(content, Files.readAllBytes(file))) {
            throw new IOException(
                    file + " is there already and holds something else than this key: it is never overwritten;"
                            + " find out who wrote it, and move it away");
        }
        if (!DurableFile.isOwnersOnly(file)) {
            throw new IOException(file + " is open to more than its owner, and OpenDKIM refuses such a key: chmod 600");
        }
    }

    /** What a kill has left half written goes too. */
    void delete(SigningDomain domain, Selector selector) throws IOException {
        DurableFile.destroy(file(domain, selector));
    }
}
