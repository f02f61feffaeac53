package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.PrimaryAnswer.Kind;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.xbill.DNS.Rcode;

class VerdictsTest {
    private static final TxtRRset OURS = Given.txt("s1._domainkey.example.org", "v=DKIM1; p=", "abc");
    private static final TxtRRset SPLIT_OTHERWISE = Given.txt("s1._domainkey.example.org", "v=DKIM1; p=abc");
    private static final TxtRRset FOREIGN = Given.txt("s1._domainkey.example.org", "foreign");
    private static final TxtRRset REVOKED = Given.txt("s1._domainkey.example.org", "v=DKIM1; p=");
    private static final TxtRRset OURS_AND_FOREIGN = new TxtRRset(
            OURS.owner(), 60, List.of(OURS.records().get(0), FOREIGN.records().get(0)));

    private static final Map<String, PrimaryAnswer> READ_BACK = Map.of(
            "ours", answer(OURS),
            "split", answer(SPLIT_OTHERWISE),
            "foreign", answer(FOREIGN),
            "both", answer(OURS_AND_FOREIGN),
            "revoked", answer(REVOKED),
            "nothing", answer(Kind.NOTHING),
            "obstacle", answer(Kind.OBSTACLE),
            "unknown", answer(Kind.UNKNOWN));

    private static final Map<String, Change> CHANGES = Map.of(
            "publish", Change.publish(OURS),
            "withdraw", Change.withdraw(OURS),
            "revoke", new Change(OURS.owner(), Optional.of(OURS), Optional.of(REVOKED)));

    @ParameterizedTest(name = "{0}, {1}, read back {2}: {3}")
    @CsvSource({
        "publish,  NOERROR,  ours,     AS_ASKED",
        "publish,  NOERROR,  split,    AS_ASKED",
        "publish,  NOERROR,  both,     SOMETHING_ELSE_THERE",
        "publish,  NOERROR,  nothing,  REFUSED",
        "publish,  NOERROR,  obstacle, SOMETHING_ELSE_THERE",
        "publish,  NOERROR,  unknown,  UNKNOWN",
        "publish,  YXDOMAIN, ours,     AS_ASKED",
        "publish,  YXDOMAIN, foreign,  SOMETHING_ELSE_THERE",
        "publish,  YXDOMAIN, both,     SOMETHING_ELSE_THERE",
        "publish,  YXDOMAIN, obstacle, SOMETHING_ELSE_THERE",
        "publish,  YXDOMAIN, nothing,  UNAVAILABLE",
        "publish,  YXDOMAIN, unknown,  UNKNOWN",
        "publish,  REFUSED,  ours,     AS_ASKED",
        "publish,  REFUSED,  nothing,  REFUSED",
        "publish,  REFUSED,  unknown,  REFUSED",
        "publish,  NOTAUTH,  unknown,  WRONG_PLACE",
        "publish,  NOTAUTH,  ours,     AS_ASKED",
        "publish,  NOTZONE,  nothing,  WRONG_PLACE",
        "publish,  BADTIME,  unknown,  CLOCK_SKEW",
        "publish,  SERVFAIL, nothing,  UNAVAILABLE",
        "publish,  SERVFAIL, ours,     AS_ASKED",
        "publish,  SERVFAIL, unknown,  UNKNOWN",
        "publish,  FORMERR,  nothing,  UNAVAILABLE",
        "publish,  NOTIMP,   nothing,  UNAVAILABLE",
        "publish,  none,     ours,     AS_ASKED",
        "publish,  none,     nothing,  UNKNOWN",
        "publish,  none,     foreign,  UNKNOWN",
        "publish,  none,     unknown,  UNKNOWN",
        "withdraw, NOERROR,  nothing,  AS_ASKED",
        "withdraw, NOERROR,  ours,     REFUSED",
        "withdraw, NOERROR,  foreign,  SOMETHING_ELSE_THERE",
        "withdraw, NXRRSET,  nothing,  AS_ASKED",
        "withdraw, NXRRSET,  split,    SOMETHING_ELSE_THERE",
        "withdraw, NXRRSET,  both,     SOMETHING_ELSE_THERE",
        "withdraw, NXRRSET,  foreign,  SOMETHING_ELSE_THERE",
        "withdraw, NXRRSET,  obstacle, SOMETHING_ELSE_THERE",
        "withdraw, NXRRSET,  ours,     UNAVAILABLE",
        "withdraw, NXRRSET,  unknown,  UNKNOWN",
        "withdraw, SERVFAIL, ours,     UNAVAILABLE",
        "withdraw, none,     ours,     UNKNOWN",
        "withdraw, none,     nothing,  AS_ASKED",
        "revoke,   NOERROR,  revoked,  AS_ASKED",
        "revoke,   NXRRSET,  revoked,  AS_ASKED",
        "revoke,   NXRRSET,  nothing,  SOMETHING_ELSE_THERE",
        "revoke,   SERVFAIL, ours,     UNAVAILABLE",
    })
    void replyAndReadBackTogetherDecide(String change, String rcode, String readBack, Verdict expected) {
        OptionalInt said = rcode.equals("none") ? OptionalInt.empty() : OptionalInt.of(rcodeOf(rcode));
        assertThat(Verdicts.of(change(change), said, readBack(readBack))).isEqualTo(expected);
    }

    @Test
    void aSetIsUnchangedOnlyInTheSameStrings() {
        assertThat(Verdicts.isUnchanged(Change.withdraw(OURS), answer(OURS))).isTrue();
        assertThat(Verdicts.isUnchanged(Change.withdraw(OURS), answer(SPLIT_OTHERWISE)))
                .isFalse();
    }

    private static int rcodeOf(String name) {
        return name.equals("BADTIME") ? Rcode.BADTIME : Rcode.value(name);
    }

    private static Change change(String name) {
        return java.util.Objects.requireNonNull(CHANGES.get(name));
    }

    private static PrimaryAnswer readBack(String name) {
        return java.util.Objects.requireNonNull(READ_BACK.get(name));
    }

    private static PrimaryAnswer answer(TxtRRset found) {
        return new PrimaryAnswer(Kind.TXT, Optional.of(found), "");
    }

    private static PrimaryAnswer answer(Kind kind) {
        return new PrimaryAnswer(kind, Optional.empty(), "");
    }
}
