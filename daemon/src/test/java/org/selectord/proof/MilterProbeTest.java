package org.selectord.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.selectord.proof.MilterConnection.numbers;
import static org.selectord.proof.MilterConnection.strings;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.selectord.key.SigningDomain;
import org.selectord.proof.MailMessage.Header;

class MilterProbeTest {
    private static final SigningDomain DOMAIN = new SigningDomain("example.org");
    private static final Duration LONG = Duration.ofSeconds(20);

    private final ScriptedMilter milter = ScriptedMilter.onTcp();
    private final MailMessage message = MailMessage.probe(DOMAIN, Instant.parse("2026-11-21T08:00:00Z"));

    @AfterEach
    void stop() throws IOException {
        milter.close();
    }

    private ProbeAnswer show() {
        return new MilterProbe(milter.address()).show(message, DOMAIN, Deadline.in(LONG));
    }

    private MailMessage passed() {
        return ((ProbeAnswer.Passed) show()).message();
    }

    @Test
    void whatTheSignerInsertsIsInTheMessageThatComesBack() {
        milter.on('E', "i" + numbers(1) + strings("DKIM-Signature", "v=1;\n\ts=s1"), "c");

        MailMessage passed = passed();

        assertThat(passed.headers().get(0)).isEqualTo(new Header("DKIM-Signature", " v=1;\r\n\ts=s1"));
        assertThat(passed.headers().subList(1, passed.headers().size())).isEqualTo(message.headers());
        assertThat(passed.body()).isEqualTo(message.body());
    }

    @Test
    void withLeadingSpacesAgreedOnTheyAreTakenAndSentAsTheyAre() {
        milter.asking(0x100000).on('E', "h" + strings("DKIM-Signature", "  two"), "a");

        assertThat(passed().headersNamed("dkim-signature")).containsExactly(new Header("DKIM-Signature", "  two"));
        assertThat(milter.heard('L')).contains("L" + strings("From", " selectord <selectord-probe@example.org>"));
    }

    @Test
    void otherwiseOneLeadingSpaceIsTheMailServersBusiness() {
        passed();

        assertThat(milter.heard('L')).contains("L" + strings("From", "selectord <selectord-probe@example.org>"));
    }

    @Test
    void theClientIsAnAuthenticatedUserOnThisHost() {
        passed();

        assertThat(milter.heard('C')).contains("Clocalhost\0" + "4\0\u0019127.0.0.1\0");
        assertThat(milter.heard())
                .contains("DM" + strings("i", "selectord", "{auth_type}", "PLAIN", "{auth_authen}", "selectord"));
    }

    @Test
    void theConversationEndsWithQuit() {
        passed();

        await().until(() -> milter.heard('Q').isPresent());
    }

    @Test
    void whatTheSignerAsksToBeSparedIsNotSent() {
        milter.asking(0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x200);

        passed();
        await().until(() -> milter.heard('Q').isPresent());
        assertThat(milter.heard().stream().map(packet -> packet.substring(0, 1)))
                .containsExactly("O", "D", "D", "E", "Q");
    }

    @Test
    void whereItAsksForNoReplyNoneIsWaitedFor() {
        milter.asking(0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x40000 | 0x80000);
        "CHMRTLNB".chars().forEach(command -> milter.on((char) command));

        assertThat(passed()).isEqualTo(message);
    }

    @Test
    void aSignerThatIsStillWorkingIsWaitedFor() {
        milter.on('E', "p", "p", "h" + strings("X", "y"), "p", "c");

        assertThat(passed().headersNamed("X")).hasSize(1);
    }

    @Test
    void bodyThatItHasSeenEnoughOfIsSkipped() {
        milter.on('B', "s").on('E', "h" + strings("X", "y"), "c");

        assertThat(passed().headersNamed("X")).hasSize(1);
    }

    @Test
    void changesOfTheMessageAreMade() {
        milter.on(
                'E',
                "m" + numbers(1) + strings("Subject", "changed"),
                "m" + numbers(1) + strings("Date", ""),
                "m" + numbers(1) + strings("Not-There", ""),
                "bnew ",
                "bbody\r\n",
                "+" + strings("<x@example.net>"),
                "c");

        MailMessage passed = passed();

        assertThat(passed.headersNamed("Subject")).containsExactly(new Header("Subject", " changed"));
        assertThat(passed.headersNamed("Date")).isEmpty();
        assertThat(passed.headers()).hasSize(message.headers().size() - 1);
        assertThat(passed.body()).isEqualTo("new body\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "E, t, the signer refused it for now (4xx) at the end of the message",
        "E, r, the signer rejected it for good (5xx) at the end of the message",
        "E, d, the signer discarded it at the end of the message",
        "E, y451 4.7.1 no key, the signer answered 451 4.7.1 no key at the end of the message",
        "N, t, the signer refused it for now (4xx) at the end of the header",
        "L, r, the signer rejected it for good (5xx) at a header field",
        "B, t, the signer refused it for now (4xx) at the body",
    })
    void aRefusalOfTheMessageIsDefinite(char at, String answer, String how) {
        milter.on(at, answer + "\0");

        assertThat(show()).isEqualTo(new ProbeAnswer.Refused(how));
    }

