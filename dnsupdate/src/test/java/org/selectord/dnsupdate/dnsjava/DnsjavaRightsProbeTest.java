package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.NeededRights;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.RightsFinding;
import org.selectord.dnsupdate.RightsFinding.Kind;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Servers that BIND is not. */
@Timeout(30)
class DnsjavaRightsProbeTest {
    private static final NeededRights NEEDED = new NeededRights(
            List.of(OwnerName.of("_domainkey.example.org")),
            Optional.of(OwnerName.of("_selectord._domainkey.example.org")));

    /** As RFC 2136 section 3 has it. */
    @Test
    void ofAServerThatLooksAtPrerequisitesFirstNothingIsClaimed() {
        try (ScriptedPeer peer = answering(request -> Rcode.NXDOMAIN)) {
            assertThat(probe(peer)).singleElement().satisfies(finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.CANNOT_TELL);
                assertThat(finding.said()).contains("looks at rights before prerequisites");
                assertThat(finding.policy()).isEmpty();
            });
        }
    }

    @Test
    void aRefusalThatIsSeenShowsTheOrderToo() {
        try (ScriptedPeer peer = answering(request -> touches(request, Type.A) ? Rcode.REFUSED : Rcode.NXDOMAIN)) {
            assertThat(probe(peer)).singleElement().satisfies(finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.TOO_WIDE);
                assertThat(finding.said())
                        .contains("TXT at *._domainkey.example.org.")
                        .doesNotContain("A at names");
            });
        }
    }

    @Test
    void aServerThatIgnoresPrerequisitesIsNotAskedOn() {
        try (ScriptedPeer peer = answering(request -> Rcode.NOERROR)) {
            assertThat(probe(peer)).singleElement().satisfies(finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.CANNOT_TELL);
                assertThat(finding.said()).contains("prerequisites cannot hold");
            });
            assertThat(peer.requests()).hasSize(2);
        }
    }

    @Test
    void anUnsignedAnswerIsBelievedByNobody() {
        for (int rcode : List.of(Rcode.NXDOMAIN, Rcode.REFUSED)) {
            try (ScriptedPeer peer = new ScriptedPeer(
                    (request, connection) -> ScriptedPeer.send(connection, ScriptedPeer.reply(request, rcode)))) {
                assertThat(probe(peer)).singleElement().satisfies(finding -> {
                    assertThat(finding.kind()).isEqualTo(Kind.CANNOT_TELL);
                    assertThat(finding.said()).contains("unsigned");
                });
            }
        }
    }

    @Test
    void aServerThatTakesEveryNameForOutsideTellsNothing() {
        try (ScriptedPeer peer = answering(request -> Rcode.NOTZONE)) {
            assertThat(probe(peer)).extracting(RightsFinding::kind).containsExactly(Kind.CANNOT_TELL);
        }
    }

    @Test
    void aServerThatIsNoPrimaryIsSaidToBeNone() {
        try (ScriptedPeer peer = answering(request -> Rcode.NOTAUTH)) {
            assertThat(probe(peer)).singleElement().satisfies(finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.CANNOT_TELL);
                assertThat(finding.said()).contains("it answered NOTAUTH. It is not primary for zone example.org.");
            });
        }
    }

    @Test
    void noQuestionCouldChangeAZoneWhateverAServerMadeOfIt() {
        try (ScriptedPeer peer = answering(request -> touches(request, Type.NS) ? Rcode.REFUSED : Rcode.NXDOMAIN)) {
            probe(peer);
            assertThat(peer.requests()).hasSizeGreaterThan(8).allSatisfy(request -> {
                List<Record> prerequisites = request.getSection(Section.PREREQ);
                assertThat(prerequisites).extracting(Record::getType).containsExactly(Type.ANY, Type.ANY);
                assertThat(prerequisites).extracting(Record::getDClass).containsExactly(DClass.ANY, DClass.NONE);
                assertThat(prerequisites.get(0).getName())
                        .isEqualTo(prerequisites.get(1).getName());
                List<Record> changes = request.getSection(Section.UPDATE);
                assertThat(changes).isNotEmpty();
                changes.stream()
                        .filter(change -> change.getDClass() == DClass.IN)
                        .forEach(added -> assertThat(changes.subList(changes.indexOf(added) + 1, changes.size()))
                                .anySatisfy(later -> {
                                    assertThat(later.getDClass()).isEqualTo(DClass.NONE);
                                    assertThat(later.getName()).isEqualTo(added.getName());
                                    assertThat(later.rdataToString()).isEqualTo(added.rdataToString());
                                }));
            });
        }
    }

    private static boolean touches(Message request, int type) {
        return request.getSection(Section.UPDATE).stream().anyMatch(change -> change.getType() == type);
    }

    private static ScriptedPeer answering(ToIntFunction<Message> rcode) {
        return new ScriptedPeer((request, connection) -> sign(request, connection, rcode.applyAsInt(request)));
    }

    private static void sign(Message request, Socket connection, int rcode) throws IOException {
        ScriptedPeer.send(connection, ScriptedPeer.signed(Given.KEY, request, ScriptedPeer.reply(request, rcode)));
    }

    private static List<RightsFinding> probe(ScriptedPeer peer) {
        Timeouts timeouts = new Timeouts(Duration.ofSeconds(2), Duration.ofSeconds(10));
        return new DnsjavaRightsProbe(Clock.systemUTC(), timeouts, Given.UNHEARD, new SecureRandom())
                .probe(Given.zone(peer.address()), NEEDED);
    }
}
