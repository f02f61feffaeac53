package org.selectord.keystore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.junit.jupiter.api.Test;
import org.selectord.key.KeyRecord;

/** The example of RFC 8463 appendix A: its secret key comes to its key record, and signs its message as it is signed there. */
class Rfc8463Test {
    private static final String SECRET = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="; // A.2

    @Test
    void theSecretKeyComesToThePublishedRecord() throws Exception {
        assertThat(KeyRecord.of(key().publicHalf()).text())
                .isEqualTo("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    }

    @Test
    void theKeySignsTheMessageAsInTheRfc() throws Exception {
        // the fields named twice in h= are there once: the second time they add nothing (RFC 6376 5.4.2)
        String tags = "v=1; a=ed25519-sha256; c=relaxed/relaxed; d=football.example.com; i=@football.example.com;"
                + " q=dns/txt; s=brisbane; t=1528637909; h=from : to : subject : date : message-id : from : subject : date;";

        assertThat(Ed25519Mail.OF_THE_RFC.signed(key(), tags))
                .contains(
                        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
                        " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
    }

    private static PrivateKeyPem key() throws Exception {
        return PrivateKeyPem.ofPkcs8(new PrivateKeyInfo(
                        new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519),
                        new DEROctetString(Base64.getDecoder().decode(SECRET)))
                .getEncoded());
    }
}
