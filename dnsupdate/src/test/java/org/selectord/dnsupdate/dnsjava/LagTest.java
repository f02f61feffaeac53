package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.dnsupdate.ServerAnswer;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.SOARecord;

class LagTest {
    @ParameterizedTest(name = "{0} and {1}: behind is {2}")
    @CsvSource({"7, 9, 0", "9, 7, 1", "7, 7, -1", "4294967295, 2, 0", "2, 4294967295, 1", "0, 2147483647, 0"})
    void theOlderCopyIsNamedAlsoWhereSerialsGoRound(long first, long second, int behind) {
        List<ServerLook.Seen> told = Lag.told(List.of(seen("ns1.", first), seen("ns2.", second)));

        for (int i = 0; i < 2; i++) {
            assertThat(told.get(i).answers().get(0).cameBack()).matches(i == behind ? "no TXT; its copy.*" : "no TXT");
        }
    }

    @Test
    void aServerWithoutASoaIsNeitherBehindNorAhead() {
        ServerLook.Seen silent = new ServerLook.Seen(seen("ns1.", 1).answers(), Optional.empty());
        assertThat(Lag.told(List.of(silent, seen("ns2.", 9)))).first().isEqualTo(silent);
        assertThat(Lag.told(List.of(silent))).containsExactly(silent);
    }

    private static ServerLook.Seen seen(String server, long serial) {
        ServerAnswer answer = new ServerAnswer(
                server,
                ServerAnswer.Kind.ANSWERED,
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.of(serial),
                "no TXT");
        SOARecord soa = new SOARecord(Name.root, DClass.IN, 60, Name.root, Name.root, serial, 3600, 60, 60, 60);
        return new ServerLook.Seen(List.of(answer), Optional.of(soa));
    }
}
