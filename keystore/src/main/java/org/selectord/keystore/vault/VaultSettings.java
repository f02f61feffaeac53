package org.selectord.keystore.vault;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where keys are in which Vault, and how to get in.
 *
 * @param mount where a KV engine of version 2 is mounted, without slashes at its ends
 * @param path of a key below the mount: {@code {fingerprint}} stands for its name, once, in the last part
 * @param ca certificates of the authorities that are believed; empty: those that this Java believes
 * @param timeout how long one call of the store may take, with all that it has to ask
 */
public record VaultSettings(
        URI address,
        String mount,
        String path,
        Optional<String> namespace,
        VaultLogin login,
        Optional<Path> ca,
        Optional<ClientCertificate> certificate,
        Duration timeout) {
    public static final String FINGERPRINT = "{fingerprint}";
    public static final String DEFAULT_MOUNT = "dkim";
    public static final String DEFAULT_PATH = "keys/" + FINGERPRINT;
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    // other characters the driver or the server takes for something else than what was written
    private static final String PART = "(?!\\.\\.?(?:/|$))[A-Za-z0-9._-]+";
    private static final Pattern PATH = Pattern.compile(PART + "(?:/" + PART + ")*");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1]");

    /** What we show a server that asks for a certificate of its clients: PEM files, the key unencrypted. */
    public record ClientCertificate(Path chain, Path key) {}

    public VaultSettings {
        requirePath(mount);
        requireTemplate(path);
    }

    /** The address of a server; {@link IllegalArgumentException} with a sentence for people if it is none. */
    public static URI address(String written) {
        URI address = parsed(written);
        boolean clear = "http".equals(address.getScheme());
        if ((!clear && !"https".equals(address.getScheme()))
                || address.getHost() == null
                || address.getRawUserInfo() != null
                || address.getRawQuery() != null
                || address.getRawFragment() != null) {
            throw noAddress();
        }
        if (clear && !LOOPBACK.matcher(address.getHost()).matches()) {
            throw new IllegalArgumentException(
                    "\"" + written
                            + "\" is not on loopback: private keys would cross the network in clear; it must begin with https://");
        }
        return address;
    }

    private static URI parsed(String written) {
        try {
            return new URI(written);
        } catch (URISyntaxException e) {
            throw noAddress();
        }
    }

    private static IllegalArgumentException noAddress() {
        // does not quote it: somebody may have put a password into it
        return new IllegalArgumentException(
                "expected the address of a Vault server, as in https://vault.example.net:8200");
    }

    /** The mount as it was written, if it can be one. */
    public static String requirePath(String mount) {
        if (!PATH.matcher(mount).matches()) {
            throw new IllegalArgumentException(
                    "\"" + mount
                            + "\" is no path in Vault: letters, digits, dots, hyphens and underscores, with a / between two parts");
        }
        return mount;
    }

    /** The template as it was written, if names can be made of it. */
    public static String requireTemplate(String template) {
        int at = template.indexOf(FINGERPRINT);
        if (at < 0
                || template.indexOf(FINGERPRINT, at + 1) >= 0
                || template.indexOf('/', at) >= 0
                || !PATH.matcher(template.replace(FINGERPRINT, "0")).matches()) {
            throw new IllegalArgumentException("\"" + template + "\" must have " + FINGERPRINT
                    + " in its last part, once, and else letters, digits," + " dots, hyphens and underscores, as in "
                    + DEFAULT_PATH);
        }
        return template;
    }
}
