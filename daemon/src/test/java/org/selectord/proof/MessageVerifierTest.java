package org.selectord.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.bed.ScriptedServers;
import org.selectord.bed.TestKey;
import org.selectord.proof.MailMessage.Header;
import org.selectord.proof.Verification.Kind;

class MessageVerifierTest {
    private static final TestKey KEY = TestKey.of("example.org", "s1", 1);
    private static final TestKey OTHER = TestKey.of("example.org", "s2", 2);

    private final ScriptedServers servers = new ScriptedServers("ns1", "ns2").serve(KEY, OTHER);

    private Optional<Verification> verify(MailMessage message) {
        return new MessageVerifier(servers).verify(message, KEY.domain(), ScriptedServers.zone("example.org"));
    }

    private Verification verified(MailMessage message) {
        return verify(message).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"})
    void verifiesWithTheKeyOfEveryServer(String canonicalization) {
        Verification verification = verified(SignedMail.by(KEY, "a=rsa-sha256; c=" + canonicalization + ";"));

        assertThat(verification)
                .isEqualTo(new Verification(
                        Kind.VERIFIED, "s=s1 d=example.org a=rsa-sha256: verifies with the key served by ns1, ns2"));
    }

    @Test
    void aServerThatIsSilentLeavesItUnproven() {
        servers.silent("ns2");

        assertThat(verified(SignedMail.by(KEY)))
                .isEqualTo(new Verification(
                        Kind.UNPROVEN, "s=s1 d=example.org a=rsa-sha256: ns2 gave no answer (timeout)"));
    }

    @Test
    void whereNoServerIsKnownItIsUnproven() {
        ScriptedServers none = new ScriptedServers();

        assertThat(new MessageVerifier(none)
                        .verify(SignedMail.by(KEY), KEY.domain(), ScriptedServers.zone("example.org"))
                        .orElseThrow()
                        .kind())
                .isEqualTo(Kind.UNPROVEN);
    }

    @Test
    void anUnknownSetOfServersProvesNothingWhateverTheyServe() {
        servers.unknown("no address for ns3.example.net").serve(KEY.owner());

        assertThat(verified(SignedMail.by(KEY)))
                .isEqualTo(
                        new Verification(
                                Kind.UNPROVEN,
                                "s=s1 d=example.org a=rsa-sha256: its authoritative servers are not known: no address for ns3.example.net"));
    }

    @Test
    void aServerThatDefinitelyLacksTheRecordMakesItBadEvenWhenAnotherIsSilent() {
        servers.serveAt("ns1", KEY.owner()).silent("ns2");

        assertThat(verified(SignedMail.by(KEY)))
                .isEqualTo(new Verification(
                        Kind.BAD,
                        "s=s1 d=example.org a=rsa-sha256: ns1 serves no TXT record at s1._domainkey.example.org."));
    }

    @Test
    void twoRecordsAtOneNameAreBad() {
        servers.serveAt("ns2", KEY.owner(), KEY.record(), OTHER.record());

        assertThat(verified(SignedMail.by(KEY)).kind()).isEqualTo(Kind.BAD);
    }

    @Test
    void serversThatDisagreeAreBadEvenWhereTheSignatureVerifiesWithBoth() {
        servers.serveAt("ns2", KEY.owner(), KEY.record() + "; n=other");

        assertThat(verified(SignedMail.by(KEY)))
                .isEqualTo(
                        new Verification(
                                Kind.BAD,
                                "s=s1 d=example.org a=rsa-sha256: ns2 serves another key record at s1._domainkey.example.org. than ns1"));
    }

    @Test
    void aSignatureByAnotherKeyIsBad() {
        Verification verification = verified(SignedMail.by(KEY.impostor()));

        assertThat(verification.kind()).isEqualTo(Kind.BAD);
        assertThat(verification.evidence()).contains("does not verify").contains("key served by ns1, ns2");
    }

    @Test
    void aSignatureByAnotherKeyIsBadAlsoWhenAServerIsSilent() {
        servers.silent("ns2");

        assertThat(verified(SignedMail.by(KEY.impostor())).kind()).isEqualTo(Kind.BAD);
    }

    @Test
    void aChangedBodyIsBad() {
        MailMessage signed = SignedMail.by(KEY);

        assertThat(verified(new MailMessage(signed.headers(), signed.body() + "more\r\n"))
                        .kind())
                .isEqualTo(Kind.BAD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v=DKIM1; p=", "v=DKIM1; k=rsa; p=%%%", "v=DKIM1; k=rsa; p=QUJD", "v=spf1 -all", ""})
    void aRevokedOrBrokenKeyRecordIsBad(String record) {
        servers.serve(KEY.owner(), record);

        assertThat(verified(SignedMail.by(KEY)).kind()).isEqualTo(Kind.BAD);
    }

    @Test
    void sha1IsBadThoughItVerifies() {
        assertThat(verified(SignedMail.by(KEY, "a=rsa-sha1; c=relaxed/simple;")).kind())
                .isEqualTo(Kind.BAD);
    }

    @Test
    void aKeyOfLessThan1024BitsIsBadThoughItVerifies() {
        TestKey small = TestKey.of("example.org", "s3", 3, 768);
        servers.serve(small);

        assertThat(verified(SignedMail.by(small)).evidence()).contains("shorter than 1024 bits");
    }

    @Test
    void aSignersClockAheadOfOursSaysNothingAboutItsKey() {
        long ahead = Instant.now().getEpochSecond() + 400;

        assertThat(verified(SignedMail.by(KEY, "a=rsa-sha256; c=relaxed/simple; t=" + ahead + ";"))
                        .kind())
                .isEqualTo(Kind.VERIFIED);
    }

    @Test
    void aMessageWithoutASignatureOfTheDomainHasNoVerification() {
        TestKey parent = TestKey.of("parent.example", "s1", 1);
        MailMessage plain = MailMessage.probe(KEY.domain(), Instant.now());

        assertThat(verify(plain)).isEmpty();
        assertThat(verify(SignedMail.signed(plain, parent, "a=rsa-sha256;"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {" v=1; nonsense", " v=1; a=rsa-sha256; d=example.org; s=a..b; h=from; b=QQ==; bh=QQ==", ""})
    void aFieldThatCannotBeReadIsNoSignature(String field) {
        MailMessage signed = SignedMail.by(KEY);
        MailMessage withGarbage = signed.withInserted(0, new Header("DKIM-Signature", field));

        assertThat(verified(withGarbage).kind()).isEqualTo(Kind.VERIFIED);
    }

    @Test
    void ofTwoSignaturesTheWorseCounts() {
        MailMessage good = SignedMail.by(KEY);
        MailMessage alsoBad = SignedMail.signed(good, OTHER.impostor(), "a=rsa-sha256; c=relaxed/simple;");
        MailMessage twiceTheSameSelector = SignedMail.signed(good, KEY.impostor(), "a=rsa-sha256; c=relaxed/simple;");
        MailMessage bothGood = SignedMail.signed(good, OTHER, "a=rsa-sha256; c=relaxed/simple;");

        assertThat(verified(alsoBad).kind()).isEqualTo(Kind.BAD);
        assertThat(verified(twiceTheSameSelector).kind()).isEqualTo(Kind.BAD);
        assertThat(verified(bothGood).kind()).isEqualTo(Kind.VERIFIED);
        assertThat(verified(bothGood).evidence()).contains("s=s1").contains("s=s2");
    }

    @Test
    void aSelectorInUpperCaseIsFoundUnderItsName() {
        List<Header> headers = new ArrayList<>(SignedMail.by(KEY).headers());
        Header signature = headers.remove(0);
        headers.add(0, new Header("DKIM-Signature", signature.value().replace("s=s1", "s=S1")));

        assertThat(verified(new MailMessage(headers, SignedMail.by(KEY).body())).evidence())
                .contains("s=s1 d=example.org");
    }
}
