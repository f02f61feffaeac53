package org.selectord.keystore.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassphraseTest {
    @Test
    void neverPrintsItself() {
        assertThat(new Passphrase("open sesame".toCharArray())).hasToString("<secret>");
    }

    @Test
    void isACopy() {
        char[] given = "open sesame".toCharArray();
        Passphrase passphrase = new Passphrase(given);
        given[0] = 'x';
        passphrase.reveal()[0] = 'x';

        assertThat(passphrase.reveal()).isEqualTo("open sesame".toCharArray());
    }

    @Test
    void anEmptyOneProtectsNothing() {
        assertThatThrownBy(() -> new Passphrase(new char[0])).hasMessageContaining("is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"open sesame\n", "open\rsesame", "\u0000"})
    void isOneLine(String text) {
        assertThatThrownBy(() -> new Passphrase(text.toCharArray()))
                .hasMessageContaining("must be one line")
                .message()
                .doesNotContain("sesame");
    }
}
