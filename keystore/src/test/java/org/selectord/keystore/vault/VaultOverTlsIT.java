package org.selectord.keystore.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Writer;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.key.TestKeyPairs;
import org.selectord.keystore.PrivateKeyPem;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.PrivateKeyStoreException;
import org.selectord.keystore.bed.VaultServer;
import org.selectord.keystore.vault.VaultSettings.ClientCertificate;

/** A Vault that speaks TLS 1.3 only, with a certificate of its own authority, and wants one of its clients. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VaultOverTlsIT {
    private static final PrivateKeyPem KEY = PrivateKeyPem.of(TestKeyPairs.edwards("Ed25519"));

    @TempDir
    static Path directory;

    private final Authority authority = new Authority("CN=the authority");
    private final Authority another = new Authority("CN=another authority");
    private Optional<VaultServer> vault = Optional.empty();

    /** Signs certificates; whatever it writes is PEM. */
    private static final class Authority {
        private final X500Name name;
        private final KeyPair keys = TestKeyPairs.rsa2048();

        Authority(String name) {
            this.name = new X500Name(name);
        }

        X509Certificate certificate(String subject, KeyPair of, boolean isAuthority) throws Exception {
            Instant now = Instant.now();
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.valueOf(System.nanoTime()),
                    Date.from(now.minusSeconds(60)),
                    Date.from(now.plusSeconds(3600)),
                    new X500Name(subject),
                    of.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")));
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate())));
        }

        Path itself(String file) throws Exception {
            return pem(file, certificate(name.toString(), keys, true));
        }
    }

    private static Path pem(String name, Object... blocks) throws IOException {
        Path file = directory.resolve(name);
        try (Writer out = Files.newBufferedWriter(file);
                JcaPEMWriter writer = new JcaPEMWriter(out)) {
            for (Object block : blocks) {
                writer.writeObject(block);
            }
        }
        return file;
    }

    @BeforeAll
    void start() throws Exception {
        KeyPair keys = TestKeyPairs.rsa2048();
        VaultServer started = VaultServer.raft("""
                listener "tcp" {
                  address = "127.0.0.1:PORT"
                  tls_cert_file = "%s"
                  tls_key_file = "%s"
                  tls_client_ca_file = "%s"
                  tls_require_and_verify_client_cert = true
                  tls_min_version = "tls13"
                }
                """.formatted(
                        pem("server.pem", authority.certificate("CN=vault", keys, false)),
                        pem("server.key", keys.getPrivate()),
                        authority.itself("ca.pem")));
        vault = Optional.of(started);
        started.mount(VaultStoreContract.MOUNT, 2).shippedPolicy(VaultStoreContract.POLICY, VaultStoreContract.MOUNT);
    }

    @AfterAll
    void stop() {
        vault.ifPresent(VaultServer::close);
    }

    private VaultPrivateKeyStore open(Path ca, Optional<ClientCertificate> certificate)
            throws PrivateKeyStoreException {
        return open("127.0.0.1", ca, certificate);
    }

    private VaultPrivateKeyStore open(String host, Path ca, Optional<ClientCertificate> certificate)
            throws PrivateKeyStoreException {
        VaultServer server = vault.orElseThrow();
        String token = server.token(VaultStoreContract.POLICY, ",\"ttl\":\"10m\"");
        return VaultPrivateKeyStore.open(new VaultSettings(
                URI.create("https://" + host + ":" + server.port()),
                VaultStoreContract.MOUNT,
                VaultSettings.DEFAULT_PATH,
                Optional.empty(),
                new VaultLogin.Token(VaultStoreContract.given(token)),
                Optional.of(ca),
                certificate,
                Duration.ofSeconds(5)));
    }

    private Optional<ClientCertificate> client(String name, KeyPair keys, Object key, Authority signedBy)
            throws Exception {
        return Optional.of(new ClientCertificate(
                pem(name + ".pem", signedBy.certificate("CN=" + name, keys, false)), pem(name + ".key", key)));
    }

    @Test
    void rsaAndEcCertificatesAndABundleOfAuthoritiesServe() throws Exception {
        Path bundle = pem(
                "bundle.pem",
                another.certificate("CN=another authority", another.keys, true),
                authority.certificate("CN=the authority", authority.keys, true));
        KeyPair rsa = TestKeyPairs.rsa2048();
        KeyPairGenerator curve = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
        curve.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair ec = curve.generateKeyPair(); // which is written with its curve, as openssl does
        try (VaultPrivateKeyStore pkcs1 = open(bundle, client("rsa", rsa, rsa.getPrivate(), authority));
                VaultPrivateKeyStore sec1 = open(bundle, client("ec", ec, ec.getPrivate(), authority));
                VaultPrivateKeyStore pkcs8 = open(bundle, client("pkcs8", ec, pkcs8(ec.getPrivate()), authority))) {
            pkcs1.put(KEY);
            assertThat(sec1.read(KEY.publicHalf().fingerprint())).isEqualTo(KEY);
            assertThat(pkcs8.list()).hasSize(1);
        }
    }

    private static Object pkcs8(PrivateKey key) {
        return new PemObject("PRIVATE KEY", key.getEncoded());
    }

    @Test
    void whatDoesNotFitIsSaidAndAPersonHasToAct() throws Exception {
        KeyPair keys = TestKeyPairs.rsa2048();
        Path ca = authority.itself("ca2.pem");
        Optional<ClientCertificate> client = client("client", keys, keys.getPrivate(), authority);

        assertRefused(another.itself("ca3.pem"), client, "PKIX path");
        assertRefused(ca, Optional.empty(), "certificate");
        assertRefused(ca, client("stranger", keys, keys.getPrivate(), another), "certificate");
        assertThatThrownBy(() -> list(open("localhost", ca, client)))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("did not let us in: TLS: No")
                .hasMessageContaining("address is not a name in it");
    }

    private static void list(VaultPrivateKeyStore opened) throws PrivateKeyStoreException {
        try (VaultPrivateKeyStore store = opened) {
            store.list();
        }
    }

    private void assertRefused(Path ca, Optional<ClientCertificate> client, String why) {
        assertThatThrownBy(() -> list(open(ca, client)))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining("did not let us in: TLS: ")
                .hasMessageContaining(why)
                .hasMessageContaining("the certificate has expired, tls.ca is not the authority that signed it");
    }

    @Test
    void filesThatAreNoneAreSaidWithTheirPathAndNotQuoted() throws Exception {
        Path none = Files.writeString(directory.resolve("none.pem"), "c2VjcmV0\n");
        Path ca = authority.itself("ca4.pem");
        ClientCertificate badKey = new ClientCertificate(ca, none);

        assertThatThrownBy(() -> open(none, Optional.empty()))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining(none + " holds no ");
        assertThatThrownBy(() -> open(ca, Optional.of(badKey)))
                .isInstanceOf(PrivateKeyStoreDeniedException.class)
                .hasMessageContaining(none + " holds no unencrypted private key in PEM")
                .hasMessageNotContaining("c2VjcmV0");
    }
}
