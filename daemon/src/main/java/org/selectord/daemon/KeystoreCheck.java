package org.selectord.daemon;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.selectord.key.SigningDomain;
import org.selectord.keystore.PrivateKeyAbsentException;
import org.selectord.keystore.PrivateKeyDamagedException;
import org.selectord.keystore.PrivateKeyStore;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.rotation.Custody;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.RegistryUnavailableException;
import org.selectord.rotation.RegistryView;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether each private half that the registry counts on is in the keystore, can be read, and is that of the key: it is named by the fingerprint
 * of its public half, and the store reads nothing under a name that is not its own. Says what is wrong and what to do; stops nothing, for what
 * does not need that key goes on safely.
 */
final class KeystoreCheck {
    private static final Logger LOG = LoggerFactory.getLogger(KeystoreCheck.class);
    private static final int PAGE = 500;
    private static final Duration PERIOD = Duration.ofDays(1);

    private final RegistryView registry;
    private final PrivateKeyStore keystore;
    private final LongSupplier nanos;

    private Optional<Long> endedAt = Optional.empty();

    KeystoreCheck(RegistryView registry, PrivateKeyStore keystore) {
        this(registry, keystore, System::nanoTime);
    }

    KeystoreCheck(RegistryView registry, PrivateKeyStore keystore, LongSupplier nanos) {
        this.registry = registry;
        this.keystore = keystore;
        this.nanos = nanos;
    }

    /** Once a day, and as soon as a keystore that could not be reached is there again. */
    void runIfDue() {
        long now = nanos.getAsLong();
        if (endedAt.filter(at -> now - at < PERIOD.toNanos()).isEmpty()) {
            run();
        }
    }

    /** How many private halves are not as they should be. Ends early when its thread is interrupted, or the keystore cannot be reached. */
    int run() {
        int wrong = 0;
        try {
            Optional<SigningDomain> last = Optional.empty();
            List<ManagedDomain> page = registry.page(last, PAGE);
            while (!page.isEmpty() && !Thread.currentThread().isInterrupted()) {
                for (ManagedDomain domain : page) {
                    wrong += wrong(domain);
                }
                last = Optional.of(page.get(page.size() - 1).name());
                page = registry.page(last, PAGE);
            }
            endedAt = Optional.of(nanos.getAsLong());
        } catch (PrivateKeyStoreException | RegistryUnavailableException e) {
            if (!Thread.currentThread().isInterrupted()) {
                LOG.warn("private keys were not checked to the end: {}", e.getMessage());
            }
        }
        return wrong;
    }

    private int wrong(ManagedDomain domain) throws PrivateKeyStoreException {
        int wrong = 0;
        for (ManagedKey key : domain.keys()) {
            if (key.custody() == Custody.HELD && isWrong(domain, key)) {
                wrong++;
            }
        }
        return wrong;
    }

    private boolean isWrong(ManagedDomain domain, ManagedKey key) throws PrivateKeyStoreException {
        try {
            keystore.readPublic(key.fingerprint());
            return false;
        } catch (PrivateKeyAbsentException | PrivateKeyDamagedException e) {
            if (!isStillHeld(domain, key)) {
                return false;
            }
            say(domain, key, e);
            return true;
        }
    }

    /** It may have been destroyed since the page was read. */
    private boolean isStillHeld(ManagedDomain domain, ManagedKey key) {
        return registry.find(domain.name()).stream()
                .flatMap(now -> now.keys().stream())
                .anyMatch(now -> now.id().equals(key.id()) && now.custody() == Custody.HELD);
    }

    private static void say(ManagedDomain domain, ManagedKey key, PrivateKeyStoreException problem) {
        LOG.error(
                "domain={} selector={} the private half of this {} key is not as it should be: {}. {}",
                domain.name(),
                key.selector().name(),
                key.state(),
                problem.getMessage(),
                "Restore it from a backup" + otherwise(domain, key));
    }

    /** A standby without its private half would be waited for: it has to go before another one comes. */
    private static String otherwise(ManagedDomain domain, ManagedKey key) {
        return switch (key.state()) {
            case GENERATED, PUBLISHED, READY ->
                ", or give it up: selectorctl rotate now " + domain.name() + " --compromised --selector "
                        + key.selector().name();
            case ACTIVE -> ", or run: selectorctl rotate now " + domain.name();
            case RETIRED, REVOKED, REMOVED -> "; without it nothing is lost but the way back to this key";
        };
    }
}
