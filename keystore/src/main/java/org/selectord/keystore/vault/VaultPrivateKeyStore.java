package org.selectord.keystore.vault;

import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.PublicHalf;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.PrivateKeyStoreUnavailableException;
import org.selectord.keystore.vault.Answer.Kind;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One secret a key in a KV engine of version 2: {@code private_key} is PKCS#8 PEM, and {@code public_key}, for people, what belongs to
 * it. Written with check-and-set 0, so that nothing is ever overwritten; read back before it counts. Whoever may read the folder in
 * Vault has the keys. Several processes may call it at once, if they have one registry: what is in the folder and not in the registry is a spare,
 * so that two registries would take, and destroy, the keys of each other. A secret beside the keys says whose the folder is.
 */
public final class VaultPrivateKeyStore implements PrivateKeyStore {
    private static final Logger LOG = LoggerFactory.getLogger(VaultPrivateKeyStore.class);
    private static final String PRIVATE_KEY = "private_key";
    private static final String PUBLIC_KEY = "public_key";
    private static final String REGISTRY = "registry";
    private static final int MOST_TRIES = 3;

    /** A token that was got so recently is not the reason why something is denied. */
    private static final Duration A_NEW_TOKEN = Duration.ofMinutes(1);

    private final VaultSettings settings;
    private final Optional<String> registry;
    private final KeyPaths paths;
    private final HttpClient client;
    private final Session session;
    private volatile boolean checked;

