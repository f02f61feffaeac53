package org.selectord.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A directory with a small configuration in which nothing is wrong, and what a test puts in place of a part of it. */
final class ConfigFiles {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    static final String SECRET = "c2VsZWN0b3JkIHNlY3JldCBzZWxlY3RvcmQgc2VjcmV0";

    /** A certificate that signs others, valid until 2126. */
    static final String CA = """
            -----BEGIN CERTIFICATE-----
            MIIBhTCCASugAwIBAgIUK+TD43PSN/nIqFnyNZlRL0KjmSAwCgYIKoZIzj0EAwIw
            FzEVMBMGA1UEAwwMYW4gYXV0aG9yaXR5MCAXDTI2MTEyMjEwMDEyMloYDzIxMjYx
            MDI5MTAwMTIyWjAXMRUwEwYDVQQDDAxhbiBhdXRob3JpdHkwWTATBgcqhkjOPQIB
            BggqhkjOPQMBBwNCAARmPjGQqhYgNoI6OUr+xS9tKRNMnH8CWGFmm+y6mQefvgiE
            0FOK46RE6Oshr+RPV5WHVPl2Sw+tLXlH7aK4JvNko1MwUTAdBgNVHQ4EFgQUmnIb
            4sFesthwczYmYXuO3+2qcFYwHwYDVR0jBBgwFoAUmnIb4sFesthwczYmYXuO3+2q
            cFYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiBwtasxDooVJFZe
            a2drsVQLWGcmV7sylY3S8Vs3P5+cvQIhAMw66lNm8v6QVp3BMOAWObgJc4n7Ipg/
            zNL55bqJR7nD
            -----END CERTIFICATE-----
            """;

    private final List<String> lines = new ArrayList<>(List.of(
            "keystore: {passphrase: \"${env:PASSPHRASE}\"}",
            "dns: {main: {primaries: [\"192.0.2.1:53\"], tsig: tsig.key}}",
            "signers: {opendkim: {type: opendkim, reload: [reload], probe: \"inet:8891@127.0.0.1\"}}",
            "domains: {example.org: {}}"));
    private final Path directory;

    ConfigFiles(Path directory) throws IOException {
        this.directory = directory;
        secretFile(
                "tsig.key", "key \"selectord\" { algorithm hmac-sha256; secret \"" + SECRET + "\"; };\n", "rw-------");
        secretFile("pass", "correct horse\n", "rw-------");
        secretFile("tsig.secret", SECRET + "\n", "rw-r-----");
        secretFile("ca.pem", CA, "rw-r--r--");
    }

    Path secretFile(String name, String content, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    /** A line that stands in place of the one with the same first key, or at the end. */
    ConfigFiles with(String line) {
        String key = line.split(":", 2)[0] + ":";
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(key)) {
                lines.set(i, line);
                return this;
            }
        }
        lines.add(line);
        return this;
    }

    ConfigFiles only(String text) {
        lines.clear();
        lines.add(text);
        return this;
    }

    Path main() {
        return directory.resolve("selectord.yaml");
    }

    Loaded load() throws IOException {
        Files.writeString(main(), String.join("\n", lines) + "\n");
        return reader().read(main());
    }

    static ConfigurationReader reader() {
        return new ConfigurationReader(
                Map.of("PASSPHRASE", "correct horse", "TSIG", SECRET, "NOT_BASE64", "=secret="),
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    /** The problems, with the files' names for their paths. */
    List<String> problems() throws IOException {
        return load().problems().stream()
                .map(problem -> problem.toString().replace(directory + "/", ""))
                .toList();
    }

    /** The keystore, which must be one of files. */
    static Configuration.Keystore.Files files(Configuration configuration) {
        return (Configuration.Keystore.Files) configuration.keystore();
    }

    /** What a map must have. */
    static <K, V> V in(Map<K, V> map, K key) {
        return Optional.ofNullable(map.get(key)).orElseThrow();
    }

    static InetSocketAddress address(String literal, int port) throws IOException {
        return new InetSocketAddress(InetAddress.getAllByName(literal)[0], port);
    }
}
