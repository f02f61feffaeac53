package org.selectord.keystore.vault;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.key.KeyFingerprint;

/** Where keys are, as the driver takes paths: with the mount, without what the API puts behind it. */
final class KeyPaths {
    private final String mount;
    private final String template;
    private final Pattern name;

    KeyPaths(VaultSettings settings) {
        this.mount = settings.mount();
        this.template = mount + "/" + settings.path();
        String[] around =
                template.substring(template.lastIndexOf('/') + 1).split(Pattern.quote(VaultSettings.FINGERPRINT), -1);
        this.name = Pattern.compile(Pattern.quote(around[0]) + "([0-9a-f]{64})" + Pattern.quote(around[1]));
    }

    String mount() {
        return mount;
    }

    String of(KeyFingerprint key) {
        return template.replace(VaultSettings.FINGERPRINT, key.hex());
    }

    /** Where it stands whose keys these are: beside them, so that the same rights do. */
    String ofMark() {
        return template.replace(VaultSettings.FINGERPRINT, "registry");
    }

    /** Where all keys are. */
    String folder() {
        return template.substring(0, template.lastIndexOf('/'));
    }

    /** The key that has this name in the folder, if it is one of ours. */
    Optional<KeyFingerprint> key(String listed) {
        Matcher matcher = name.matcher(listed);
        return matcher.matches() ? Optional.of(new KeyFingerprint(matcher.group(1))) : Optional.empty();
    }
}
