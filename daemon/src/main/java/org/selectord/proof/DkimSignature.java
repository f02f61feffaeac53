package org.selectord.proof;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.james.jdkim.tagvalue.SignatureRecordImpl;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.SigningDomain;

/**
 * One DKIM-Signature field of a message (RFC 6376 section 3.5).
 *
 * @param selector the {@code s=} as written, in lower case; a foreign one need not be a name that we would give
 * @param owner where its key record is (RFC 6376 section 3.6.2.1)
 */
record DkimSignature(MailMessage.Header field, String domain, String selector, String algorithm, OwnerName owner) {
    static final String FIELD = "DKIM-Signature";

    /** Those of one signing domain. A field that cannot be read is no signature (RFC 6376 section 6.1.1). */
    static List<DkimSignature> of(SigningDomain domain, MailMessage message) {
        return message.headersNamed(FIELD).stream()
                .flatMap(field -> parse(field).stream())
                .filter(signature -> signature.domain.equals(domain.name()))
                .toList();
    }

    private static Optional<DkimSignature> parse(MailMessage.Header field) {
        try {
            SignatureRecordImpl tags = new SignatureRecordImpl(field.value());
            String domain = lower(tags.getDToken());
            String selector = lower(tags.getSelector());
            String algorithm = lower(tags.getHashKeyType()) + "-" + lower(tags.getHashMethod());
            OwnerName owner = OwnerName.of(selector + "._domainkey." + domain + ".");
            return Optional.of(new DkimSignature(field, domain, selector, algorithm, owner));
        } catch (RuntimeException e) { // a tag that is missing or malformed, or makes no domain name
            return Optional.empty();
        }
    }

    private static String lower(CharSequence tag) {
        return tag.toString().strip().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return "s=" + selector + " d=" + domain + " a=" + algorithm;
    }
}
