package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.TrustAnchor;
import org.selectord.dnsupdate.Zone;
import org.xbill.DNS.DClass;
import org.xbill.DNS.DNSKEYRecord;
import org.xbill.DNS.DNSSEC;
import org.xbill.DNS.DSRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.RRset;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** What a real server cannot be made to serve: signatures that are over, made for another record, or by nobody who is trusted. */
class ValidationTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Name APEX = Name.fromConstantString("example.org.");
    private static final OwnerName OWNER = OwnerName.of("s1._domainkey.example.org.");

    private static KeyPair pair;
    private static DNSKEYRecord key;

    @BeforeAll
    static void makeKey() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        pair = generator.generateKeyPair();
        key = new DNSKEYRecord(
                APEX,
                DClass.IN,
                60,
                DNSKEYRecord.Flags.ZONE_KEY | DNSKEYRecord.Flags.SEP_KEY,
                DNSKEYRecord.Protocol.DNSSEC,
                DNSSEC.Algorithm.ECDSAP256SHA256,
                pair.getPublic());
    }

    private static RRset signed(RRset set, Instant from, Instant until) throws Exception {
        set.addRR(DNSSEC.sign(set, key, pair.getPrivate(), from, until));
        return set;
    }

    private static RRset signed(Record record) throws Exception {
        return signed(new RRset(record), NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(1)));
    }

    private static Record txt(String text) {
        return new TXTRecord(Wire.name(OWNER), DClass.IN, 60, text);
    }

    private static Message message(RRset set) {
        Message message = new Message();
        set.rrs(false).forEach(record -> message.addRecord(record, Section.ANSWER));
        set.sigs().forEach(record -> message.addRecord(record, Section.ANSWER));
        return message;
    }

    private static Reply keys() throws Exception {
        return new Reply.Answered(message(signed(key)), Rcode.NOERROR, Optional.empty());
    }

    private static Validation trusting(Record anchor) {
        DnsSettings dns = Given.settings(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53));
        DnsSettings trusting = new DnsSettings(
                dns.name(),
                dns.primaries(),
                dns.tsig(),
                dns.recordTtl(),
                dns.authoritative(),
                dns.also(),
                dns.fudge(),
                dns.lateMargin(),
                dns.fence(),
                List.of(new TrustAnchor(OwnerName.of("example.org."), anchor.toString())));
        return Validation.of(new Zone(OwnerName.of("example.org."), trusting), Clock.fixed(NOW, ZoneOffset.UTC))
                .orElseThrow();
    }

    private static Validation byDs() {
        return trusting(new DSRecord(APEX, DClass.IN, 60, DNSSEC.Digest.SHA256, key));
    }

    @Test
    void whatIsSignedByAnAnchoredKeyIsBelieved() throws Exception {
        Message answer = message(signed(txt("v=DKIM1; p=abc")));

        assertThat(byDs().doubt(OWNER, answer, keys())).isEmpty();
        assertThat(trusting(key).doubt(OWNER, answer, keys())).isEmpty();
    }

    @Test
    void whatIsNotSignedIsNot() throws Exception {
        assertThat(byDs().doubt(OWNER, message(new RRset(txt("v=DKIM1; p=abc"))), keys()))
                .contains("the TXT record without an RRSIG");
    }

    @Test
    void whatWasChangedSinceItWasSignedIsNot() throws Exception {
        RRset signed = signed(txt("v=DKIM1; p=abc"));
        RRset changed = new RRset(txt("v=DKIM1; p=abd"));
        signed.sigs().forEach(changed::addRR);

        assertThat(byDs().doubt(OWNER, message(changed), keys()).orElseThrow())
                .startsWith("the RRSIG of the TXT record does not verify");
    }

    @Test
    void aSignatureThatIsOverOrNotYetBegunIsNot() throws Exception {
        RRset over = signed(new RRset(txt("x")), NOW.minusSeconds(9), NOW.minusSeconds(5));
        RRset early = signed(new RRset(txt("x")), NOW.plusSeconds(5), NOW.plusSeconds(9));

        assertThat(byDs().doubt(OWNER, message(over), keys())).isPresent();
        assertThat(byDs().doubt(OWNER, message(early), keys())).isPresent();
    }

    /** It proves that the wildcard is there, and not that nothing stands at the name itself. */
    @Test
    void aSignatureOfAWildcardIsNone() throws Exception {
        Name wildcard = Name.fromConstantString("*._domainkey.example.org.");
        RRset ofWildcard = signed(new TXTRecord(wildcard, DClass.IN, 60, "x"));
        RRset expanded = new RRset(txt("x"));
        ofWildcard
                .sigs()
                .forEach(signature -> expanded.addRR(Record.newRecord(
                        Wire.name(OWNER), Type.RRSIG, DClass.IN, 60, signature.rdataToWireCanonical())));

        assertThat(byDs().doubt(OWNER, message(expanded), keys())).isPresent();
    }

    @Test
    void aKeyThatIsNoAnchorIsNotBelievedAndNoKeyIsSaid() throws Exception {
        Message answer = message(signed(txt("v=DKIM1; p=abc")));
        DSRecord other = new DSRecord(APEX, DClass.IN, 60, 1, 13, DNSSEC.Digest.SHA256, new byte[32]);

        assertThat(trusting(other).doubt(OWNER, answer, keys()))
                .contains("no DNSKEY of example.org. is one of trust_anchors");
        assertThat(byDs().doubt(OWNER, answer, new Reply.NotSent("connection refused"))
                        .orElseThrow())
                .contains("were not read")
                .contains("connection refused");
    }

    @Test
    void theKeysThemselvesMustBeSignedByTheAnchoredOne() throws Exception {
        Reply unsigned = new Reply.Answered(message(new RRset(key)), Rcode.NOERROR, Optional.empty());

        assertThat(byDs().doubt(OWNER, message(signed(txt("x"))), unsigned))
                .contains("the DNSKEY records of example.org. without an RRSIG");
    }

    @Test
    void anAnchorFileHoldsDsAndDnskeyRecordsAndNothingElse(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("anchors");
        Files.writeString(
                file, "; of the registrar\n" + key + "\nother.example. IN DS 1 13 2 " + "AB".repeat(32) + "\n");
        assertThat(TrustAnchorFile.read(file))
                .extracting(TrustAnchor::zone)
                .containsExactly(OwnerName.of("example.org."), OwnerName.of("other.example."));

        Files.writeString(file, "example.org. IN NS ns1.example.org.\n");
        assertThatThrownBy(() -> TrustAnchorFile.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("other records than DS and DNSKEY");
        Files.writeString(file, "$INCLUDE /etc/passwd\n");
        assertThatThrownBy(() -> TrustAnchorFile.read(file)).isInstanceOf(IOException.class);
        Files.writeString(file, "; nothing\n");
        assertThatThrownBy(() -> TrustAnchorFile.read(file)).hasMessageContaining("no DS and no DNSKEY");
    }
}
