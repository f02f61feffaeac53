package org.selectord.registry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.selectord.rotation.RegistryUnavailableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry's file, held by this process alone and readable by its owner alone. The lock is on a file of its own, beside it: closing any descriptor
 * of a file drops all POSIX locks that the process has on it (fcntl(2)), so nobody but SQLite may ever open the database itself.
 */
final class RegistryFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RegistryFile.class);
    private static final FileAttribute<Set<PosixFilePermission>> OURS =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OUR_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** What this process holds; a second attempt must not even open the lock file, for closing it again would drop the first one's lock. */
    private static final Set<Path> HELD = new HashSet<>();

    private final Path path;
    private final Path lockPath;
    private final FileChannel lockChannel;

    private RegistryFile(Path path, Path lockPath, FileChannel lockChannel) {
        this.path = path;
        this.lockPath = lockPath;
        this.lockChannel = lockChannel;
    }

    /** Creates it where it is missing, 0600 whatever the umask, and holds it until {@link #close}. */
    static RegistryFile hold(Path written) {
        try {
            Path path = resolved(written);
            Path lockPath = path.resolveSibling(path.getFileName() + ".lock");
            RegistryFile held = lock(path, lockPath);
            try {
                held.create();
                held.refuseWider();
                return held;
            } catch (IOException | RuntimeException e) {
                held.close();
                throw e;
            }
        } catch (IOException e) {
            throw new RegistryUnavailableException(
                    "could not open the registry " + written + ": " + e
                            + "; its directory must exist, or be ours to create, and be writable for this user",
                    e);
        }
    }

    /** One name for one file, so that a symbolic link does not lead around the lock. */
    private static Path resolved(Path written) throws IOException {
        Path directory = written.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException("it has no directory");
        }
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, OUR_DIRECTORY);
        }
        refuseDirectoryOfOthers(directory.toRealPath());
        return Files.exists(written)
                ? written.toRealPath()
                : directory.toRealPath().resolve(written.toAbsolutePath().getFileName());
    }

    /** Who can write in the directory can put another registry in our place. */
    private static void refuseDirectoryOfOthers(Path directory) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
        if (permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new RegistryUnavailableException(
                    "the registry is not opened in " + directory + ", for others may write there ("
                            + PosixFilePermissions.toString(permissions) + "): chmod go-w " + directory);
        }
    }

    private static RegistryFile lock(Path path, Path lockPath) throws IOException {
        synchronized (HELD) {
            if (!HELD.add(path)) {
                throw heldByAnother(path, lockPath, "this process");
            }
        }
        try {
            FileChannel channel = FileChannel.open(
                    lockPath,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
                    OURS);
            return locked(path, lockPath, channel);
        } catch (IOException | RuntimeException e) {
            letGo(path);
            throw e;
        }
    }

    private static RegistryFile locked(Path path, Path lockPath, FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw heldByAnother(path, lockPath, "process " + holder(channel));
            }
            sayWhoHolds(channel);
            return new RegistryFile(path, lockPath, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static RegistryUnavailableException heldByAnother(Path path, Path lockPath, String who) {
        return new RegistryUnavailableException(
                "another selectord (" + who + ") works with the registry " + path + " and holds the lock on " + lockPath
                        + "; one daemon a file: stop the other one, or give this one a registry of its own");
    }

    private static String holder(FileChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(20);
        channel.read(buffer, 0);
        String pid = StandardCharsets.US_ASCII.decode(buffer.flip()).toString().strip();
        return pid.isEmpty() ? "unknown" : pid;
    }

    /** A courtesy to whoever finds it locked; on a full disk it does without. */
    private static void sayWhoHolds(FileChannel channel) {
        try {
            channel.truncate(0);
            channel.write(
                    StandardCharsets.US_ASCII.encode(ProcessHandle.current().pid() + "\n"), 0);
        } catch (IOException e) {
            LOG.debug("the lock file does not name this process: {}", e.toString());
        }
    }

    private void create() throws IOException {
        try {
            Files.createFile(path, OURS);
        } catch (FileAlreadyExistsException e) {
            return;
        }
        syncDirectory(path);
    }

    /** A new file is durable when its directory entry is. */
    private static void syncDirectory(Path path) throws IOException {
        try (FileChannel directory = FileChannel.open(path.resolveSibling("."), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** SQLite gives its -wal and -shm files the mode of the database. */
    private void refuseWider() throws IOException {
        for (String suffix : List.of("", "-wal", "-shm", ".lock")) {
            Path file = path.resolveSibling(path.getFileName() + suffix);
            if (Files.exists(file)) {
                refuseWider(file);
            }
        }
    }

    private static void refuseWider(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        if (!EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE)
                .containsAll(permissions)) {
            throw new RegistryUnavailableException("the registry file " + file + " is open to more than its owner ("
                    + PosixFilePermissions.toString(permissions) + "): chmod 600 " + file);
        }
    }

    Path path() {
        return path;
    }

    private static void letGo(Path path) {
        synchronized (HELD) {
            HELD.remove(path);
        }
    }

    /** The lock file stays: deleting it would let two daemons lock two files of one name. */
    @Override
    public void close() {
        try {
            lockChannel.close();
        } catch (IOException e) {
            LOG.warn("the lock on {} could not be given back: {}", lockPath, e.toString());
        }
        letGo(path);
    }
}
