package org.selectord.keystore.vault;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;
import org.selectord.keystore.PrivateKeyStoreDeniedException;
import org.selectord.keystore.vault.VaultSettings.ClientCertificate;

/**
 * Our side of TLS, from PEM files. Not the driver's own, which speaks TLS 1.2 only, reads only the first certificate of a bundle, and takes
 * no key of an elliptic curve.
 */
final class Tls {
    private static final char[] NO_PASSWORD = new char[0];

    private Tls() {}

    /** Reads the files; what cannot be used is said with its path. */
    static SSLContext context(VaultSettings settings) throws PrivateKeyStoreDeniedException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(settings.certificate()), trust(settings.ca()), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new PrivateKeyStoreDeniedException("TLS to " + settings.address() + " cannot be set up: " + e, e);
        }
    }

    private static TrustManager @Nullable [] trust(Optional<Path> ca)
            throws GeneralSecurityException, PrivateKeyStoreDeniedException {
        if (ca.isEmpty()) {
            return null; // those that Java believes
        }
        KeyStore store = empty();
        for (Certificate certificate : certificates(ca.get())) {
            store.setCertificateEntry("ca" + store.size(), certificate);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        return managers.getTrustManagers();
    }

    private static KeyManager @Nullable [] keys(Optional<ClientCertificate> client)
            throws GeneralSecurityException, PrivateKeyStoreDeniedException {
        if (client.isEmpty()) {
            return null;
        }
        Certificate[] chain = certificates(client.get().chain()).toArray(Certificate[]::new);
        KeyStore store = empty();
        store.setKeyEntry("client", key(client.get().key()), NO_PASSWORD, chain);
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, NO_PASSWORD);
        return managers.getKeyManagers();
    }

    private static KeyStore empty() throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            return store;
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
    }

    private static Collection<? extends Certificate> certificates(Path file) throws PrivateKeyStoreDeniedException {
        try (InputStream content = Files.newInputStream(file)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(content);
            if (certificates.isEmpty()) {
                throw new PrivateKeyStoreDeniedException(file + " holds no -----BEGIN CERTIFICATE-----");
            }
            return certificates;
        } catch (IOException | GeneralSecurityException e) {
            throw new PrivateKeyStoreDeniedException(file + " holds no certificates that can be read: " + e, e);
        }
    }

    private static PrivateKey key(Path file) throws PrivateKeyStoreDeniedException {
        try (Reader content = Files.newBufferedReader(file, StandardCharsets.US_ASCII);
                PEMParser blocks = new PEMParser(content)) {
            JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
            for (Object block = blocks.readObject(); block != null; block = blocks.readObject()) {
                if (block instanceof PrivateKeyInfo pkcs8) {
                    return converter.getPrivateKey(pkcs8);
                }
                if (block instanceof PEMKeyPair pair) {
                    return converter.getPrivateKey(pair.getPrivateKeyInfo());
                }
            }
        } catch (IOException | RuntimeException e) { // not passed on: a decoder's message may quote the secret
            throw new PrivateKeyStoreDeniedException(file + " holds no private key that can be read: "
                    + e.getClass().getSimpleName());
        }
        throw new PrivateKeyStoreDeniedException(file
                + " holds no unencrypted private key in PEM (openssl pkey -in FILE makes one of an encrypted key)");
    }
}
