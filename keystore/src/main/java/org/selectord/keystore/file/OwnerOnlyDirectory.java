package org.selectord.keystore.file;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/**
 * A directory that nobody but its owner, who is us, may look into, and files in it that appear whole or not at all, are never
 * replaced, and are durable when {@link #create} returns.
 */
final class OwnerOnlyDirectory {
    private static final int DIRECTORY_MODE = 0700;
    private static final int FILE_MODE = 0600;
    private static final String UNFINISHED = ".unfinished";
    private static final String DOOMED = ".doomed";
    private static final long OUR_UID = new UnixSystem().getUid();

    private final Path path;

    OwnerOnlyDirectory(Path path) {
        this.path = path.toAbsolutePath();
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** Makes the directory, but not the one above: a misspelt path must not bring a second, empty keystore into being unnoticed. */
    void makeIfAbsent() throws IOException, PrivateKeyStoreDeniedException {
        try {
            Files.createDirectory(
                    path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            sync(path.resolveSibling("."));
        } catch (FileAlreadyExistsException e) {
            // as from the second start on
        } catch (NoSuchFileException e) {
            throw new PrivateKeyStoreDeniedException(
                    "the keystore " + path
                            + " cannot be made, for the directory above it does not exist; run: install -d -m 0700 "
                            + quoted(path),
                    e);
        }
    }

    /** Refuses to go on unless the directory is there, ours, and closed to others. */
    void requireOwnerOnly() throws IOException, PrivateKeyStoreDeniedException, PrivateKeyStoreUnavailableException {
        if (!Files.isDirectory(path)) {
            // says nothing about the keys: they may come back with the file system they are on
            throw new PrivateKeyStoreUnavailableException("the keystore " + path + " is gone, or is no directory");
        }
        requireOwnerOnly(path, DIRECTORY_MODE);
    }

    private static void requireOwnerOnly(Path path, int widest, LinkOption... options)
            throws IOException, PrivateKeyStoreDeniedException {
        Map<String, Object> found = Files.readAttributes(path, "unix:uid,mode", options);
        long owner = Integer.toUnsignedLong((Integer) Objects.requireNonNull(found.get("uid")));
        int permissions = (Integer) Objects.requireNonNull(found.get("mode")) & 0777;
        if (owner != OUR_UID) {
            throw new PrivateKeyStoreDeniedException(
                    "%s belongs to user %d, and we are user %d: run as its owner, or run: chown %d %s"
                            .formatted(path, owner, OUR_UID, OUR_UID, quoted(path)));
        }
        if ((permissions & ~widest) != 0) {
            throw new PrivateKeyStoreDeniedException(
                    "%s has the permissions %04o, so that others may get at private keys; run: chmod %04o %s"
                            .formatted(path, permissions, widest, quoted(path)));
        }
    }

    /** The path as a shell takes it. */
    private static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[A-Za-z0-9/._-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    boolean has(String name) {
        return Files.exists(file(name), NOFOLLOW_LINKS);
    }

    /** The names of all finished files. */
    Set<String> names() throws IOException {
        return namesEnding("");
    }

    private Set<String> namesEnding(String suffix) throws IOException {
        Set<String> names = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            entries.forEach(entry -> names.add(String.valueOf(entry.getFileName())));
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        names.removeIf(name -> !name.endsWith(suffix));
        return names;
    }

    /** The content of a file that is ours and closed to others; {@link NoSuchFileException} if there is none. */
    byte[] read(String name) throws IOException, PrivateKeyStoreDeniedException {
        Path file = file(name);
        requireOwnerOnly(file, FILE_MODE, NOFOLLOW_LINKS);
        if (!Files.isRegularFile(file, NOFOLLOW_LINKS)) {
            throw new PrivateKeyStoreDeniedException(file + " is no regular file; move it away");
        }
        return Files.readAllBytes(file);
    }

    /** Puts a whole file at its name, durably, unless something stands there: then that becomes durable, and nothing else happens. */
    void create(String name, byte[] content) throws IOException {
        Path unfinished = file(name + "." + UUID.randomUUID() + UNFINISHED);
        try {
            writeNew(unfinished, content);
            Files.createLink(file(name), unfinished); // a rename would replace what stands there; a link never does
        } catch (FileAlreadyExistsException e) {
            // the caller reads what it is
        } finally {
            Files.deleteIfExists(unfinished);
        }
        sync(file(name)); // it may be there from a call that was cut off before its own sync
        sync(path);
    }

    /**
     * Puts another content in the place of a file, which at every moment has the whole of one or the other. What it had is overwritten after
     * that: a crash in between leaves it to the disk, as {@link #destroy} says.
     */
    void replace(String name, byte[] content) throws IOException {
        Path unfinished = file(name + "." + UUID.randomUUID() + UNFINISHED);
        try (FileChannel replaced = writable(file(name))) {
            writeNew(unfinished, content);
            Files.move(unfinished, file(name), ATOMIC_MOVE);
            sync(path);
            write(replaced, new byte[Math.toIntExact(replaced.size())]);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void writeNew(Path file, byte[] content) throws IOException {
        // born with its permissions: a chmod afterwards would come too late
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(CREATE_NEW, WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            write(channel, content);
        }
    }

    /**
     * Makes a file unreadable and then removes it; one that is not there is fine. First it loses its name, so that no crash can leave
     * a half overwritten key where a whole one is looked for. Overwriting is worth what the disk makes of it: a journal, a snapshot
     * or a flash disk may keep the old blocks, which is why what is in them is encrypted.
     */
    void destroy(String name) throws IOException {
        Path doomed = file(name + DOOMED);
        try {
            Files.move(file(name), doomed, ATOMIC_MOVE);
        } catch (NoSuchFileException e) {
            // destroyed before, perhaps not to the end
        }
        sync(path);
        shred(doomed);
        sync(path);
    }

    private static void shred(Path file) throws IOException {
        try (FileChannel channel = writable(file)) {
            write(channel, new byte[Math.toIntExact(channel.size())]);
        } catch (NoSuchFileException e) {
            return;
        }
        Files.delete(file);
    }

    /** Also one that somebody has made read-only, which keeps nobody from having it removed. */
    private static FileChannel writable(Path file) throws IOException {
        if (Files.isRegularFile(file, NOFOLLOW_LINKS)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
        return FileChannel.open(file, WRITE, NOFOLLOW_LINKS);
    }

    /** Finishes what a crash cut off: a file half written was never there, a file half destroyed shall be gone. */
    void removeLeftovers() throws IOException {
        for (String unfinished : namesEnding(UNFINISHED)) {
            // not overwritten: after a crash it may be a second name of a finished key
            Files.deleteIfExists(file(unfinished));
        }
        for (String doomed : namesEnding(DOOMED)) {
            shred(file(doomed));
        }
        sync(path);
    }

    private static void write(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(content);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
        channel.force(true);
    }

    private static void sync(Path fileOrDirectory) throws IOException {
        try (FileChannel channel = FileChannel.open(fileOrDirectory, READ)) {
            channel.force(true);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
