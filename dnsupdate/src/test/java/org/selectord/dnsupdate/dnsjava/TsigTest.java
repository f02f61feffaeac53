package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.TsigKey;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;

class TsigTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00.750Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    @ParameterizedTest
    @CsvSource({
        "hmac-sha1, HmacSHA1",
        "hmac-sha224, HmacSHA224",
        "hmac-sha256, HmacSHA256",
        "hmac-sha384, HmacSHA384",
        "hmac-sha512, HmacSHA512"
    })
    void whatIsSignedIsVerifiedByTheCodecWithTheFudgeOfItsOwn(String algorithm, String javaName) throws IOException {
        TsigKey key = new TsigKey(Given.KEY.name(), algorithm, Given.KEY.secret());
        Tsig tsig = new Tsig(key, Duration.ofSeconds(7), CLOCK);
        Message request =
                Questions.update(Given.APEX, List.of(Change.publish(Given.rsa2048("s1._domainkey.example.org"))));
        Tsig.Signed signed = tsig.sign(request);

        Message arrived = Wire.decode(signed.octets());
        TSIG server = new TSIG(
                Name.fromConstantString(algorithm + "."),
                Wire.name(key.name()),
                new SecretKeySpec(key.secret().reveal(), javaName),
                CLOCK);
        assertThat(server.verify(arrived, signed.octets(), null)).isEqualTo(Rcode.NOERROR);
        assertThat(arrived.getTSIG().getFudge()).isEqualTo(Duration.ofSeconds(7));
        assertThat(signed.signedAt()).isEqualTo(Instant.parse("2026-11-21T12:00:00Z"));
        assertThat(arrived.getTSIG().getTimeSigned()).isEqualTo(signed.signedAt());
        assertThat(signed.octets().length).isLessThanOrEqualTo(Wire.encode(request).length + tsig.length());
    }

    @Test
    void theServersOwnTimeStandsInTheOtherDataOfBadtime() {
        byte[] other = ByteBuffer.allocate(8).putLong(1_800_000_000L).array();
        byte[] six = java.util.Arrays.copyOfRange(other, 2, 8);
        assertThat(Tsig.serverTime(tsig(Rcode.BADTIME, six))).isEqualTo(Instant.ofEpochSecond(1_800_000_000L));
        assertThat(Tsig.serverTime(tsig(Rcode.NOERROR, new byte[0]))).isEqualTo(Instant.ofEpochSecond(5));
    }

    private static TSIGRecord tsig(int error, byte[] other) {
        return new TSIGRecord(
                Wire.name(Given.APEX),
                DClass.ANY,
                0,
                TSIG.HMAC_SHA256,
                Instant.ofEpochSecond(5),
                Duration.ofMinutes(5),
                new byte[32],
                1,
                error,
                other);
    }
}
