package org.selectord.proof;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.selectord.key.SigningDomain;

/**
 * A mail message, exact to the octet, one char an octet (ISO 8859-1).
 *
 * @param body with CRLF line ends
 */
public record MailMessage(List<Header> headers, String body) {
    private static final DateTimeFormatter RFC_5322 =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);

    /**
     * One header field.
     *
     * @param value everything after the colon, so with its leading space, folded with CRLF, without the last line end
     */
    public record Header(String name, String value) {
        boolean isNamed(String other) {
            return name.equalsIgnoreCase(other);
        }
    }

    public MailMessage {
        headers = List.copyOf(headers);
    }

    /** A message as a user of the domain would send it to nobody; it is shown to the signer and never sent. */
    public static MailMessage probe(SigningDomain domain, Instant now) {
        String from = sender(domain);
        return new MailMessage(
                List.of(
                        new Header("From", " selectord <" + from + ">"),
                        new Header("To", " " + RECIPIENT),
                        new Header("Date", " " + RFC_5322.format(now.atOffset(ZoneOffset.UTC))),
                        new Header("Subject", " which key signs the mail of " + domain + "?"),
                        new Header("Message-ID", " <" + UUID.randomUUID() + "@" + domain + ">")),
                """
                This message is never sent. selectord shows it to the mail signer
                to see which key it signs with.
                """.replace("\n", "\r\n"));
    }

    static final String RECIPIENT = "nobody@selectord.invalid"; // RFC 6761 6.4: never anybody's

    static String sender(SigningDomain domain) {
        return "selectord-probe@" + domain;
    }

    List<Header> headersNamed(String name) {
        return headers.stream().filter(header -> header.isNamed(name)).toList();
    }

    MailMessage withInserted(int index, Header header) {
        List<Header> changed = new ArrayList<>(headers);
        changed.add(Math.min(index, changed.size()), header);
        return new MailMessage(changed, body);
    }

    /** The whole message as it goes over the wire. */
    public byte[] octets() {
        StringBuilder text = new StringBuilder();
        headers.forEach(header ->
                text.append(header.name()).append(':').append(header.value()).append("\r\n"));
        return text.append("\r\n").append(body).toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
