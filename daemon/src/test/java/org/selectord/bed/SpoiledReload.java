package org.selectord.bed;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A reload command of a bed that, while it is armed, first puts another valid key in the place of OpenDKIM's newest key file, once: a signer that signs
 * with a wrong key.
 */
public final class SpoiledReload {
    private final SelectordBed bed;
    private final Path wrong;

    private SpoiledReload(SelectordBed bed, Path wrong) {
        this.bed = bed;
        this.wrong = wrong;
    }

    /** Not armed; takes effect with the next start. */
    public static SpoiledReload of(SelectordBed bed) {
        Path wrong = bed.home().resolve("wrong.private");
        bed.write("reload", """
            set -eu
            if [ -e %1$s ]; then
                newest=$(ls -t %2$s/keys/*/*.private | head -n 1)
                cat %1$s >"$newest"
                rm %1$s
            fi
            kill -USR1 "$(cat %3$s)"
            """.formatted(
                        wrong, bed.openDkim().directory(), bed.openDkim().pidFile()));
        bed.signer("reload", "[sh, " + bed.home().resolve("reload") + "]");
        return new SpoiledReload(bed, wrong);
    }

    public void arm() {
        bed.write(
                "wrong.private",
                TestKey.of(SelectordBed.DOMAIN, "wrong", 1).pem().reveal());
    }

    public boolean isArmed() {
        return Files.exists(wrong);
    }
}
