package org.selectord.dnsupdate.bed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Who the servers of a test run as. Maven may be root (in a container it usually is): then they run as the user {@code opendkim}, else
 * {@code nobody}, below {@code /var/lib/selectord-test}; else as whoever runs Maven, below {@code target}. Never below {@code /tmp}, where
 * OpenDKIM refuses keys.
 */
public final class Unprivileged {
    private static final Path OF_ROOT = Path.of("/var/lib/selectord-test");

    private Unprivileged() {}

    public static boolean weAreRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The command, as it is started as that user; the process keeps its id. */
    public static List<String> command(List<String> command) {
        if (!weAreRoot()) {
            return command;
        }
        List<String> dropped = new ArrayList<>(
                List.of("setpriv", "--reuid=" + user(), "--regid=" + group(), "--clear-groups", "--no-new-privs"));
        dropped.addAll(command);
        return dropped;
    }

    /** A new directory, 0700, that this user owns. */
    public static Path newDirectory() {
        try {
            Path base = weAreRoot() ? OF_ROOT : Path.of("target", "bed").toAbsolutePath();
            Files.createDirectories(base);
            Path directory = Files.createDirectory(
                    base.resolve(UUID.randomUUID().toString().substring(0, 8)),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            own(directory);
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives a file or directory to this user. */
    public static void own(Path path) {
        if (!weAreRoot()) {
            return;
        }
        try {
            PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
            view.setOwner(path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user()));
            view.setGroup(path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a directory of {@link #newDirectory} with all that is in it, also what a server removes at the same time. */
    public static void remove(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
            if (weAreRoot()) {
                Files.deleteIfExists(OF_ROOT);
            }
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // another test's directory is still in the base
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String user() {
        return exists("opendkim") ? "opendkim" : "nobody";
    }

    private static String group() {
        return exists("opendkim") ? "opendkim" : "nogroup";
    }

    private static boolean exists(String user) {
        try {
            Path root = Path.of("/");
            root.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
