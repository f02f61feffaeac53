package org.selectord.signer.opendkim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.KeysInMemory;
import org.selectord.bed.OpenDkimBed;
import org.selectord.bed.TestKey;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.Bind;
import org.selectord.dnsupdate.bed.BindBed;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.dnsupdate.dnsjava.DnsjavaPropagationCheck;
import org.selectord.dnsupdate.dnsjava.Timeouts;
import org.selectord.rotation.Finding;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Proof;
import org.selectord.rotation.Wanted;

/** The whole proof: a real OpenDKIM signs, and the keys come from a real primary and its secondary. */
class OpenDkimOnBindIT {
    private static final TestKey S1 = TestKey.of("example.org", "s1", 1);
    private static final TestKey S2 = TestKey.of("example.org", "s2", 2);

    private BindBed dns;
    private OpenDkimBed bed;
    private OpenDkimSigner signer;

    @BeforeAll
    static void requirePeers() {
        Peers.require("opendkim", "named", "rndc", "nsupdate", "dig");
    }

    @BeforeEach
    void start() throws IOException {
        bed = OpenDkimBed.create();
        dns = BindBed.start(1, BedZone.of("example.org."));
        PropagationCheck check = new DnsjavaPropagationCheck(
                Clock.systemUTC(),
                new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(2)),
                (server, theirs, sentAt, receivedAt) -> {},
                HostAddresses.system(),
                apex -> Optional.empty(),
                new SecureRandom());
        signer = new OpenDkimSigner(bed.settings(bed.reloadCommand()), new KeysInMemory().with(S1, S2), check);
        signer.createAbsentTables();
        bed.start();
    }

    @AfterEach
    void stop() {
        dns.close();
        bed.close();
    }

    private void publish(TestKey key) {
        String strings = key.record().replaceAll("(.{1,200})", "\"$1\" ");
        dns.primary().nsupdate("update add " + key.owner() + " 60 TXT " + strings);
        await().until(() -> servers().stream()
                .noneMatch(server -> server.dig(key.owner().name(), "TXT").isEmpty()));
    }

    private List<Bind> servers() {
        return List.of(dns.primary(), dns.secondary(0));
    }

    private Finding.InUse tell(TestKey key) {
        Map<?, Outcome> outcomes = signer.apply(
                Map.of(key.domain(), new Wanted(Set.of(key.signingKey()), dns.zone("example.org."))), false);
        return (Finding.InUse) ((Outcome.Done) outcomes.values().iterator().next()).finding();
    }

    private Proof look() {
        Map<?, Outcome> outcomes = signer.inUse(Map.of(S1.domain(), dns.zone("example.org.")));
        return ((Finding.InUse) ((Outcome.Done) outcomes.values().iterator().next()).finding()).proof();
    }

    @Test
    void aFlipIsProvenByTheKeyThatBothServersServe() {
        publish(S1);
        publish(S2);

        assertThat(tell(S1).proof().kind()).isEqualTo(Proof.Kind.VERIFIED);
        Finding.InUse flipped = tell(S2);

        assertThat(flipped.seen()).containsExactly(S2.selector());
        assertThat(flipped.proof().kind()).isEqualTo(Proof.Kind.VERIFIED);
        servers()
                .forEach(server -> assertThat(flipped.proof().evidence())
                        .contains("127.0.0.1:" + server.address().getPort()));
    }

    @Test
    void aStoppedSecondaryLeavesItUnprovenUntilItIsBack() {
        publish(S1);
        dns.secondary(0).stop();

        assertThat(tell(S1).proof().kind()).isEqualTo(Proof.Kind.UNPROVEN);

        dns.secondary(0).start();
        await().untilAsserted(() -> assertThat(look().kind()).isEqualTo(Proof.Kind.VERIFIED));
    }

    @Test
    void aKeyThatNobodyPublishedIsProvenBad() {
        publish(S1);

        assertThat(tell(S2).proof())
                .satisfies(proof ->
                        assertThat(proof.evidence()).contains("serves no TXT record at s2._domainkey.example.org."))
                .extracting(Proof::kind)
                .isEqualTo(Proof.Kind.BAD);
    }

    @Test
    void anotherKeyUnderTheNameIsProvenBad() {
        publish(S1.impostor());

        assertThat(tell(S1).proof().kind()).isEqualTo(Proof.Kind.BAD);
    }
}
