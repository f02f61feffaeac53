package org.selectord.keystore.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.KeyFingerprint;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreContract;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;

class FilePrivateKeyStoreTest extends PrivateKeyStoreContract {
    private static final String SECRET = "correct horse battery staple";
    private static final KeyFingerprint NAME = KEY.publicHalf().fingerprint();

    @TempDir
    private Path above;

    @Override
    protected PrivateKeyStore store() throws PrivateKeyStoreException {
        return open(SECRET);
    }

    @Override
    protected void refuse() throws IOException {
        chmod(directory(), "rwxr-xr-x");
    }

    @Override
    protected void takeAway() throws IOException {
        Files.move(directory(), above.resolve("away"));
    }

    @Override
    protected void giveBack() throws IOException {
        if (Files.exists(above.resolve("away"))) {
            Files.move(above.resolve("away"), directory());
        }
        chmod(directory(), "rwx------");
    }

    private FilePrivateKeyStore open(String passphrase) throws PrivateKeyStoreException {
        return FilePrivateKeyStore.open(directory(), new Passphrase(passphrase.toCharArray()));
    }

    private Path directory() {
        return above.resolve("keys");
    }

    private Path file() {
        return directory().resolve(NAME + ".pem");
    }

    @Test
    void makesItsDirectoryAndItsFilesForTheOwnerOnly() throws Exception {
        store().put(KEY);

        assertThat(permissions(directory())).isEqualTo("rwx------");
        assertThat(permissions(file())).isEqualTo("rw-------");
    }

    @Test
    void writesNothingThatIsNotEncrypted() throws Exception {
        store().put(KEY);

        assertThat(entries()).containsExactly(NAME + ".pem");
        assertThat(Files.readString(file())).startsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
        assertThat(Files.readString(file()))
                .doesNotContain(KEY.reveal().lines().toList().get(5));
    }

    @Test
    void isTheStoreOfOneRegistryForEver() throws Exception {
        Passphrase passphrase = new Passphrase(SECRET.toCharArray());
        store().put(KEY); // before it was anybody's
        FilePrivateKeyStore.open(directory(), passphrase, "ours");
        FilePrivateKeyStore ours = FilePrivateKeyStore.open(directory(), passphrase, "ours");

        assertThatThrownBy(() -> FilePrivateKeyStore.open(directory(), passphrase, "theirs"))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining(
                        "the keystore " + directory() + " holds the keys of another registry, ours, and ours is theirs")
                .hasMessageContaining("remove " + directory().resolve("registry"));
        assertThat(ours.list()).containsExactly(NAME);
        assertThat(permissions(directory().resolve("registry"))).isEqualTo("rw-------");
    }

    @Test
    void aPassphraseThatOpensNoKeyIsRefusedForNewOnesWouldBeUnderAnotherOneThanTheOld() throws Exception {
        Passphrase right = new Passphrase(SECRET.toCharArray());
        Passphrase wrong = new Passphrase("another".toCharArray());
        FilePrivateKeyStore.open(directory(), wrong, "ours"); // while it is empty nobody can tell
        store().put(KEY);

        assertThatThrownBy(() -> FilePrivateKeyStore.open(directory(), wrong, "ours"))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("can be read with this passphrase")
                .hasMessageContaining("selectorctl keystore rekey");
        assertThat(FilePrivateKeyStore.open(directory(), right, "ours").list()).containsExactly(NAME);
    }

    @Test
    void aKeyThatIsReadOnlyIsDestroyedToo() throws Exception {
        store().put(KEY);
        chmod(file(), "r--------");

        store().destroy(NAME);

        assertThat(entries()).isEmpty();
    }

