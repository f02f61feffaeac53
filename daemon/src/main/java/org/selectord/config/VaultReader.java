package org.selectord.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.selectord.keystore.vault.VaultLogin;
import org.selectord.keystore.vault.VaultSecret;
import org.selectord.keystore.vault.VaultSettings;
import org.selectord.keystore.vault.VaultSettings.ClientCertificate;

/** A {@code keystore} of type {@code vault}. */
final class VaultReader {
    private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(100);
    private static final String[] LOGINS = {"approle", "token", "kubernetes"};

    private final Section section;
    private final SecretReferences secrets;

    private VaultReader(Section section) {
        this.section = section;
        this.secrets = section.reading().secrets();
    }

    /** Empty: something in it was wrong and has been told. */
    static Optional<VaultSettings> read(Section section) {
        return new VaultReader(section).settings();
    }

    private Optional<VaultSettings> settings() {
        Optional<URI> address = section.require("address", Shape.text(VaultSettings::address));
        String mount = section.get("mount", Shape.text(VaultSettings::requirePath), VaultSettings.DEFAULT_MOUNT);
        String path = section.get("path", Shape.text(VaultSettings::requireTemplate), VaultSettings.DEFAULT_PATH);
        Optional<String> namespace = section.get("namespace", Shape.text(VaultSettings::requirePath));
        Optional<VaultLogin> login = login();
        Section tls = section.section("tls");
        Optional<Path> ca = tls.get("ca", Shape.readableFile());
        Optional<ClientCertificate> certificate = certificate(tls);
        tls.refuseUnknownKeys();
        Duration timeout = section.get("timeout", Durations.atLeast(SHORTEST_TIMEOUT), VaultSettings.DEFAULT_TIMEOUT);
        section.refuseUnknownKeys();
        return address.flatMap(
                at -> login.map(how -> new VaultSettings(at, mount, path, namespace, how, ca, certificate, timeout)));
    }

    private Optional<VaultLogin> login() {
        List<String> written = Stream.of(LOGINS).filter(section::has).toList();
        if (written.size() != 1) {
            section.error(
                    section.placeOfAny(LOGINS),
                    "keystore: exactly one of approle, token and kubernetes says how selectord logs in; found "
                            + (written.isEmpty() ? "none" : String.join(" and ", written)));
        }
        Optional<VaultLogin> token = section.get("token", secrets.readAgain()).map(VaultLogin.Token::new);
        Optional<VaultLogin> appRole = section.has("approle") ? appRole(section.section("approle")) : Optional.empty();
        Optional<VaultLogin> kubernetes =
                section.has("kubernetes") ? kubernetes(section.section("kubernetes")) : Optional.empty();
        return written.size() == 1 ? appRole.or(() -> token).or(() -> kubernetes) : Optional.empty();
    }

    private Optional<VaultLogin> appRole(Section approle) {
        String mount = mount(approle, VaultLogin.AppRole.DEFAULT_MOUNT);
        Optional<String> roleId = approle.require("role_id", Shape.text(text -> text));
        Optional<VaultSecret> secretId = approle.require("secret_id", secrets.readAgain());
        approle.refuseUnknownKeys();
        return roleId.flatMap(role -> secretId.map(secret -> new VaultLogin.AppRole(mount, role, secret)));
    }

    private Optional<VaultLogin> kubernetes(Section kubernetes) {
        String mount = mount(kubernetes, VaultLogin.Kubernetes.DEFAULT_MOUNT);
        Optional<String> role = kubernetes.require("role", Shape.text(text -> text));
        Path usual = Path.of(VaultLogin.Kubernetes.DEFAULT_JWT_FILE);
        Path file = kubernetes.get("jwt_file", Shape.readableFile(), usual);
        kubernetes.refuseUnknownKeys();
        return role.map(name -> new VaultLogin.Kubernetes(mount, name, SecretReferences.tokenOfPod(file)));
    }

    private static String mount(Section login, String usual) {
        return login.get("mount", Shape.text(VaultSettings::requirePath), usual);
    }

    private Optional<ClientCertificate> certificate(Section tls) {
        Optional<Path> chain = tls.get("certificate", Shape.readableFile());
        Optional<Path> key = tls.get("key", secrets.ownFile());
        if (tls.has("certificate") != tls.has("key")) {
            tls.error(
                    tls.placeOfAny("certificate", "key"),
                    tls.pathOf("certificate") + " and " + tls.pathOf("key") + " belong together");
        }
        return chain.flatMap(certificate -> key.map(own -> new ClientCertificate(certificate, own)));
    }
}
