package org.selectord.keystore.file;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.Arrays;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.OutputEncryptor;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemReader;
import org.bouncycastle.util.io.pem.PemWriter;
import org.selectord.keystore.PrivateKeyPem;

/**
 * Private halves to and from {@code -----BEGIN ENCRYPTED PRIVATE KEY-----}: PBES2 with AES-256-CBC under PBKDF2 with HMAC-SHA256
 * (RFC 8018), which {@code openssl pkey -passin} reads.
 */
final class PemEncryption {
    /**
     * What one guess at the passphrase costs: some 60 ms here, and as much does each of our reads. OpenSSL itself does 2048. More
     * would only help a passphrase that a person thought up, and would be paid 10,000 times where there are 10,000 domains.
     */
    static final int PBKDF2_ITERATIONS = 100_000;

    private static final String TYPE = "ENCRYPTED PRIVATE KEY"; // RFC 7468 11
    private static final Provider BOUNCY_CASTLE =
            new BouncyCastleProvider(); // not registered: it is nobody else's business

    private final Passphrase passphrase;

    PemEncryption(Passphrase passphrase) {
        this.passphrase = passphrase;
    }

    byte[] encrypt(PrivateKeyPem key) throws IOException {
        StringWriter text = new StringWriter();
        byte[] clear = key.revealPkcs8();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PKCS8Generator(PrivateKeyInfo.getInstance(clear), encryptor()));
        } finally {
            Arrays.fill(clear, (byte) 0);
        }
        return text.toString().getBytes(US_ASCII);
    }

    private OutputEncryptor encryptor() {
        char[] secret = passphrase.reveal();
        try {
            return new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                    .setProvider(BOUNCY_CASTLE)
                    .setPRF(PKCS8Generator.PRF_HMACSHA256)
                    .setIterationCount(PBKDF2_ITERATIONS)
                    .setPassword(secret)
                    .build();
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("this Bouncy Castle has no PBES2 with AES-256", e);
        } finally {
            Arrays.fill(secret, '\0');
        }
    }

    /** Throws {@link GeneralSecurityException} for a wrong passphrase and for a damaged file: nobody can tell one from the other. */
    PrivateKeyPem decrypt(byte[] file) throws GeneralSecurityException {
        try (PemReader reader = new PemReader(new StringReader(new String(file, US_ASCII)))) {
            PemObject pem = reader.readPemObject();
            if (pem == null || !pem.getType().equals(TYPE)) {
                throw new GeneralSecurityException("it does not hold one -----BEGIN " + TYPE + "-----");
            }
            return decrypted(new PKCS8EncryptedPrivateKeyInfo(pem.getContent()));
        } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
            throw new GeneralSecurityException("the passphrase is wrong or the file is damaged", e);
        }
    }

    private PrivateKeyPem decrypted(PKCS8EncryptedPrivateKeyInfo encrypted)
            throws IOException, PKCSException, OperatorCreationException {
        char[] secret = passphrase.reveal();
        byte[] clear = {};
        try {
            InputDecryptorProvider provider = new JceOpenSSLPKCS8DecryptorProviderBuilder()
                    .setProvider(BOUNCY_CASTLE)
                    .build(secret);
            clear = encrypted.decryptPrivateKeyInfo(provider).getEncoded();
            return PrivateKeyPem.ofPkcs8(clear);
        } finally {
            Arrays.fill(secret, '\0');
            Arrays.fill(clear, (byte) 0);
        }
    }
}
