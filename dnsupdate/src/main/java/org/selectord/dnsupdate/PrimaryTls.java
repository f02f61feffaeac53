package org.selectord.dnsupdate;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * DNS over TLS to primaries (RFC 7858), of version 1.3 as RFC 9103 wants it for zone transfers: nobody on the way reads a record before it is
 * public, or learns which server has our updates. Who may change a zone is still told by TSIG alone. The JDK checks the server's certificate,
 * and whether it is for {@link #name}. Two are equal when they believe the same.
 */
public final class PrimaryTls {
    // RFC 7858 section 3.2 registers it; BIND transfers zones to nobody who does not offer it
    private static final String DOT = "dot";

    private final List<X509Certificate> ca;
    private final String name;
    /** One for all connections: it remembers sessions, which saves the next handshake the certificate. */
    private final SSLContext context;

    /**
     * @param ca a server's certificate must come from one of these
     * @param name and be for this name or address
     */
    public PrimaryTls(List<X509Certificate> ca, String name) {
        this.ca = List.copyOf(ca);
        this.name = name;
        this.context = context(this.ca);
    }

    /**
     * Those in a PEM file, at least one.
     *
     * @throws IOException there is none, or it cannot be read; the message names the file
     */
    public static List<X509Certificate> certificates(Path file) throws IOException {
        try (InputStream pem = Files.newInputStream(file)) {
            List<X509Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
                            .map(X509Certificate.class::cast)
                            .toList();
            if (certificates.isEmpty()) {
                throw new IOException(file + " holds no -----BEGIN CERTIFICATE-----");
            }
            return certificates;
        } catch (GeneralSecurityException e) { // without its message, which may quote the file
            throw new IOException(file + " holds no certificates in PEM that can be read", e);
        }
    }

    private static SSLContext context(List<X509Certificate> ca) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (X509Certificate certificate : ca) {
                store.setCertificateEntry("ca" + store.size(), certificate);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java has no TLS: " + e, e);
        }
    }

    /** What the certificate must be for. */
    public String name() {
        return name;
    }

    /** Our side of one connection. */
    public SSLEngine engine() {
        SSLEngine engine = context.createSSLEngine(name, -1);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        parameters.setApplicationProtocols(new String[] {DOT});
        // RFC 8310 section 8.1: the name is looked for where HTTPS looks for it (RFC 6125)
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        engine.setUseClientMode(true);
        return engine;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PrimaryTls that && ca.equals(that.ca) && name.equals(that.name);
    }

    @Override
    public int hashCode() {
        return 31 * ca.hashCode() + name.hashCode();
    }

    @Override
    public String toString() {
        return "TLS as " + name;
    }
}