    @ParameterizedTest
    @CsvSource({
        "C, t, 'the signer refused it for now (4xx) at the connection, before it saw the message'",
        "M, y550 go away, 'the signer answered 550 go away at MAIL FROM, before it saw the message'",
        "R, f, 'the signer shut the connection at RCPT TO, before it saw the message'",
    })
    void aRefusalOfTheClientSaysNothingAboutTheDomainsMail(char at, String answer, String cameBack) {
        milter.on(at, answer + "\0");

        assertThat(show()).isEqualTo(new ProbeAnswer.NoAnswer(cameBack));
    }

    @ParameterizedTest
    @ValueSource(chars = {'C', 'H', 'M', 'R', 'T'})
    void acceptanceBeforeItSawTheMessageSaysNothing(char at) {
        milter.on(at, "a");

        assertThat(show()).isInstanceOf(ProbeAnswer.NoAnswer.class);
    }

    @Test
    void acceptanceOfAMessageItSawLetsItGoUnsigned() {
        milter.on('N', "a");

        assertThat(passed()).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(chars = {'O', 'C', 'N', 'E'})
    void aSignerThatHangsIsGivenUpAtTheDeadline(char at) {
        milter.on(at);
        Instant began = Instant.now();

        ProbeAnswer answer =
                new MilterProbe(milter.address()).show(message, DOMAIN, Deadline.in(Duration.ofMillis(300)));

        assertThat(((ProbeAnswer.NoAnswer) answer).cameBack())
                .startsWith("the milter at " + milter.address() + " did not answer: the time was over");
        assertThat(Duration.between(began, Instant.now())).isBetween(Duration.ofMillis(290), Duration.ofSeconds(5));
    }

    @Test
    void aSignerThatSaysStillWorkingForEverIsGivenUpAtTheDeadline() {
        milter.onRaw('E', "\0\0\0\1p".repeat(100_000));
        milter.on('E', "p");

        assertThat(new MilterProbe(milter.address()).show(message, DOMAIN, Deadline.in(Duration.ofMillis(500))))
                .isInstanceOf(ProbeAnswer.NoAnswer.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\r\n\r\n",
                "\0\0\0\0",
                "\u00ff\u00ff\u00ff\u00ff",
                "\0\0\0\1c",
                "\0\0\0\4O123"
            })
    void aPeerThatSpeaksSomethingElseIsNoAnswer(String octets) {
        milter.onRaw('O', octets);

        assertThat(show()).isInstanceOf(ProbeAnswer.NoAnswer.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"z", "h", "hname", "i\0", "m\0\0\0\1"})
    void garbageAtTheEndIsNoAnswer(String packet) {
        milter.on('E', packet, "c");

        assertThat(show()).isInstanceOf(ProbeAnswer.NoAnswer.class);
    }

    @Test
    void nobodyListeningIsNoAnswer() throws IOException {
        MilterProbe probe = new MilterProbe(milter.address());
        milter.close();

        assertThat(((ProbeAnswer.NoAnswer) probe.show(message, DOMAIN, Deadline.in(LONG))).cameBack())
                .contains("Connection refused");
    }

    @Test
    void aConnectionThatIsCutIsNoAnswer() {
        milter.onRaw('E', "\0\0");
        Thread cutter = new Thread(() -> {
            await().until(() -> milter.heard('E').isPresent());
            try {
                milter.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        cutter.start();

        assertThat(((ProbeAnswer.NoAnswer) show()).cameBack()).contains("closed the connection");
    }

    @Test
    void anInterruptEndsTheWait() throws InterruptedException {
        milter.on('E');
        Thread test = Thread.currentThread();
        Thread interrupter = new Thread(() -> {
            await().until(() -> milter.heard('E').isPresent());
            test.interrupt();
        });
        interrupter.start();

        Instant began = Instant.now();
        ProbeAnswer answer = show();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(10));
        assertThat(answer).isInstanceOf(ProbeAnswer.NoAnswer.class);
        interrupter.join();
    }

    @Test
    void unixSocketsWorkAlikeWithTheirDeadline(@TempDir Path directory) throws IOException {
        try (ScriptedMilter local = ScriptedMilter.at(directory.resolve("milter.sock"))) {
            local.on('E', "h" + strings("X", "y"), "c");
            MilterProbe probe = new MilterProbe(local.address());

            assertThat(((ProbeAnswer.Passed) probe.show(message, DOMAIN, Deadline.in(LONG)))
                            .message()
                            .headersNamed("X"))
                    .hasSize(1);
            local.on('E');
            assertThat(probe.show(message, DOMAIN, Deadline.in(Duration.ofMillis(200))))
                    .isInstanceOf(ProbeAnswer.NoAnswer.class);
        }
    }

    @Test
    void aUnixSocketThatIsNotThereIsNoAnswer(@TempDir Path directory) {
        MilterProbe probe = new MilterProbe(new MilterAddress.Local(directory.resolve("none.sock")));

        assertThat(probe.show(message, DOMAIN, Deadline.in(LONG))).isInstanceOf(ProbeAnswer.NoAnswer.class);
    }
}
