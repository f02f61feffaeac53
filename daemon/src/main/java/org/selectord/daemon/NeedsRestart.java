package org.selectord.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.selectord.config.Configuration;
import org.selectord.config.Configuration.Keystore;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.Ring;

/** What a reload cannot change: what is built once at start, and where keys stand that a domain has. */
final class NeedsRestart {
    private NeedsRestart() {}

    /** One sentence a part that differs. */
    static List<String> between(Configuration running, Configuration read) {
        List<String> differs = new ArrayList<>();
        unlessEqual(differs, "admin", running.admin(), read.admin());
        unlessEqual(differs, "time", running.witnesses(), read.witnesses());
        unlessEqual(differs, "registry", running.registry(), read.registry());
        unlessEqual(differs, "keystore", place(running.keystore()), place(read.keystore()));
        unlessEqual(differs, "signers", running.signers(), read.signers());
        return differs;
    }

    /** One sentence a domain that is delegated otherwise than before while it has keys. */
    static List<String> moved(
            Configuration running, Configuration read, Function<SigningDomain, Optional<ManagedDomain>> records) {
        List<String> moved = new ArrayList<>();
        read.domains()
                .forEach((name, settings) -> Optional.ofNullable(
                                running.domains().get(name))
                        .filter(before -> !before.ring()
                                .map(Ring::zone)
                                .equals(settings.ring().map(Ring::zone)))
                        .flatMap(before -> records.apply(name))
                        .flatMap(domain -> domain.keyElsewhere(settings))
                        .ifPresent(key -> moved.add("domains." + name + ": " + settings.saysElsewhere(key))));
        return moved;
    }

    /** What is seen of it: a passphrase is not. */
    private static Object place(Keystore keystore) {
        return keystore instanceof Keystore.Files files ? files.directory() : keystore;
    }

    private static void unlessEqual(List<String> differs, String key, Object running, Object read) {
        if (!Objects.equals(running, read)) {
            differs.add(key
                    + " has changed, and that takes effect only at a start: nothing was reloaded; restart selectord (systemctl restart selectord),"
                    + " or take the change back and reload again");
        }
    }
}
