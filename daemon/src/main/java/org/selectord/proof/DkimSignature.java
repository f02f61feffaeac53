package org.selectord.proof;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.james.jdkim.tagvalue.SignatureRecordImpl;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.key.SigningDomain;

/**
 * One DKIM-Signature field of a message, and where its key record is (RFC 6376 section 3.5).
 *
 * @param selector the {@code s=} as written, in lower case; a foreign one need not be a name that we would give
 */
record DkimSignature(MailMessage.Header field, String domain, String selector, String algorithm) {
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
            return Optional.of(new DkimSignature(
                            field,
                            lower(tags.getDToken()),
                            lower(tags.getSelector()),
                            lower(tags.getHashKeyType()) + "-" + lower(tags.getHashMethod())))
                    .filter(signature ->
                            Stream.of(signature.domain, signature.selector).noneMatch(String::isEmpty));
        } catch (RuntimeException e) { // the library's way of saying that a tag is missing or malformed
            return Optional.empty();
        }
    }

    private static String lower(CharSequence tag) {
        return tag.toString().strip().toLowerCase(Locale.ROOT);
    }

    /** RFC 6376 section 3.6.2.1. */
    OwnerName owner() {
        return OwnerName.of(selector + "._domainkey." + domain + ".");
    }

    @Override
    public String toString() {
        return "s=" + selector + " d=" + domain + " a=" + algorithm;
    }
}
