package org.selectord.proof;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import org.apache.james.jdkim.DKIMSigner;
import org.apache.james.jdkim.exceptions.FailException;
import org.selectord.bed.TestKey;
import org.selectord.proof.MailMessage.Header;

/** Mail signed without any mail signer. */
final class SignedMail {
    private SignedMail() {}

    static MailMessage by(TestKey key) {
        return by(key, "a=rsa-sha256; c=relaxed/simple;");
    }

    static MailMessage by(TestKey key, String tags) {
        return signed(MailMessage.probe(key.domain(), Instant.now()), key, tags);
    }

    static MailMessage signed(MailMessage message, TestKey key, String tags) {
        String template = "v=1; d=" + key.domain() + "; s=" + key.selector() + "; h=from:to:subject; b=; bh=; " + tags;
        try {
            String field = new DKIMSigner(template, key.privateKey()).sign(new ByteArrayInputStream(message.octets()));
            return message.withInserted(0, new Header("DKIM-Signature", field.substring(field.indexOf(':') + 1)));
        } catch (IOException | FailException e) {
            throw new IllegalStateException(e);
        }
    }
}
