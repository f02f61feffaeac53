package org.selectord.registry;

import java.nio.file.Path;

/**
 * Where the registry is: {@code registry} in the configuration.
 *
 * @param file the SQLite file, absolute; on a local file system, for SQLite's locks do not hold over NFS
 */
public record RegistrySettings(Path file) {
    public static final String DEFAULT_URL = "jdbc:sqlite:/var/lib/selectord/registry.db";

    private static final String SQLITE = "jdbc:sqlite:";

    public RegistrySettings {
        if (!file.isAbsolute() || file.getFileName() == null) {
            throw new IllegalArgumentException("\"" + file + "\" is no absolute path of a registry file");
        }
    }

    /** Throws {@link IllegalArgumentException} with a sentence for people. */
    public static RegistrySettings of(String url) {
        String path = url.startsWith(SQLITE) ? url.substring(SQLITE.length()) : "";
        if (!path.startsWith("/") || path.contains("?")) {
            throw new IllegalArgumentException(
                    "\"" + url + "\" is no registry URL: write jdbc:sqlite: and the absolute path of a file, as in "
                            + DEFAULT_URL);
        }
        return new RegistrySettings(Path.of(path));
    }
}
