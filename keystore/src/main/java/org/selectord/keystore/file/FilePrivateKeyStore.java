package org.selectord.keystore.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

/**
 * One file a key, {@code <fingerprint>.pem}: encrypted PKCS#8 PEM, 0600, in a directory of 0700. Needs no server; its deadline is
 * that of the local disk. It is the store of one registry, which the file {@code registry} beside the keys names. One process at a time
 * should have it open: a second one that opens it takes the other's unfinished file for a leftover, and the other's {@link #put} fails,
 * harmlessly.
 */
public final class FilePrivateKeyStore implements PrivateKeyStore {
    private static final Pattern KEY_FILE = Pattern.compile("([0-9a-f]{64})\\.pem");
    private static final String MARK = "registry";
    private static final int PROBES = 3;

    private final OwnerOnlyDirectory directory;
    private final PemEncryption encryption;

    private FilePrivateKeyStore(OwnerOnlyDirectory directory, PemEncryption encryption) {
        this.directory = directory;
        this.encryption = encryption;
    }

    /**
     * Opens the store of this registry. Throws when it is another's, for what is in it and not in the registry counts as a spare; and when the
     * passphrase is that of no key in it, or new ones would be under another one than the old.
     */
    public static FilePrivateKeyStore open(Path path, Passphrase passphrase, String registry)
            throws PrivateKeyStoreException {
        FilePrivateKeyStore store = open(path, passphrase);
        store.requireStoreOf(registry);
        store.requirePassphrase();
        return store;
    }

    private void requirePassphrase() throws PrivateKeyStoreException {
        Optional<PrivateKeyDamagedException> last = Optional.empty();
        for (KeyFingerprint name : list().stream().limit(PROBES).toList()) {
            try {
                read(name);
                return;
            } catch (PrivateKeyDamagedException e) {
                last = Optional.of(e);
            }
        }
        if (last.isPresent()) {
            throw new PrivateKeyStoreDeniedException(
                    "no key that was tried in " + this
                            + " can be read with this passphrase. Was another one put there, or one forgotten after"
                            + " selectorctl keystore rekey? The last one tried: "
                            + last.get().getMessage(),
                    last.get());
        }
    }

