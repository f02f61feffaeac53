package org.selectord.proof;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.interfaces.RSAPublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.james.jdkim.DKIMVerifier;
import org.apache.james.jdkim.api.SignatureRecord;
import org.apache.james.jdkim.exceptions.FailException;
import org.apache.james.jdkim.tagvalue.PublicKeyRecordImpl;
import org.apache.james.jdkim.tagvalue.SignatureRecordImpl;
import org.jspecify.annotations.Nullable;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Verification.Kind;

/**
 * Verifies the DKIM signatures of a message with the key that every authoritative server serves now: never a resolver's, which may be older and would plant
 * its negative answers besides. Stateless; any thread; {@link #verify} blocks as {@link PropagationCheck} does.
 */
public final class MessageVerifier {
    private final PropagationCheck check;

    public MessageVerifier(PropagationCheck check) {
        this.check = check;
    }

    /** Empty: the message has no signature for that domain. */
    public Optional<Verification> verify(MailMessage message, SigningDomain domain, Zone zone) {
        Set<OwnerName> owners = DkimSignature.of(domain, message).stream()
                .map(DkimSignature::owner)
                .collect(Collectors.toSet());
        return owners.isEmpty() ? Optional.empty() : judge(message, domain, check.look(zone, owners));
    }

    /** The worst of what its signatures for that domain come to, given what the servers answered. */
    static Optional<Verification> judge(MailMessage message, SigningDomain domain, Map<OwnerName, Propagation> seen) {
        return DkimSignature.of(domain, message).stream()
                .map(signature -> judge(message, signature, Optional.ofNullable(seen.get(signature.owner()))))
                .reduce(Verification::and);
    }

    private static Verification judge(MailMessage message, DkimSignature signature, Optional<Propagation> seen) {
        if (seen.isEmpty()) {
            return new Verification(Kind.UNPROVEN, signature + ": the authoritative servers did not answer in time");
        }
        Optional<String> unknownServers = seen.get().problem();
        if (unknownServers.isPresent()) {
            return new Verification(
                    Kind.UNPROVEN, signature + ": its authoritative servers are not known: " + unknownServers.get());
        }
        return judge(message, signature, seen.get().servers());
    }

    private static Verification judge(MailMessage message, DkimSignature signature, List<ServerAnswer> servers) {
        List<ServerAnswer> answers = servers.stream()
                .filter(answer -> answer.kind() == ServerAnswer.Kind.ANSWERED)
                .toList();
        Optional<String> wrong = wrongRecord(signature, answers)
                .or(() -> answers.stream()
                        .findFirst()
                        .flatMap(answer -> wrongSignature(message, signature, onlyText(answer)))
                        .map(why -> why + " (key served by " + names(answers) + ")"));
        if (wrong.isPresent()) {
            return new Verification(Kind.BAD, signature + ": " + wrong.get());
        }
        List<ServerAnswer> silent =
                servers.stream().filter(answer -> !answers.contains(answer)).toList();
        if (!silent.isEmpty() || answers.isEmpty()) {
            String who = silent.isEmpty()
                    ? "no authoritative server is known"
                    : silent.stream()
                            .map(answer -> answer.server() + " gave no answer (" + answer.cameBack() + ")")
                            .collect(Collectors.joining(", "));
            return new Verification(Kind.UNPROVEN, signature + ": " + who);
        }
        return new Verification(Kind.VERIFIED, signature + ": verifies with the key served by " + names(answers));
    }

    private static String names(List<ServerAnswer> answers) {
        return answers.stream().map(ServerAnswer::server).collect(Collectors.joining(", "));
    }

    /** RFC 6376 section 3.6.2.2: one TXT record a name, or the result is undefined; and all servers must serve the same one. */
    private static Optional<String> wrongRecord(DkimSignature signature, List<ServerAnswer> answers) {
        for (ServerAnswer answer : answers) {
            List<TxtRecord> records = answer.found().map(set -> set.records()).orElse(List.of());
            if (records.size() != 1) {
                return Optional.of(answer.server() + " serves " + (records.isEmpty() ? "no" : records.size())
                        + " TXT record at " + signature.owner());
            }
            if (!onlyText(answer).equals(onlyText(answers.get(0)))) {
                return Optional.of(answer.server() + " serves another key record at " + signature.owner() + " than "
                        + answers.get(0).server());
            }
        }
        return Optional.empty();
    }

    private static String onlyText(ServerAnswer answer) {
        return answer.found().orElseThrow().records().get(0).joined();
    }

    private static Optional<String> wrongSignature(MailMessage message, DkimSignature signature, String record) {
        if (!signature.algorithm().equals("rsa-sha256")) {
            // RFC 8301 section 3.1: rsa-sha1 MUST NOT be used for signing or verifying
            return Optional.of("its algorithm is not one that every verifier accepts");
        }
        try {
            PublicKeyRecordImpl key = new PublicKeyRecordImpl(record);
            key.validate();
            if (key.getPublicKey() instanceof RSAPublicKey rsa
                    && rsa.getModulus().bitLength() < 1024) {
                return Optional.of("its key is shorter than 1024 bits (RFC 8301 section 3.2)");
            }
            new GivenKey(record)
                    .verify(new ByteArrayInputStream(alone(message, signature).octets()));
            return Optional.empty();
        } catch (FailException | IllegalStateException | IllegalArgumentException e) {
            return Optional.of("it does not verify: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("a message in memory cannot be read", e);
        }
    }

    /** The message with no other signature: the library says of several only that one verified. */
    private static MailMessage alone(MailMessage message, DkimSignature signature) {
        List<MailMessage.Header> headers = new ArrayList<>(message.headers());
        headers.removeIf(header -> header.isNamed(DkimSignature.FIELD));
        headers.add(0, signature.field());
        return new MailMessage(headers, message.body());
    }

    /** The library's verifier with a key record in hand. */
    private static final class GivenKey extends DKIMVerifier {
        GivenKey(String record) {
            super((method, selector, domain) -> List.of(record));
        }

        @Override
        public SignatureRecord newSignatureRecord(String value) {
            return new SignatureRecordImpl(value) {
                // the library fails a signature one second ahead of our clock; a signer's clock says nothing about its
                // key
                @Override
                public @Nullable Long getSignatureTimestamp() {
                    return null;
                }
            };
        }
    }
}
