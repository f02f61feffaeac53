package org.selectord.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.selectord.config.Configuration;
import org.selectord.config.Configuration.Keystore;

/** What a reload cannot change, for it is built once at start. */
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