    @Test
    void doesNotMakeTheDirectoryAboveIt() {
        Path misspelt = above.resolve("no/such/keys");

        assertThatThrownBy(() -> FilePrivateKeyStore.open(misspelt, new Passphrase(SECRET.toCharArray())))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("install -d -m 0700 " + misspelt);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxr-x---", "rwx--x---", "rwx---r--", "rwx----w-", "rwxrwxrwx"})
    void refusesADirectoryThatOthersCanGetInto(String permissions) throws Exception {
        PrivateKeyStore store = store();
        store.put(KEY);
        chmod(directory(), permissions);

        assertDenied(store, "run: chmod 0700 " + directory());
        assertThatThrownBy(this::store)
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("run: chmod 0700 " + directory());
        assertThatThrownBy(store::list).isInstanceOf(PrivateKeyStoreDeniedException.class);
        assertThatThrownBy(() -> store.put(OTHER_KEY)).isInstanceOf(PrivateKeyStoreDeniedException.class);
        assertThatThrownBy(() -> store.destroy(NAME)).isInstanceOf(PrivateKeyStoreDeniedException.class);
        assertThat(entries()).containsExactly(NAME + ".pem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw--w----", "rw-----w-", "rw-r--r--", "rwx------"})
    void refusesAFileThatOthersCanGetAt(String permissions) throws Exception {
        store().put(KEY);
        chmod(file(), permissions);

        assertDamaged(store(), "run: chmod 0600 " + file());
        assertThatThrownBy(() -> store().put(KEY)).hasMessageContaining("run: chmod 0600 " + file());
    }

    @Test
    void whatItSaysToRunHelpsEvenWhenThePathHasSpaces() throws Exception {
        Path odd = above.resolve("Ann's keys");
        Passphrase passphrase = new Passphrase(SECRET.toCharArray());
        FilePrivateKeyStore.open(odd, passphrase);
        chmod(odd, "rwxrwxrwx");

        PrivateKeyStoreException denied = catchStoreException(() -> FilePrivateKeyStore.open(odd, passphrase));
        String command = String.valueOf(denied.getMessage()).replaceFirst("(?s).*run: ", "");
        int exit = new ProcessBuilder("sh", "-c", command).start().waitFor();

        assertThat(exit).isZero();
        assertThat(FilePrivateKeyStore.open(odd, passphrase).list()).isEmpty();
    }

    @Test
    void stricterPermissionsAreFine() throws Exception {
        store().put(KEY);
        chmod(file(), "r--------");

        assertThat(store().read(NAME)).isEqualTo(KEY);
    }

    @Test
    void refusesADirectoryOfAnotherUser() throws Exception {
        Path foreign = ofAnotherUser(directory());

        assertThatThrownBy(() -> FilePrivateKeyStore.open(foreign, new Passphrase(SECRET.toCharArray())))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("and we are user " + new UnixSystem().getUid())
                .hasMessageContaining("chown " + new UnixSystem().getUid() + " " + foreign);
    }

    @Test
    void refusesAFileOfAnotherUser() throws Exception {
        assumeThat(new UnixSystem().getUid())
                .as("skipped: only root can give a file away")
                .isZero();
        store().put(KEY);
        ofAnotherUser(file());

        assertDamaged(store(), "chown 0 " + file());
    }

    @Test
    void refusesWhatIsNoRegularFile() throws Exception {
        store().put(KEY);
        Files.move(file(), directory().resolve("elsewhere"));
        Files.createDirectory(file());
        chmod(file(), "rw-------");

        assertDamaged(store(), "is no regular file; move it away");
    }

    @Test
    void aSymbolicLinkIsNotFollowed() throws Exception {
        store().put(KEY);
        Path elsewhere = directory().resolve("elsewhere");
        Files.move(file(), elsewhere);
        Files.createSymbolicLink(file(), elsewhere);

        assertThatThrownBy(() -> store().read(NAME)).isInstanceOf(PrivateKeyDamagedException.class);
    }

    @Test
    void neverOverwritesWhatStandsAtTheName() throws Exception {
        PrivateKeyStore store = store();
        store.put(OTHER_KEY);
        Path other = directory().resolve(OTHER_KEY.publicHalf().fingerprint() + ".pem");
        Files.move(other, file());
        byte[] before = Files.readAllBytes(file());

        assertThatThrownBy(() -> store.put(KEY))
                .isInstanceOf(PrivateKeyDamagedException.class)
                .hasMessageContaining(file() + " holds another key than the one it is named after")
                .hasMessageContaining("move it away");

        assertThat(Files.readAllBytes(file())).isEqualTo(before);
        assertThat(entries()).containsExactly(NAME + ".pem");
    }

    @Test
    void neverOverwritesTheSameKeyEither() throws Exception {
        store().put(KEY);
        byte[] before = Files.readAllBytes(file());

        store().put(KEY);

        assertThat(Files.readAllBytes(file())).isEqualTo(before); // a second encryption would have another salt
        assertThat(entries()).containsExactly(NAME + ".pem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF", "not a key at all"})
    void refusesADamagedFileAndLeavesItAlone(String content) throws Exception {
        store().put(KEY);
        Files.writeString(file(), content);

        assertDamaged(store(), "could not decrypt " + file());
        assertThatThrownBy(() -> store().put(KEY)).isInstanceOf(PrivateKeyDamagedException.class);
        assertThat(Files.readString(file())).isEqualTo(content);
    }

    /** AES-CBC does not notice; without the check of the numbers, this would come back as a key that signs nonsense. */
    @Test
    void noticesOneFlippedBitWhereverItIs() throws Exception {
        store().put(KEY);
        List<String> lines = Files.readAllLines(file());
        for (int line = 4; line < lines.size() - 1; line += 6) {
            List<String> damaged = new ArrayList<>(lines);
            char c = lines.get(line).charAt(7);
            damaged.set(
                    line,
                    lines.get(line).substring(0, 7)
                            + (c == 'A' ? 'B' : 'A')
                            + lines.get(line).substring(8));
            Files.write(file(), damaged);

            assertDamaged(store(), "could not decrypt");
        }
    }

    @Test
    void aWrongPassphraseIsForAPersonToMend() throws Exception {
        store().put(KEY);

        assertDamaged(open("another one"), "the passphrase is wrong or the file is damaged");
    }

    @Test
    void aVanishedDirectoryIsNotAnAbsentKey() throws Exception {
        PrivateKeyStore store = store();
        store.put(KEY);
        Files.move(directory(), above.resolve("unmounted"));

        assertThatThrownBy(() -> store.read(NAME))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining(directory() + " is gone");
        assertThatThrownBy(store::list).isInstanceOf(PrivateKeyStoreUnavailableException.class);
        assertThatThrownBy(() -> store.destroy(NAME)).isInstanceOf(PrivateKeyStoreUnavailableException.class);
        assertThatThrownBy(() -> store.put(KEY)).isInstanceOf(PrivateKeyStoreUnavailableException.class);
    }

    @Test
    void foreignFilesAreNeitherListedNorTouched() throws Exception {
        store().put(KEY);
        for (String name : List.of("README", "notes.pem", NAME + ".pem.bak", NAME + "x.pem", ".hidden")) {
            Files.writeString(directory().resolve(name), "not ours");
        }

        assertThat(store().list()).containsExactly(NAME);
        assertThat(entries()).hasSize(6);
    }

    @Test
    void aHalfWrittenFileNeverCountsAndIsRemovedWhenTheStoreOpens() throws Exception {
        PrivateKeyStore beforeTheCrash = store();
        Path unfinished = directory().resolve(NAME + ".pem.4711.unfinished");
        Files.writeString(unfinished, "-----BEGIN ENCRYPTED PRIV");

        assertThat(beforeTheCrash.list()).isEmpty();
        assertThatThrownBy(() -> beforeTheCrash.read(NAME)).isInstanceOf(PrivateKeyAbsentException.class);

        assertThat(store().list()).isEmpty();
        assertThat(entries()).isEmpty();
    }

    @Test
    void aCrashBetweenTheTwoNamesOfANewFileLosesNothing() throws Exception {
        store().put(KEY);
        Files.createLink(directory().resolve(NAME + ".pem.4711.unfinished"), file());

        assertThat(store().list()).containsExactly(NAME);
        assertThat(store().read(NAME)).isEqualTo(KEY);
        assertThat(entries()).containsExactly(NAME + ".pem");
    }

    @Test
    void destroyingOverwritesBeforeItUnlinks() throws Exception {
        store().put(KEY);
        Path sameFile = above.resolve("same-file");
        Files.createLink(sameFile, file());
        long size = Files.size(file());

        store().destroy(NAME);

        assertThat(entries()).isEmpty();
        assertThat(Files.readAllBytes(sameFile)).isEqualTo(new byte[(int) size]);
    }

    @Test
    void aHalfDestroyedKeyIsNoKeyAndIsDestroyedWhenTheStoreOpens() throws Exception {
        PrivateKeyStore beforeTheCrash = store();
        beforeTheCrash.put(KEY);
        Path doomed = directory().resolve(NAME + ".pem.doomed");
        Files.move(file(), doomed);
        Path sameFile = above.resolve("same-file");
        Files.createLink(sameFile, doomed);

        assertThat(beforeTheCrash.list()).isEmpty();
        assertThat(store().list()).isEmpty();

        assertThat(entries()).isEmpty();
        assertThat(Files.readAllBytes(sameFile)).containsOnly(0);
    }

    @Test
    void aKeyLosesItsNameBeforeItsContentSoThatNoCrashLeavesHalfAKeyAtItsName() throws Exception {
        PrivateKeyStore store = store();
        store.put(KEY);
        Path inTheWay = Files.createDirectory(directory().resolve(NAME + ".pem.doomed"));

        assertThatThrownBy(() -> store.destroy(NAME))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("could not destroy the private key " + file());
        assertThat(store.read(NAME)).isEqualTo(KEY);

        Files.delete(inTheWay);
        store.destroy(NAME);
        assertThat(entries()).isEmpty();
    }

    @Test
    void destroyingAgainFinishesWhatFailedTheFirstTime() throws Exception {
        PrivateKeyStore store = store();
        store.put(KEY);
        Files.move(file(), directory().resolve(NAME + ".pem.doomed"));

        store.destroy(NAME);

        assertThat(entries()).isEmpty();
    }

    @Test
    void whatThePermissionsForbidIsForAPersonAndAllElseIsForLater() {
        assertThat(FilePrivateKeyStore.failed("read the private key /keys/x", new AccessDeniedException("/keys/x")))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("could not read the private key /keys/x: AccessDeniedException: /keys/x");
        assertThat(FilePrivateKeyStore.failed("list", new IOException("Input/output error")))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessage("could not list: IOException: Input/output error");
    }

    @Test
    void noTextHoldsASecret() throws Exception {
        FilePrivateKeyStore store = open(SECRET);
        store.put(KEY);
        Files.copy(file(), directory().resolve(OTHER_KEY.publicHalf().fingerprint() + ".pem"));
        chmod(directory().resolve(OTHER_KEY.publicHalf().fingerprint() + ".pem"), "rw-------");

        String texts = store
                + trace(catchStoreException(() -> open("another one").read(NAME)))
                + trace(catchStoreException(() -> store.put(OTHER_KEY)))
                + trace(catchStoreException(() -> store.read(new KeyFingerprint("00".repeat(32)))));

        assertThat(texts).doesNotContain(SECRET, "another one", "BEGIN");
        assertThat(KEY.reveal().lines().filter(line -> line.length() > 20)).noneMatch(texts::contains);
    }

    /** The store as a whole. */
    private static void assertDenied(PrivateKeyStore store, String why) {
        assertRefused(store, PrivateKeyStoreDeniedException.class, why);
    }

    /** This one key. */
    private static void assertDamaged(PrivateKeyStore store, String why) {
        assertRefused(store, PrivateKeyDamagedException.class, why);
    }

    private static void assertRefused(PrivateKeyStore store, Class<? extends Exception> kind, String why) {
        assertThatThrownBy(() -> store.read(NAME)).isInstanceOf(kind).hasMessageContaining(why);
        assertThatThrownBy(() -> store.readPublic(NAME)).isInstanceOf(kind);
    }

    /** Root gives the path away; anybody else finds one that is not theirs. */
    private static Path ofAnotherUser(Path path) throws IOException {
        if (new UnixSystem().getUid() != 0) {
            return Path.of("/usr");
        }
        if (!Files.exists(path)) {
            Files.createDirectory(path);
        }
        Files.setAttribute(path, "unix:uid", 65534);
        return path;
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> entries = Files.list(directory())) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void chmod(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private static PrivateKeyStoreException catchStoreException(ThrowingCallable call) {
        return catchThrowableOfType(PrivateKeyStoreException.class, call);
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
