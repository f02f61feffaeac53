package org.selectord.keystore;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** A message, and its signature by ed25519-sha256 with relaxed canonicalization (RFC 8463 section 3, RFC 6376 section 3.7). */
record Ed25519Mail(List<String> fields, String body) {
    /** The message of RFC 8463 appendix A.3, without its signatures. */
    static final Ed25519Mail OF_THE_RFC = new Ed25519Mail(
            List.of(
                    "From: Joe SixPack <joe@football.example.com>",
                    "To: Suzie Q <suzie@shopping.example.net>",
                    "Subject: Is dinner ready?",
                    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
                    "Message-ID: <20030712040037.46341.5F8J@football.example.com>"),
            "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n");

    /** {@code b=} over all fields in their order; {@code tags} are those before it, {@code bh=} excepted, on one line. */
    String signature(PrivateKeyPem key, String tags) throws GeneralSecurityException {
        MessageDigest headers = MessageDigest.getInstance("SHA-256");
        fields.forEach(field -> headers.update(relaxed(field).concat("\r\n").getBytes(US_ASCII)));
        headers.update(relaxed("DKIM-Signature: " + withBodyHash(tags) + " b=").getBytes(US_ASCII));
        Signature ed25519 = Signature.getInstance("Ed25519");
        ed25519.initSign(key.revealKeyPair().getPrivate());
        ed25519.update(headers.digest()); // RFC 8463 3: PureEdDSA over the SHA-256
        return Base64.getEncoder().encodeToString(ed25519.sign());
    }

    String signed(PrivateKeyPem key, String tags) throws GeneralSecurityException {
        return "DKIM-Signature: " + withBodyHash(tags) + " b=" + signature(key, tags) + "\r\n"
                + String.join("\r\n", fields) + "\r\n\r\n" + body;
    }

    private String withBodyHash(String tags) throws GeneralSecurityException {
        byte[] hash = MessageDigest.getInstance("SHA-256")
                .digest(body.replaceAll("[ \t]+", " ").getBytes(US_ASCII));
        return tags + " bh=" + Base64.getEncoder().encodeToString(hash) + ";";
    }

    private static String relaxed(String field) {
        int colon = field.indexOf(':');
        return field.substring(0, colon).toLowerCase(Locale.ROOT) + ":"
                + field.substring(colon + 1).strip().replaceAll("[ \t]+", " ");
    }
}
