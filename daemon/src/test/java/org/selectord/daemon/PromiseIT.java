package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.bed.TestKey;
import org.selectord.bed.Verifier;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.Unprivileged;
import org.selectord.key.SigningDomain;
import org.selectord.proof.MailMessage;

/** The promise, seen from outside: by whoever receives the mail, and by whoever else uses the same OpenDKIM. */
class PromiseIT {
    private static final SigningDomain OURS = new SigningDomain(SelectordBed.DOMAIN);
    private static final TestKey FOREIGN = TestKey.of("other.example", "byhand", 1);
    private static final int ROTATIONS = 5;
    /** Grace and its margin in the bed; the settle time of the signer comes on top. */
    private static final Duration RETENTION = Duration.ofSeconds(7);

    private final SelectordBed bed = SelectordBed.create(1, ourZone(), foreignZone());
    private final ExecutorService receivers = Executors.newCachedThreadPool();
    private final OutsideWatch watch = new OutsideWatch(
            bed.openDkim().address(),
            List.of(bed.bind().primary().address(), bed.bind().secondary(0).address()),
            List.of(OURS, FOREIGN.domain()));

    private String foreignKeyTable = "";
    private String foreignSigningTable = "";

    private static BedZone ourZone() {
        return BedZone.of(OURS + ".").signing(OURS.name()).negativeTtl(1);
    }

    private static BedZone foreignZone() {
        String record = FOREIGN.record();
        return BedZone.of(FOREIGN.domain() + ".")
                .with(FOREIGN.selector() + "._domainkey IN TXT \"" + record.substring(0, 200) + "\" \""
                        + record.substring(200) + "\"");
    }

    @BeforeEach
    void requireVerifiers() {
        Verifier.require();
    }

    /** A domain that somebody looks after by hand, in the tables before selectord ever saw them. */
    @BeforeEach
    void signAnotherDomainByHand() throws IOException {
        Path directory = bed.openDkim().directory();
        Path keyFile = bed.openDkim().home().resolve("byhand.private");
        foreignKeyTable = "# by hand, do not touch\n\nbyhand-key\t" + FOREIGN.domain() + ":" + FOREIGN.selector() + ":"
                + keyFile + "   # mine\n#\ttrailing";
        foreignSigningTable = "#\n*@" + FOREIGN.domain() + " \t byhand-key\n\n";
        Files.createDirectory(directory);
        Unprivileged.own(directory);
        bed.openDkim().write(directory.resolve("KeyTable"), foreignKeyTable);
        bed.openDkim().write(directory.resolve("SigningTable"), foreignSigningTable);
        bed.openDkim().write(keyFile, pem());
        Files.setPosixFilePermissions(keyFile, PosixFilePermissions.fromString("rw-------"));
    }

    private static String pem() {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(FOREIGN.privateKey().getEncoded());
        return "-----BEGIN PRIVATE KEY-----\n" + base64 + "\n-----END PRIVATE KEY-----\n";
    }

    @AfterEach
    void close() {
        watch.close();
        receivers.shutdownNow();
        bed.close();
    }

    /** A message on its way, signed before a flip. */
    private record Letter(String selector, Path file) {}

    @Test
    void mailVerifiesUntilTheWithdrawalAndNoSelectorSignsThatAServerLacksThroughFiveRotations() throws Exception {
        bed.start().startOpenDkim();
        bed.awaitStandby();
        watch.start();

        List<Future<Integer>> deliveries = new ArrayList<>();
        List<Letter> letters = new ArrayList<>();
        for (int i = 0; i < ROTATIONS; i++) {
            List<String> before = bed.awaitStandby();
            Letter letter = write(i);
            assertThat(letter.selector()).isEqualTo(before.get(0));
            letters.add(letter);
            deliveries.add(receivers.submit(() -> deliverUntilWithdrawn(letter)));

            Output rotated = bed.ctl("rotate", "now", SelectordBed.DOMAIN, "--wait=90s");

            assertThat(rotated.exit())
                    .as(rotated.out() + rotated.err() + bed.log())
                    .isZero();
            assertThat(bed.inState("ACTIVE")).containsExactly(before.get(1));
        }

        int accepted = 0;
        for (Future<Integer> delivery : deliveries) {
            accepted += delivery.get();
        }
        assertThat(accepted).as("how often both verifiers accepted one of them").isGreaterThanOrEqualTo(2 * ROTATIONS);
        for (Letter letter : letters) {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> watch.firstMissed(letter.selector(), OURS).isPresent());
            Instant missed = watch.firstMissed(letter.selector(), OURS).orElseThrow();
            assertThat(Duration.between(watch.lastUsed(letter.selector(), OURS).orElseThrow(), missed))
                    .as("from the last signature to the withdrawal of " + letter.selector())
                    .isGreaterThanOrEqualTo(RETENTION);
            assertThat(acceptedBy(letter)).as("after the withdrawal").isEmpty();
        }
        assertThat(watch.breaches()).isEmpty();
        assertThat((long) watch.looks())
                .as("looks in " + watch.watched())
                .isGreaterThan(watch.watched().dividedBy(OutsideWatch.INTERVAL) / 4);
        assertThatForeignLinesAreAsTheyWere();
    }

    private Letter write(int number) throws IOException {
        MailMessage message = watch.signed(OURS).orElseThrow();
        Path file = bed.home().resolve("letter" + number + ".eml");
        Files.write(file, message.octets());
        return new Letter(OutsideWatch.selectorOf(message, OURS).orElseThrow(), file);
    }

    /** How often both verifiers accepted it while its record was there. */
    private int deliverUntilWithdrawn(Letter letter) {
        for (int accepted = 0; ; accepted++) {
            List<Verifier> accepting = acceptedBy(letter);
            if (bed.bind()
                    .primary()
                    .dig(letter.selector() + "._domainkey." + OURS, "TXT")
                    .isEmpty()) {
                return accepted;
            }
            assertThat(accepting).as("at " + Instant.now() + ", " + letter).containsExactly(Verifier.values());
        }
    }

    private List<Verifier> acceptedBy(Letter letter) {
        return List.of(Verifier.values()).stream()
                .filter(verifier ->
                        verifier.accepts(letter.file(), bed.bind().primary().address()))
                .toList();
    }

    private void assertThatForeignLinesAreAsTheyWere() throws IOException {
        assertThat(foreign("KeyTable")).isEqualTo(foreignKeyTable);
        assertThat(foreign("SigningTable")).isEqualTo(foreignSigningTable);
    }

    /** Everything below our block, to the octet. */
    private String foreign(String table) throws IOException {
        String text = Files.readString(bed.openDkim().directory().resolve(table), StandardCharsets.ISO_8859_1);
        assertThat(text).startsWith("# BEGIN selectord").contains(OURS.name());
        String end = "# END selectord\n";
        return Optional.of(text.indexOf(end))
                .filter(at -> at >= 0)
                .map(at -> text.substring(at + end.length()))
                .orElseThrow();
    }
}
