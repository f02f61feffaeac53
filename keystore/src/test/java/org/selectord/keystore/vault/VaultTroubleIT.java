package org.selectord.keystore.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;
import org.selectord.keystore.bed.VaultServer;
import org.selectord.keystore.vault.VaultLogin.AppRole;

/** What goes wrong with a real Vault, which keeps its secrets on disk: sealed, killed, stopped, with tokens that end and policies that change. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VaultTroubleIT {
    private static final String MOUNT = VaultStoreContract.MOUNT;
    private static final String POLICY = VaultStoreContract.POLICY;
    private static final PrivateKeyPem KEY = key();
    private static final PrivateKeyPem OTHER_KEY = key();
    private static final KeyFingerprint NAME = KEY.publicHalf().fingerprint();
    private static final String PATH = MOUNT + "/data/keys/" + NAME;
    private static final Duration SHORT = Duration.ofSeconds(2);

    private final VaultServer vault = VaultServer.raft();
    private final List<VaultPrivateKeyStore> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    private static PrivateKeyPem key() {
        return PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));
    }

    @BeforeEach
    void mount() {
        vault.mount(MOUNT, 2).shippedPolicy(POLICY, MOUNT);
    }

    @AfterEach
    void closeStores() {
        opened.forEach(VaultPrivateKeyStore::close);
        opened.clear();
    }

    @AfterAll
    void stop() {
        vault.close();
    }

    private VaultPrivateKeyStore open(VaultLogin login) throws PrivateKeyStoreException {
        return open(VaultStoreContract.settings(vault, login, SHORT));
    }

    private VaultPrivateKeyStore open(VaultSettings settings) throws PrivateKeyStoreException {
        VaultPrivateKeyStore store = VaultPrivateKeyStore.open(settings);
        opened.add(store);
        return store;
    }

    private AppRole appRole(String parameters) {
        String roleId = vault.role("daemon", POLICY, parameters);
        return new AppRole(AppRole.DEFAULT_MOUNT, roleId, VaultStoreContract.given(vault.secretId("daemon")));
    }

    private PrivateKeyStore opened() throws PrivateKeyStoreException {
        return open(appRole(",\"token_ttl\":\"1h\""));
    }

    // ---- the token

    @Test
    void aTokenThatExpiresIsReplacedInTimeAndNobodyNotices() throws Exception {
        PrivateKeyStore store = open(appRole(",\"token_ttl\":\"3s\",\"token_max_ttl\":\"6s\""));
        store.put(KEY);

        for (int i = 0; i < 26; i++) { // longer than one token may ever live, twice over
            TimeUnit.MILLISECONDS.sleep(500);
            assertThat(store.read(NAME)).isEqualTo(KEY);
        }
    }

    @Test
    void aTokenIsLookedAfterAlsoWhenNobodyAsksForAnything() throws Exception {
        AtomicBoolean another = new AtomicBoolean();
        String roleId = vault.role("daemon", POLICY, ",\"token_period\":\"3s\"");
        String secretId = vault.secretId("daemon");
        PrivateKeyStore store = open(new AppRole(AppRole.DEFAULT_MOUNT, roleId, new VaultSecret("once", () -> {
            if (another.getAndSet(true)) {
                throw new IllegalArgumentException("asked for a second time");
            }
            return secretId;
        })));
        store.put(KEY);

        TimeUnit.SECONDS.sleep(8);

        assertThat(store.read(NAME)).as("by the token of the one login").isEqualTo(KEY);
    }

    @Test
    void aRevokedTokenIsReplacedByLoggingInOnceMore() throws Exception {
        PrivateKeyStore store = opened();
        store.put(KEY);

        for (int i = 0; i < 3; i++) {
            vault.revokeTokensOfRole();
            assertThat(store.list()).containsExactly(NAME);
            vault.revokeTokensOfRole();
            assertThat(store.read(NAME)).isEqualTo(KEY);
            vault.revokeTokensOfRole();
            store.put(OTHER_KEY);
            vault.revokeTokensOfRole();
            store.destroy(OTHER_KEY.publicHalf().fingerprint());
        }
    }

    @Test
    void aTokenInAFileIsReadAgainWhenItEnds() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), vault.token(POLICY, ",\"ttl\":\"1h\"") + "\n");
        PrivateKeyStore store = open(new VaultLogin.Token(new VaultSecret(file.toString(), () -> read(file))));
        store.put(KEY);
        String accessor = vault.token(POLICY, ",\"ttl\":\"1h\"");

        vault.api("PUT", "auth/token/revoke", "{\"token\":\"" + read(file).strip() + "\"}");
        assertThatThrownBy(() -> store.read(NAME))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("did not let us in: 403 ")
                .hasMessageContaining("invalid token")
                .hasMessageContaining("Put a new one into " + file);

        Files.writeString(file, accessor + "\n");
        assertThat(store.read(NAME)).isEqualTo(KEY);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read");
        }
    }

    @Test
    void aTokenThatIsGivenIsRenewedAndNotEndedByUs() throws Exception {
        String token = vault.token(POLICY, ",\"period\":\"3s\"");
        VaultPrivateKeyStore store = open(new VaultLogin.Token(VaultStoreContract.given(token)));
        TimeUnit.SECONDS.sleep(7);
        store.put(KEY);
        store.close();

        assertThat(vault.status("GET", PATH, "", token)).isEqualTo(200);
    }

    @Test
    void aTokenThatWasGotByLoggingInEndsWithTheStore() throws Exception {
        String accessors = "auth/token/accessors?list=true";
        int before = vault.api("GET", accessors, "")
                .get("data")
                .asObject()
                .get("keys")
                .asArray()
                .size();
        VaultPrivateKeyStore store = open(appRole(",\"token_ttl\":\"1h\""));

        store.close();

        assertThat(vault.api("GET", accessors, "")
                        .get("data")
                        .asObject()
                        .get("keys")
                        .asArray()
                        .size())
                .isEqualTo(before);
    }

    @Test
    void aSecretIdThatIsWrongOrUsedUpIsSaidWithTheWayOutAndNeverQuoted() {
        AppRole once = appRole(",\"secret_id_num_uses\":1");
        assertThat(catchOpened(once)).isEmpty();

        assertThatThrownBy(() -> open(once).list())
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining(
                        "Vault at " + vault.address() + " did not let us in: 400 invalid role or secret ID")
                .hasMessageContaining("make a new one (vault write -f auth/approle/role/<role>/secret-id)")
                .hasMessageNotContaining(once.secretId().reveal());
        assertThatThrownBy(() -> open(new AppRole("elsewhere", once.roleId(), once.secretId()))
                        .list())
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("403");
    }

    @Test
    void aDaemonThatIsRefusedRunsAndIsLetInByAnotherSecret() throws Exception {
        AppRole right = appRole(",\"token_ttl\":\"1h\"");
        AtomicReference<String> secretId = new AtomicReference<>("11111111-2222-3333-4444-555555555555");
        PrivateKeyStore store =
                open(new AppRole(AppRole.DEFAULT_MOUNT, right.roleId(), new VaultSecret("a file", secretId::get)));

        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(() -> store.put(KEY))
                    .isInstanceOf(PrivateKeyStoreDeniedException.class)
                    .hasMessageContaining("did not let us in: 400 invalid role or secret ID");
        }
        secretId.set(right.secretId().reveal());

        // had all ten been tried, Vault would have locked the role out
        assertThat(store.put(KEY)).isEqualTo(NAME);
    }

    @Test
    void aTokenNearItsEndServesOnWhileThereIsNoOther() throws Exception {
        PrivateKeyStore store =
                open(appRole(",\"secret_id_num_uses\":1,\"token_ttl\":\"6s\",\"token_max_ttl\":\"12s\""));
        long begunAt = System.nanoTime();
        store.put(KEY);

        TimeUnit.SECONDS.sleep(8); // from then on it is not renewed any more, and four seconds from its end
        while (System.nanoTime() - begunAt < Duration.ofSeconds(11).toNanos()) {
            TimeUnit.MILLISECONDS.sleep(100);
            assertThat(store.read(NAME)).isEqualTo(KEY);
        }
    }

    private Optional<PrivateKeyStoreException> catchOpened(VaultLogin login) {
        try {
            open(login);
            return Optional.empty();
        } catch (PrivateKeyStoreException e) {
            return Optional.of(e);
        }
    }

    @Test
    void aDenialIsNoReasonToLogInAgain() throws Exception {
        AppRole once = appRole(",\"secret_id_num_uses\":1,\"token_ttl\":\"1h\"");
        PrivateKeyStore store = open(once);
        store.put(KEY);
        vault.policy(POLICY, "path \"" + MOUNT + "/*\" { capabilities = [\"deny\"] }");

        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(store::list)
                    .isInstanceOf(PrivateKeyStoreDeniedException.class)
                    .hasMessageContaining(
                            "could not list the private keys in dkim/keys at " + vault.address() + ": 403 ")
                    .hasMessageContaining("compare it with deploy/vault/selectord.hcl");
        }

        vault.shippedPolicy(POLICY, MOUNT);
        assertThat(store.read(NAME)).isEqualTo(KEY);
    }

    // ---- the mount

    @Test
    void aFolderOfAnotherRegistryIsRefusedAlsoWhenVaultWasSealedAtStart() throws Exception {
        VaultSettings settings = VaultStoreContract.settings(vault, appRole(",\"token_ttl\":\"1h\""), SHORT);
        try (VaultPrivateKeyStore ours = VaultPrivateKeyStore.open(settings, "ours");
                VaultPrivateKeyStore again = VaultPrivateKeyStore.open(settings, "ours")) {
            ours.put(KEY);
            assertThat(again.list()).containsExactly(NAME);
        }

        assertThatThrownBy(() -> VaultPrivateKeyStore.open(settings, "theirs"))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("dkim/keys at " + vault.address() + " holds the keys of another registry, ours,")
                .hasMessageContaining("vault kv metadata delete -mount=dkim keys/registry");

        vault.seal();
        try (VaultPrivateKeyStore theirs = VaultPrivateKeyStore.open(settings, "theirs")) {
            vault.unseal();
            assertThatThrownBy(() -> theirs.destroy(NAME)).hasMessageContaining("holds the keys of another registry");
        }
        assertThat(open(settings).list()).containsExactly(NAME);
    }

    @Test
    void aMountOfTheFirstVersionIsRefused() {
        vault.mount(MOUNT, 1);

        assertThatThrownBy(this::opened)
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("dkim/ at " + vault.address() + " is no KV engine of version 2")
                .hasMessageContaining("vault secrets enable -path=dkim -version=2 kv");
    }

    @Test
    void aMountOfTheFirstVersionIsRefusedAlsoWhenVaultWasSealedAtStart() throws Exception {
        AppRole role = appRole(",\"token_ttl\":\"1h\"");
        vault.mount(MOUNT, 1).seal();
        PrivateKeyStore store = open(role);
        vault.unseal();

        assertThatThrownBy(() -> store.put(KEY)).hasMessageContaining("is no KV engine of version 2");
        assertThat(vault.status("GET", MOUNT + "/keys/" + NAME, "", vault.rootToken()))
                .isEqualTo(404);
    }

    @Test
    void aMountThatIsNotThereAndOneThatIsHigherUpAreSaid() {
        VaultSettings nowhere = settings("nowhere", VaultSettings.DEFAULT_PATH);
        assertThatThrownBy(() -> open(nowhere))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("could not look at the mount nowhere at " + vault.address() + ": 403")
                .hasMessageContaining("Nothing is mounted there, or the policy");

        VaultSettings tooDeep = settings(MOUNT + "/keys", "{fingerprint}");
        assertThatThrownBy(() -> open(tooDeep))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("is dkim/, and not dkim/keys/: put mount and path right");
    }

    @Test
    void aDeepMountAndAnotherPathServeAsWell() throws Exception {
        vault.mount("kv/team/dkim", 2).policy("deep", """
                path "kv/team/dkim/data/mail/*" { capabilities = ["create", "read"] }
                path "kv/team/dkim/metadata/mail/*" { capabilities = ["list", "delete"] }
                path "kv/team/dkim/destroy/mail/*" { capabilities = ["update"] }
                """);
        VaultSettings settings = new VaultSettings(
                vault.address(),
                "kv/team/dkim",
                "mail/out/key-{fingerprint}",
                Optional.empty(),
                new VaultLogin.Token(VaultStoreContract.given(vault.token("deep", ",\"ttl\":\"1h\""))),
                Optional.empty(),
                Optional.empty(),
                SHORT);
        PrivateKeyStore store = open(settings);
        store.put(KEY);
        store.put(OTHER_KEY);
        store.destroy(OTHER_KEY.publicHalf().fingerprint());

        assertThat(store.list()).containsExactly(NAME);
        assertThat(vault.status("GET", "kv/team/dkim/data/mail/out/key-" + NAME, "", vault.rootToken()))
                .isEqualTo(200);
    }

    private VaultSettings settings(String mount, String path) {
        VaultSettings usual = VaultStoreContract.settings(vault, appRole(""), SHORT);
        return new VaultSettings(
                usual.address(), mount, path, usual.namespace(), usual.login(), usual.ca(), usual.certificate(), SHORT);
    }

    // ---- what somebody else did to a key

    @Test
    void whatStandsAtTheNameOfAKeyAndIsNoneOfOursIsLeftAlone() throws Exception {
        PrivateKeyStore store = opened();
        String theirs = "{\"data\":{\"private_key\":\"mine\"}, \"options\":{\"cas\":0}}";
        vault.api("POST", PATH, theirs);

        assertThatThrownBy(() -> store.put(KEY))
                .isInstanceOf(PrivateKeyDamagedException.class)
                .hasMessageContaining("dkim/keys/" + NAME + " holds no private key of ours")
                .hasMessageNotContaining("mine");

        store.put(OTHER_KEY);
        String name = OTHER_KEY.publicHalf().fingerprint().hex();
        vault.api("POST", PATH, "{\"data\":" + dataOf(name) + ",\"options\":{\"cas\":1}}");
        assertThatThrownBy(() -> store.read(NAME))
                .isInstanceOf(PrivateKeyDamagedException.class)
                .hasMessageContaining("holds another key than the one it is named after")
                .hasMessageNotContaining("PRIVATE KEY");
    }

    private String dataOf(String name) {
        return vault.api("GET", MOUNT + "/data/keys/" + name, "")
                .get("data")
                .asObject()
                .get("data")
                .toString();
    }

    @Test
    void aKeyThatSomebodyDeletedIsAbsentWithTheWayBackAndItsNameIsNotTaken() throws Exception {
        PrivateKeyStore store = opened();
        store.put(KEY);
        vault.api("DELETE", PATH, "");

        assertThatThrownBy(() -> store.read(NAME))
                .isInstanceOf(PrivateKeyAbsentException.class)
                .hasMessageContaining("vault kv undelete -mount=dkim -versions=1 keys/" + NAME);
        assertThatThrownBy(() -> store.put(KEY))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("vault kv metadata delete -mount=dkim keys/" + NAME);

        vault.api("POST", MOUNT + "/undelete/keys/" + NAME, "{\"versions\":[1]}");
        assertThat(store.read(NAME)).isEqualTo(KEY);
    }

    @Test
    void aKeyOfWhichSomebodyWroteMoreVersionsIsDestroyedWithAllOfThem() throws Exception {
        PrivateKeyStore store = opened();
        store.put(KEY);
        for (int version = 1; version < 4; version++) {
            vault.api("POST", PATH, "{\"data\":" + dataOf(NAME.hex()) + ",\"options\":{\"cas\":" + version + "}}");
        }

        store.destroy(NAME);

        assertThat(vault.status("GET", MOUNT + "/metadata/keys/" + NAME, "", vault.rootToken()))
                .isEqualTo(404);
        for (int version = 1; version < 5; version++) {
            assertThat(vault.status("GET", PATH + "?version=" + version, "", vault.rootToken()))
                    .isEqualTo(404);
        }
    }

    @Test
    void whatIsInTheFolderAndNoKeyIsNotListed() throws Exception {
        PrivateKeyStore store = opened();
        store.put(KEY);
        vault.api("POST", MOUNT + "/data/keys/readme", "{\"data\":{\"a\":\"b\"},\"options\":{\"cas\":0}}");
        vault.api("POST", MOUNT + "/data/keys/" + NAME + "/x", "{\"data\":{\"a\":\"b\"},\"options\":{\"cas\":0}}");

        assertThat(store.list()).containsExactly(NAME);
    }

    // ---- the server

    @Test
    void aSealedVaultIsAwayAndWhatWasStoredIsThereAfterwards() throws Exception {
        PrivateKeyStore store = opened();
        store.put(KEY);

        vault.seal();
        assertThatThrownBy(() -> store.put(OTHER_KEY))
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("could not store the private key dkim/keys/"
                        + OTHER_KEY.publicHalf().fingerprint() + " at " + vault.address() + ": 503 Vault is sealed")
                .hasMessageContaining("unseal it (vault operator unseal)");
        assertThatThrownBy(() -> store.read(NAME)).isInstanceOf(PrivateKeyStoreUnavailableException.class);
        vault.unseal();

        assertThat(store.read(NAME)).isEqualTo(KEY);
        store.put(OTHER_KEY);
        assertThat(store.list()).hasSize(2);
    }

    @Test
    void aVaultThatIsSealedWhenWeStartIsUsedFromWhenItIsUnsealed() throws Exception {
        AppRole role = appRole(",\"token_ttl\":\"1h\"");
        vault.seal();

        PrivateKeyStore store = open(role);

        assertThatThrownBy(store::list)
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("503 Vault is sealed");
        vault.unseal();
        assertThat(store.put(KEY)).isEqualTo(NAME);
    }

    @Test
    void aVaultThatIsDownWhenWeStartIsUsedFromWhenItIsUp() throws Exception {
        AppRole role = appRole(",\"token_ttl\":\"1h\"");
        vault.kill();

        PrivateKeyStore store = open(role);

        assertThatThrownBy(store::list)
                .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                .hasMessageContaining("Vault at " + vault.address() + " did not let us in: cannot connect");
        vault.start();
        vault.unseal();
        assertThat(store.put(KEY)).isEqualTo(NAME);
    }

    @Test
    void nothingThatWasStoredIsLostWhenVaultIsKilledInTheMiddleOfThings() throws Exception {
        PrivateKeyStore store = opened();
        Set<KeyFingerprint> stored = ConcurrentHashMap.newKeySet();
        Set<KeyFingerprint> destroyed = ConcurrentHashMap.newKeySet();
        List<PrivateKeyPem> unknown = new ArrayList<>();
        AtomicBoolean over = new AtomicBoolean();
        Callable<Optional<PrivateKeyPem>> restless = () -> {
            while (!over.get()) {
                PrivateKeyPem key = key();
                try {
                    KeyFingerprint name = store.put(key);
                    if (name.hex().charAt(0) < '4') {
                        store.destroy(name);
                        destroyed.add(name);
                    } else {
                        stored.add(name);
                    }
                } catch (PrivateKeyStoreUnavailableException e) {
                    return Optional.of(key);
                }
            }
            return Optional.empty();
        };
        for (int round = 0; round < 3; round++) {
            ExecutorService threads = Executors.newFixedThreadPool(6);
            List<Future<Optional<PrivateKeyPem>>> ended = new ArrayList<>();
            Stream.generate(() -> restless).limit(6).forEach(each -> ended.add(threads.submit(each)));
            int enough = stored.size() + 20;
            await().until(() -> stored.size() >= enough);
            vault.kill();
            for (Future<Optional<PrivateKeyPem>> each : ended) {
                each.get().ifPresent(unknown::add);
            }
            threads.shutdown();
            vault.start();
            vault.unseal();
        }

        assertThat(unknown).isNotEmpty();
        for (PrivateKeyPem key : unknown) {
            KeyFingerprint name = key.publicHalf().fingerprint();
            if (name.hex().charAt(0) < '4') {
                store.destroy(name); // its put or its destruction was cut off
            } else {
                stored.add(store.put(key));
            }
        }
        assertThat(new TreeSet<>(store.list())).isEqualTo(new TreeSet<>(stored)).doesNotContainAnyElementsOf(destroyed);
        for (KeyFingerprint name : stored) {
            assertThat(store.readPublic(name).fingerprint()).isEqualTo(name);
        }
    }

    @Test
    void aVaultThatIsStoppedHoldsNobodyLongerThanTheDeadline() throws Exception {
        PrivateKeyStore store = opened();
        store.put(KEY);
        vault.pause();
        try {
            long began = System.nanoTime();
            assertThatThrownBy(() -> store.put(OTHER_KEY))
                    .isInstanceOf(PrivateKeyStoreUnavailableException.class)
                    .hasMessageContaining("no whole answer within 2000 ms");
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isBetween(SHORT, SHORT.multipliedBy(2));
        } finally {
            vault.resume();
        }
        await().untilAsserted(() -> assertThat(store.put(OTHER_KEY))
                .isEqualTo(OTHER_KEY.publicHalf().fingerprint()));
        assertThat(store.list()).hasSize(2);
    }

    @Test
    void anInterruptEndsACallAndIsNotForgotten() throws Exception {
        PrivateKeyStore store = opened();
        vault.pause();
        try {
            Thread caller = Thread.currentThread();
            Thread other = new Thread(() -> {
                try {
                    TimeUnit.MILLISECONDS.sleep(300);
                } catch (InterruptedException e) {
                    return;
                }
                caller.interrupt();
            });
            other.start();

            assertThatThrownBy(store::list).isInstanceOf(PrivateKeyStoreUnavailableException.class);
            assertThat(Thread.interrupted()).isTrue();
        } finally {
            vault.resume();
        }
    }

    @Test
    void ofTwoDaemonsThatStoreAndDestroyTheSameKeysNoneSeesAnythingHalfDone() throws Exception {
        PrivateKeyStore one = opened();
        PrivateKeyStore two = opened();
        List<PrivateKeyPem> keys =
                Stream.generate(VaultTroubleIT::key).limit(40).toList();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<KeyFingerprint>> puts = new ArrayList<>();
            for (PrivateKeyPem key : keys) {
                for (PrivateKeyStore store : List.of(one, two, one, two)) {
                    puts.add(threads.submit(() -> store.put(key)));
                }
            }
            for (Future<KeyFingerprint> put : puts) {
                put.get();
            }
            assertThat(one.list()).hasSize(40).isEqualTo(two.list());
            for (PrivateKeyPem key : keys) {
                KeyFingerprint name = key.publicHalf().fingerprint();
                assertThat(two.read(name).reveal()).isEqualTo(key.reveal());
                assertThat(version(name)).as("written once").isEqualTo(1);
            }

            List<Future<?>> ends = new ArrayList<>();
            for (KeyFingerprint name : one.list()) {
                for (PrivateKeyStore store : List.of(one, two)) {
                    ends.add(threads.submit(() -> {
                        store.destroy(name);
                        return name;
                    }));
                }
            }
            for (Future<?> end : ends) {
                end.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(one.list()).isEmpty();
    }

    private int version(KeyFingerprint name) {
        return vault.api("GET", MOUNT + "/metadata/keys/" + name, "")
                .get("data")
                .asObject()
                .getInt("current_version", 0);
    }

    @Test
    void withTheShippedPolicyNothingCanBeOverwrittenAndNothingElseBeSeen() throws Exception {
        opened().put(KEY);
        String token = vault.token(POLICY, ",\"ttl\":\"1m\"");
        String body = "{\"data\":{\"private_key\":\"x\"},\"options\":{\"cas\":1}}";

        assertThat(vault.status("POST", PATH, body, token)).isEqualTo(403);
        assertThat(vault.status("PUT", PATH, body, token)).isEqualTo(403);
        assertThat(vault.status("DELETE", PATH, "", token)).isEqualTo(403);
        assertThat(vault.status("POST", MOUNT + "/data/other", "{\"data\":{}}", token))
                .isEqualTo(403);
        assertThat(vault.status("GET", MOUNT + "/metadata/keys/" + NAME, "", token))
                .isEqualTo(403);
        assertThat(vault.status("POST", MOUNT + "/config", "{\"cas_required\":false}", token))
                .isEqualTo(403);
        assertThat(vault.status("GET", "sys/mounts", "", token)).isEqualTo(403);
        assertThat(vault.status("GET", PATH, "", token)).isEqualTo(200);
    }
}
