package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Alias;
import org.selectord.dnsupdate.AliasLook;
import org.selectord.dnsupdate.HostAddresses;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

/** Against the real BIND, which stands in for the resolver as well. */
@Timeout(60)
class DnsjavaAliasCheckIT {
    private static final OwnerName OURS = OwnerName.of("dkim.provider.net");
    private static final HostAddresses LOOPBACK = host -> List.of(InetAddress.getLoopbackAddress());

    private static BindBed bed;

    @BeforeAll
    static void start() {
        bed = BindBed.start(
                1,
                BedZone.of("example.").with("cut NS ns1.cut", "ns1.cut A 127.0.0.1"),
                BedZone.of("whole.example.")
                        .negativeTtl(77)
                        .with(
                                "sd1._domainkey 321 CNAME SD1.Whole.Example.dkim.provider.net.",
                                "sd2._domainkey CNAME sd2.whole.example.dkim.elsewhere.net.",
                                "sd3._domainkey TXT \"v=DKIM1; p=\""),
                BedZone.of("redirected.example.").with("_domainkey CNAME redirected.example.dkim.provider.net."),
                BedZone.of("renamed.example.").with("_domainkey 90 DNAME renamed.example.dkim.provider.net."),
                BedZone.of("former.example.").with("sd1._domainkey 86400 CNAME sd1.elsewhere.net."),
                BedZone.of("starred.example.").with("*.starred.example. 43200 TXT \"v=spf1 -all\""),
                BedZone.of("_domainkey.apart.example.").with("sd1 CNAME sd1.apart.example.dkim.provider.net."));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    @Test
    void everyServerSaysWhatStandsThere() {
        AliasLook seen = look("whole.example", bothServers(), "sd1", "sd2", "sd3", "sd4");
        assertThat(seen.problem()).isEmpty();
        assertThat(seen.apex()).contains(OwnerName.of("whole.example"));
        assertThat(seen.answers().values())
                .allSatisfy(servers -> assertThat(servers).hasSize(2));
        assertThat(answers(seen, "whole.example", "sd1")).allSatisfy(answer -> {
            assertThat(answer.ttlSeconds()).hasValue(321);
            assertThat(answer.negativeTtlSeconds()).hasValue(77);
        });
        assertThat(answers(seen, "whole.example", "sd2")).allSatisfy(answer -> {
            assertThat(answer.isExact()).isFalse();
            assertThat(answer.kind()).isEqualTo(ServerAnswer.Kind.ANSWERED);
            assertThat(answer.cameBack()).contains("CNAME sd2.whole.example.dkim.elsewhere.net.");
        });
        assertThat(answers(seen, "whole.example", "sd3"))
                .allSatisfy(answer -> assertThat(answer.cameBack()).contains("NOERROR: no CNAME"));
        assertThat(answers(seen, "whole.example", "sd4")).allSatisfy(answer -> {
            assertThat(answer.isExact()).isFalse();
            assertThat(answer.cameBack()).contains("NXDOMAIN: no CNAME");
        });
    }

    /** Caches that were told so keep it as long, and lead there. */
    @Test
    void whatIsAnsweredInsteadOfAnAliasIsRememberedLikeADenial() {
        assertThat(answers(look("former.example", bothServers(), "sd1"), "former.example", "sd1"))
                .allSatisfy(answer -> assertThat(answer.negativeTtlSeconds()).hasValue(86_400));
        assertThat(answers(look("starred.example", bothServers(), "sd1"), "starred.example", "sd1"))
                .allSatisfy(answer -> assertThat(answer.negativeTtlSeconds()).hasValue(43_200));
    }

    @Test
    void aCnameAtDomainkeyRedirectsNothing() {
        assertThat(answers(look("redirected.example", bothServers(), "sd1"), "redirected.example", "sd1"))
                .allSatisfy(answer -> {
                    assertThat(answer.isExact()).isFalse();
                    assertThat(answer.cameBack())
                            .contains("at _domainkey.redirected.example. redirects nothing below itself");
                });
    }

    @Test
    void aDnameThereIsAllAliasesAtOnce() {
        AliasLook seen = look("renamed.example", bothServers(), "sd1", "sd2");
        assertThat(answers(seen, "renamed.example", "sd2"))
                .allSatisfy(answer -> assertThat(answer.ttlSeconds()).hasValue(90));
    }

    @Test
    void whoSaysNothingIsSilent() {
        AliasLook seen = look(
                "whole.example", Optional.of(List.of(bed.settings().primaries().get(0), ScriptedPeer.NOBODY)), "sd1");
        assertThat(answers(seen, "whole.example", "sd1"))
                .extracting(AliasLook.Answer::kind)
                .containsExactly(ServerAnswer.Kind.ANSWERED, ServerAnswer.Kind.SILENT);
    }

    @Test
    void theServersAreThoseOfTheZoneAndOfItsParent() {
        AliasLook seen = look("whole.example", Optional.empty(), "sd1");
        assertThat(seen.problem()).isEmpty();
        assertThat(answers(seen, "whole.example", "sd1"))
                .as("both names lead to one address")
                .singleElement()
                .satisfies(answer -> {
                    assertThat(answer.server()).startsWith("ns1.whole.example. 127.0.0.1:");
                    assertThat(answer.isExact()).isTrue();
                });
        assertThat(look("apart.example", Optional.empty(), "sd1").apex())
                .as("a cut at _domainkey itself")
                .contains(OwnerName.of("_domainkey.apart.example"));
        assertThat(answers(look("redirected.example", Optional.empty(), "sd1"), "redirected.example", "sd1"))
                .singleElement()
                .satisfies(answer -> assertThat(answer.cameBack()).contains("redirects nothing"));
    }

    @Test
    void aZoneThatCannotBeFoundIsAProblem() {
        HostAddresses none = host -> {
            throw new UnknownHostException(host);
        };
        DnsjavaAliasCheck blind = check(ScriptedPeer.NOBODY, LOOPBACK);
        assertThat(look(blind, "whole.example", Optional.empty(), "sd1").problem())
                .hasValueSatisfying(problem -> assertThat(problem)
                        .contains("which zone holds _domainkey.whole.example.", "authoritative of delegated"));
        assertThat(look(check(bed.settings().primaries().get(0), none), "whole.example", Optional.empty(), "sd1")
                        .problem())
                .hasValueSatisfying(problem -> assertThat(problem).contains("whom the parent zone names"));
    }

    // ---- what is asked

    private static Optional<List<InetSocketAddress>> bothServers() {
        return bed.settings().authoritative();
    }

    private static AliasLook look(String domain, Optional<List<InetSocketAddress>> servers, String... selectors) {
        return look(check(bed.settings().primaries().get(0), LOOPBACK), domain, servers, selectors);
    }

    private static AliasLook look(
            DnsjavaAliasCheck check, String domain, Optional<List<InetSocketAddress>> servers, String... selectors) {
        Set<Alias> aliases = new java.util.HashSet<>();
        for (String selector : selectors) {
            aliases.add(alias(domain, selector));
        }
        return check.look(OwnerName.of("_domainkey." + domain), servers, aliases);
    }

    private static Alias alias(String domain, String selector) {
        return Alias.into(OURS, OwnerName.of(selector + "._domainkey." + domain));
    }

    private static List<AliasLook.Answer> answers(AliasLook seen, String domain, String selector) {
        return Optional.ofNullable(seen.answers().get(alias(domain, selector))).orElseThrow();
    }

    private static DnsjavaAliasCheck check(InetSocketAddress resolver, HostAddresses hosts) {
        int port = bed.settings().primaries().get(0).getPort();
        return new DnsjavaAliasCheck(
                Timeouts.DEFAULT,
                hosts,
                new DnsjavaParentZone(List.of(resolver), hosts, port, Timeouts.DEFAULT),
                address -> true,
                port,
                new SecureRandom());
    }
}