    private void requireStoreOf(String ours) throws PrivateKeyStoreException {
        String owner;
        try {
            if (!directory.has(MARK)) {
                directory.create(MARK, (ours + "\n").getBytes(StandardCharsets.US_ASCII));
            }
            owner = new String(directory.read(MARK), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw failed("see whose the keystore " + directory + " is", e);
        }
        if (!owner.equals(ours)) {
            throw new PrivateKeyStoreDeniedException("the keystore " + directory
                    + " holds the keys of another registry, " + owner + ", and ours is " + ours
                    + ": each would use and destroy what the other has. Give this one another directory; or, when that other registry is gone"
                    + " for good and no key in there is wanted any more, remove " + directory.file(MARK));
        }
    }

    /** Opens the store, makes its directory if that is missing, and removes what a crash has left half written or half destroyed. */
    public static FilePrivateKeyStore open(Path path, Passphrase passphrase) throws PrivateKeyStoreException {
        OwnerOnlyDirectory directory = new OwnerOnlyDirectory(path);
        try {
            directory.makeIfAbsent();
            directory.requireOwnerOnly();
            directory.removeLeftovers();
        } catch (IOException e) {
            throw failed("open the keystore " + path, e);
        }
        return new FilePrivateKeyStore(directory, new PemEncryption(passphrase));
    }

    @Override
    public KeyFingerprint put(PrivateKeyPem key) throws PrivateKeyStoreException {
        KeyFingerprint name = key.publicHalf().fingerprint();
        try {
            directory.requireOwnerOnly();
            directory.create(fileName(name), encryption.encrypt(key));
        } catch (IOException e) {
            throw failed("store the private key " + file(name), e);
        }
        read(name); // refuses whatever is not a sound key of this name, be it ours, an earlier call's or somebody
        // else's
        return name;
    }

    @Override
    public PrivateKeyPem read(KeyFingerprint name) throws PrivateKeyStoreException {
        PrivateKeyPem key = decrypted(name, content(name));
        if (!key.publicHalf().fingerprint().equals(name)) {
            throw new PrivateKeyDamagedException(file(name) + " holds another key than the one it is named after, "
                    + key.publicHalf() + "; move it away");
        }
        return key;
    }

    private byte[] content(KeyFingerprint name) throws PrivateKeyStoreException {
        String read = "read the private key " + file(name);
        try {
            directory.requireOwnerOnly();
        } catch (IOException e) {
            throw failed(read, e);
        }
        try {
            return directory.read(fileName(name));
        } catch (NoSuchFileException e) {
            throw new PrivateKeyAbsentException("there is no private key " + file(name), e);
        } catch (PrivateKeyStoreDeniedException e) {
            throw new PrivateKeyDamagedException(String.valueOf(e.getMessage()), e);
        } catch (AccessDeniedException e) {
            throw new PrivateKeyDamagedException(
                    "could not " + read + ": this user may not; run: chmod 0600 " + file(name), e);
        } catch (IOException e) {
            throw failed(read, e);
        }
    }

    private PrivateKeyPem decrypted(KeyFingerprint name, byte[] content) throws PrivateKeyDamagedException {
        try {
            return encryption.decrypt(content);
        } catch (GeneralSecurityException e) {
            throw new PrivateKeyDamagedException(
                    "could not decrypt " + file(name) + ": " + e.getMessage()
                            + ". If openssl pkey -in " + file(name)
                            + " -noout cannot read it either, restore it from a backup or move it away",
                    e);
        }
    }

    @Override
    public PublicHalf readPublic(KeyFingerprint name) throws PrivateKeyStoreException {
        return read(name).publicHalf(); // a public half kept beside it could disagree with it
    }

    @Override
    public Set<KeyFingerprint> list() throws PrivateKeyStoreException {
        Set<KeyFingerprint> keys = new TreeSet<>();
        try {
            directory.requireOwnerOnly();
            for (String name : directory.names()) {
                Matcher keyFile = KEY_FILE.matcher(name);
                if (keyFile.matches()) {
                    keys.add(new KeyFingerprint(keyFile.group(1)));
                }
            }
        } catch (IOException e) {
            throw failed("list " + this, e);
        }
        return keys;
    }

    @Override
    public void destroy(KeyFingerprint name) throws PrivateKeyStoreException {
        try {
            directory.requireOwnerOnly();
            directory.destroy(fileName(name));
        } catch (IOException e) {
            throw failed("destroy the private key " + file(name), e);
        }
    }

    /**
     * Encrypts every key anew, under another passphrase. At every moment each file is whole and readable under one of the two, so a call that
     * was cut off is repeated. Nobody else may work with the store meanwhile, and this object is of no use afterwards.
     */
    public Rekeyed rekey(Passphrase next) throws PrivateKeyStoreException {
        FilePrivateKeyStore under = new FilePrivateKeyStore(directory, new PemEncryption(next));
        int anew = 0;
        int before = 0;
        List<String> left = new ArrayList<>();
        for (KeyFingerprint name : list()) {
            if (under.isReadable(name)) {
                before++;
                continue;
            }
            try {
                under.replace(read(name));
                anew++;
            } catch (PrivateKeyStoreUnavailableException e) {
                throw e;
            } catch (PrivateKeyStoreException e) {
                left.add(String.valueOf(e.getMessage()));
            }
        }
        return new Rekeyed(anew, before, left);
    }

    /**
     * What came of it.
     *
     * @param anew keys that this call encrypted anew
     * @param before keys that were under the new passphrase already
     * @param left why each of the others was left as it is
     */
    public record Rekeyed(int anew, int before, List<String> left) {
        public Rekeyed {
            left = List.copyOf(left);
        }
    }

    private boolean isReadable(KeyFingerprint name) throws PrivateKeyStoreUnavailableException {
        try {
            read(name);
            return true;
        } catch (PrivateKeyStoreUnavailableException e) {
            throw e;
        } catch (PrivateKeyStoreException e) {
            return false;
        }
    }

    private void replace(PrivateKeyPem key) throws PrivateKeyStoreException {
        KeyFingerprint name = key.publicHalf().fingerprint();
        try {
            byte[] anew = encryption.encrypt(key);
            if (!decrypted(name, anew).equals(key)) { // what is there is overwritten after this
                throw new IOException("what was encrypted does not decrypt to the same key");
            }
            directory.replace(fileName(name), anew);
        } catch (IOException e) {
            throw failed("encrypt the private key " + file(name) + " anew", e);
        }
        read(name);
    }

    private Path file(KeyFingerprint name) {
        return directory.file(fileName(name));
    }

    private static String fileName(KeyFingerprint name) {
        return name + ".pem";
    }

    @Override
    public String toString() {
        return "the keystore " + directory;
    }

    static PrivateKeyStoreException failed(String tried, IOException e) {
        String cameBack = "could not " + tried + ": " + e.getClass().getSimpleName() + ": " + e.getMessage();
        return e instanceof AccessDeniedException
                ? new PrivateKeyStoreDeniedException(cameBack + " (this user may not)", e)
                : new PrivateKeyStoreUnavailableException(cameBack, e);
    }
}