    private VaultPrivateKeyStore(VaultSettings settings, Optional<String> registry)
            throws PrivateKeyStoreDeniedException {
        this.settings = settings;
        this.registry = registry;
        this.paths = new KeyPaths(settings);
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER) // a token goes where we were told, and nowhere else
                .connectTimeout(settings.timeout())
                .sslContext(Tls.context(settings))
                .build();
        this.session = new Session(settings, this::deadline);
    }

    /**
     * Opens the store of this registry. Where the mount cannot hold keys safely, we may not look, or the folder is of another registry, it
     * throws; where Vault is sealed, away, or does not let us in, the store is open, every call says so, and it works from when that is mended.
     */
    public static VaultPrivateKeyStore open(VaultSettings settings, String registry) throws PrivateKeyStoreException {
        return open(new VaultPrivateKeyStore(settings, Optional.of(registry)));
    }

    /** For a look: whose the folder is is neither asked nor said. */
    public static VaultPrivateKeyStore open(VaultSettings settings) throws PrivateKeyStoreException {
        return open(new VaultPrivateKeyStore(settings, Optional.empty()));
    }

    private static VaultPrivateKeyStore open(VaultPrivateKeyStore store) throws PrivateKeyStoreException {
        try {
            store.begin();
        } catch (PrivateKeyStoreUnavailableException e) {
            LOG.warn("{} cannot be used yet: {}", store, e.getMessage());
        } catch (PrivateKeyStoreException e) {
            if (store.session.isLetIn()) {
                store.close();
                throw e;
            }
            LOG.error("{} cannot be used until somebody mends this: {}", store, e.getMessage());
        }
        store.session.keep();
        return store;
    }

    private DeadlineHttpClient deadline() {
        return new DeadlineHttpClient(client, settings.timeout());
    }

    // ---- one call of the port

    /** A call with all that it asks, within one deadline. The first one that gets through looks at the mount. */
    private Conversation begin() throws PrivateKeyStoreException {
        Conversation conversation = new Conversation(deadline());
        if (!checked) {
            requireVersions(conversation);
            adviseCheckAndSet(conversation);
            if (registry.isPresent()) {
                requireFolderOf(registry.get(), conversation);
            }
            checked = true;
        }
        return conversation;
    }

    private final class Conversation {
        private final DeadlineHttpClient deadline;

        Conversation(DeadlineHttpClient deadline) {
            this.deadline = deadline;
        }

        /** Asks, and asks once more with another token where this one is refused. */
        Answer ask(Function<Api, Answer> request) throws PrivateKeyStoreException {
            Token token = session.token(deadline);
            Answer answer = request.apply(api(token));
            if (!isRefused(token, answer)) {
                return answer;
            }
            return request.apply(api(session.insteadOf(token, deadline)));
        }

        private Api api(Token token) {
            return new Api(settings, deadline, token.reveal());
        }

        /** A denial alone does not tell a bad token from a good one that may not do this. */
        private boolean isRefused(Token token, Answer answer) {
            if (!answer.is(Kind.DENIED) || token.isYoungerThan(A_NEW_TOKEN)) {
                return answer.is(Kind.BAD_TOKEN);
            }
            Answer itself = api(token).lookupSelf();
            return itself.is(Kind.BAD_TOKEN) || itself.is(Kind.DENIED);
        }
    }

    /** Without versions there is no check-and-set: a second key would overwrite the first, and a destroyed one would be gone unproven. */
    private void requireVersions(Conversation conversation) throws PrivateKeyStoreException {
        Answer mount = conversation.ask(api -> api.mountAbove(paths.folder()));
        if (!mount.is(Kind.OK)) {
            throw failure("look at the mount " + paths.mount(), mount);
        }
        String at = mount.data().getOrDefault("path", "");
        boolean versions =
                mount.data().getOrDefault("options", "").replace(" ", "").contains("\"version\":\"2\"");
        if (!at.equals(paths.mount() + "/")) {
            throw new PrivateKeyStoreDeniedException("what is mounted above " + paths.folder() + " at "
                    + settings.address() + " is " + at + ", and not " + paths.mount() + "/: put mount and path right");
        }
        if (!versions || !"kv".equals(mount.data().get("type"))) {
            throw new PrivateKeyStoreDeniedException(
                    paths.mount() + "/ at " + settings.address() + " is no KV engine of version 2"
                            + " (it is " + mount.data().get("type")
                            + "), and nothing else keeps a key from being overwritten: vault secrets enable -path="
                            + paths.mount()
                            + " -version=2 kv, or name another mount");
        }
    }

    /** Our own writes are safe without it; it is there for the mistakes of others. */
    private void adviseCheckAndSet(Conversation conversation) throws PrivateKeyStoreException {
        Answer configuration = conversation.ask(api -> api.mountConfiguration(paths.mount()));
        if (!configuration.is(Kind.OK)) {
            LOG.info(
                    "whether {}/ demands check-and-set of everybody cannot be seen with this token ({})",
                    paths.mount(),
                    configuration);
        } else if (!"true".equals(configuration.data().get("cas_required"))) {
            LOG.warn(
                    "{}/ lets others overwrite a key unchecked: vault write {}/config cas_required=true",
                    paths.mount(),
                    paths.mount());
        }
    }

    private void requireFolderOf(String ours, Conversation conversation) throws PrivateKeyStoreException {
        Answer found = conversation.ask(api -> api.read(paths.ofMark()));
        if (!found.is(Kind.OK)) {
            found = stored(conversation, "the mark", paths.ofMark(), Map.of(REGISTRY, ours));
        }
        String owner = found.data().getOrDefault(REGISTRY, "");
        if (!owner.equals(ours)) {
            throw new PrivateKeyStoreDeniedException(paths.folder() + " at " + settings.address()
                    + " holds the keys of another registry, " + owner + ", and ours is " + ours
                    + ": each would use and destroy what the other has. Give this one another path; or, when that other registry is gone for"
                    + " good and no key in there is wanted any more: vault kv metadata delete -mount=" + paths.mount()
                    + " " + below(paths.ofMark()));
        }
    }

    // ---- the port

    @Override
    public KeyFingerprint put(PrivateKeyPem key) throws PrivateKeyStoreException {
        KeyFingerprint name = key.publicHalf().fingerprint();
        key(name, stored(begin(), "the private key", at(name), fields(key)));
        return name;
    }

    /** What is there after all: what we wrote, or what was there before. */
    private Answer stored(Conversation conversation, String what, String path, Map<String, Object> fields)
            throws PrivateKeyStoreException {
        for (int tries = 1; ; tries++) {
            Answer created = conversation.ask(api -> api.create(path, fields));
            Answer found = conversation.ask(api -> api.read(path));
            // a conflict, a denial and silence may all mean that it is there, from this try or one before; read back it
            // counts
            if (found.is(Kind.OK)) {
                return found;
            }
            boolean mayRepeat = created.is(Kind.UNAVAILABLE) || created.is(Kind.CONFLICT);
            if (!found.is(Kind.ABSENT) || !mayRepeat || tries == MOST_TRIES) {
                throw notStored(what + " " + path, below(path), created, found);
            }
        }
    }

    private PrivateKeyStoreException notStored(String what, String below, Answer created, Answer found) {
        if (found.is(Kind.DELETED)) {
            return new PrivateKeyStoreDeniedException("could not store " + what
                    + ": one that was deleted has this name still. Either vault kv"
                    + " undelete -mount=" + paths.mount() + " -versions=1 " + below
                    + ", or vault kv metadata delete -mount=" + paths.mount() + " " + below);
        }
        if (created.isFirstVersion()) {
            return failure("read back " + what + ", which was written", found);
        }
        return failure("store " + what, created.is(Kind.OK) ? found : created);
    }

    private static Map<String, Object> fields(PrivateKeyPem key) {
        return Map.of(PRIVATE_KEY, key.reveal(), PUBLIC_KEY, encoded(key.publicHalf()));
    }

    private static String encoded(PublicHalf half) {
        return Base64.getEncoder().encodeToString(half.subjectPublicKeyInfo());
    }

    @Override
    public PrivateKeyPem read(KeyFingerprint name) throws PrivateKeyStoreException {
        Answer found = begin().ask(api -> api.read(paths.of(name)));
        return switch (found.kind()) {
            case OK -> key(name, found);
            case ABSENT -> throw new PrivateKeyAbsentException("there is no private key " + at(name));
            case DELETED ->
                throw new PrivateKeyAbsentException("there is no private key " + at(name)
                        + " any more: it was deleted (if that was a mistake: vault kv undelete -mount=" + paths.mount()
                        + " -versions=1 " + below(at(name)) + ")");
            case CONFLICT, BAD_TOKEN, DENIED, WRONG, UNAVAILABLE ->
                throw failure("read the private key " + at(name), found);
        };
    }

    private PrivateKeyPem key(KeyFingerprint name, Answer found) throws PrivateKeyDamagedException {
        PrivateKeyPem key = key(name, Optional.ofNullable(found.data().get(PRIVATE_KEY)));
        if (!key.publicHalf().fingerprint().equals(name)
                || !found.data()
                        .getOrDefault(PUBLIC_KEY, encoded(key.publicHalf()))
                        .equals(encoded(key.publicHalf()))) {
            throw new PrivateKeyDamagedException(at(name) + " holds another key than the one it is named after, "
                    + key.publicHalf() + "; move it away");
        }
        return key;
    }

    private PrivateKeyPem key(KeyFingerprint name, Optional<String> pem) throws PrivateKeyDamagedException {
        try {
            return new PrivateKeyPem(pem.orElseThrow(() -> new IllegalArgumentException("no " + PRIVATE_KEY)));
        } catch (IllegalArgumentException e) {
            throw new PrivateKeyDamagedException(
                    at(name) + " holds no private key of ours: " + e.getMessage() + "; restore it or move it away", e);
        }
    }

    @Override
    public PublicHalf readPublic(KeyFingerprint name) throws PrivateKeyStoreException {
        return read(name).publicHalf(); // Vault gives a secret whole or not at all
    }

    @Override
    public Set<KeyFingerprint> list() throws PrivateKeyStoreException {
        Answer listed = begin().ask(api -> api.list(paths.folder()));
        if (!listed.is(Kind.OK) && !listed.is(Kind.ABSENT)) {
            throw failure("list the private keys in " + paths.folder(), listed);
        }
        Set<KeyFingerprint> keys = new TreeSet<>();
        listed.listed().forEach(name -> paths.key(name).ifPresent(keys::add));
        return keys;
    }

    @Override
    public void destroy(KeyFingerprint name) throws PrivateKeyStoreException {
        Conversation conversation = begin();
        String destroy = "destroy the private key " + at(name);
        Answer before = conversation.ask(api -> api.read(paths.of(name)));
        if (!before.is(Kind.OK) && !before.is(Kind.ABSENT) && !before.is(Kind.DELETED)) {
            throw failure(destroy, before);
        }
        require(destroy, conversation.ask(api -> api.destroyVersions(paths.of(name), before.version())));
        require(destroy, conversation.ask(api -> api.deleteAll(paths.of(name))));
        Answer after = conversation.ask(api -> api.read(paths.of(name)));
        if (!after.is(Kind.ABSENT)) {
            throw failure("prove that the private key " + at(name) + " is gone", after);
        }
    }

    private void require(String tried, Answer answer) throws PrivateKeyStoreException {
        if (!answer.is(Kind.OK)) {
            throw failure(tried, answer);
        }
    }

    private String at(KeyFingerprint name) {
        return paths.of(name);
    }

    /** As the command {@code vault kv} takes it. */
    private String below(String path) {
        return path.substring(paths.mount().length() + 1);
    }

    private PrivateKeyStoreException failure(String tried, Answer answer) {
        String cameBack = "could not " + tried + " at " + settings.address() + ": " + answer;
        return switch (answer.kind()) {
            case UNAVAILABLE, OK, ABSENT, DELETED, CONFLICT ->
                new PrivateKeyStoreUnavailableException(cameBack + Session.hint(answer));
            case BAD_TOKEN ->
                new PrivateKeyStoreDeniedException(cameBack + ". It refuses a token that it has just given; is "
                        + settings.address() + " one Vault?");
            case DENIED ->
                new PrivateKeyStoreDeniedException(
                        cameBack + ". Nothing is mounted there, or the policy of this token does not"
                                + " allow it: compare it with deploy/vault/selectord.hcl");
            case WRONG ->
                new PrivateKeyStoreDeniedException(cameBack + ". "
                        + (answer.isOfTls()
                                ? "Perhaps " + Session.TLS_HINT
                                : "Look at address, namespace, mount and path"));
        };
    }

    /** Ends the token that was got by logging in. */
    @Override
    public void close() {
        session.close();
    }

    @Override
    public String toString() {
        return "the keystore " + paths.folder() + " in Vault at " + settings.address();
    }
}
