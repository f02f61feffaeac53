package org.selectord.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MilterAddressTest {
    @ParameterizedTest
    @CsvSource({
        "inet:8891@127.0.0.1, inet:8891@127.0.0.1",
        "inet:8891@localhost, inet:8891@localhost",
        "inet:8891, inet:8891@127.0.0.1",
        "inet6:8891@[::1], inet:8891@[::1]",
        "local:/run/opendkim/opendkim.sock, local:/run/opendkim/opendkim.sock",
        "unix:/run/opendkim/opendkim.sock, local:/run/opendkim/opendkim.sock",
        "/run/opendkim/opendkim.sock, local:/run/opendkim/opendkim.sock",
    })
    void isReadAsMailServersWriteIt(String written, String shown) {
        assertThat(MilterAddress.parse(written)).hasToString(shown);
        assertThat(MilterAddress.parse(shown)).isEqualTo(MilterAddress.parse(written));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "8891",
                "inet:",
                "inet:0",
                "inet:70000",
                "inet:8891@",
                "127.0.0.1:8891",
                "local:relative",
                "tcp:8891",
                "inet:8891@a b"
            })
    void anythingElseIsRefused(String written) {
        assertThatThrownBy(() -> MilterAddress.parse(written)).isInstanceOf(IllegalArgumentException.class);
    }
}
