package org.selectord.dnsupdate.bed;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A certificate authority that openssl made, and the certificates it signs. */
public final class Authority implements AutoCloseable {
    private final Path directory = Unprivileged.newDirectory();

    private Authority() {}

    /** Skips the test where openssl is missing. */
    public static Authority make() {
        Peers.require("openssl");
        Authority authority = new Authority();
        authority.openssl("ca", "-addext", "basicConstraints=critical,CA:TRUE");
        return authority;
    }

    /** Its own certificate, in PEM. */
    public Path certificate() {
        return directory.resolve("ca.pem");
    }

    /** The certificate of a server of this name, in PEM; its key lies beside it, see {@link #keyOf}. */
    public Path certificateOf(String name) {
        return openssl(
                name,
                "-addext",
                "basicConstraints=CA:FALSE",
                "-addext",
                "subjectAltName=DNS:" + name,
                "-CA",
                certificate().toString(),
                "-CAkey",
                keyOf(certificate()).toString());
    }

    static Path keyOf(Path certificate) {
        return certificate.resolveSibling(certificate.getFileName().toString().replace(".pem", ".key"));
    }

    private Path openssl(String name, String... more) {
        Path certificate = directory.resolve(name + ".pem");
        List<String> command = new ArrayList<>(
                List.of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"));
        command.addAll(List.of("-days", "2", "-subj", "/CN=" + name + " of a test"));
        command.addAll(List.of("-keyout", keyOf(certificate).toString(), "-out", certificate.toString()));
        command.addAll(List.of(more));
        Bind.run("", command.toArray(String[]::new));
        Unprivileged.own(keyOf(certificate));
        Unprivileged.own(certificate);
        return certificate;
    }

    @Override
    public void close() {
        Unprivileged.remove(directory);
    }
}
