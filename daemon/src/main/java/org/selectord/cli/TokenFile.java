package org.selectord.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** The file that holds our token and nothing else. One that everybody may read is refused: everybody could rotate keys with it. */
record TokenFile(String name) {
    String token() {
        Path file = Path.of(name);
        try {
            Set<PosixFilePermission> found = Files.getPosixFilePermissions(file);
            if (found.contains(PosixFilePermission.OTHERS_READ) || found.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw CommandFailedException.because(
                        "selectorctl: token file " + file + " is open to everybody",
                        "  Run `chmod 0600 " + file + "`.");
            }
            return only(file, Files.readString(file).strip());
        } catch (NoSuchFileException e) {
            throw CommandFailedException.because(
                    "selectorctl: token file " + file + " is not there",
                    "  Name it with --token-file or SELECTORD_TOKEN_FILE; the daemon's tokens file holds the token's SHA-256.");
        } catch (IOException e) {
            throw CommandFailedException.because(
                    "selectorctl: token file " + file + " cannot be read: " + e,
                    "  Run selectorctl as a user who may read it, or name another one with --token-file.");
        }
    }

    private static String only(Path file, String token) {
        // anything else could not stand in a header (RFC 6750 section 2.1)
        if (!token.matches("[A-Za-z0-9._~+/=-]+")) {
            throw CommandFailedException.because(
                    "selectorctl: token file " + file + " does not hold one token and nothing else",
                    "  Write the token alone into it, on one line.");
        }
        return token;
    }
}
