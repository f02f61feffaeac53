package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.selectord.bed.SelectordBed;
import org.selectord.bed.SelectordBed.Output;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.Bind;
import org.selectord.dnsupdate.bed.Peers;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Deadline;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;

/**
 * What goes wrong in a real installation: nothing is lost, nothing is done that could not be proven, and what {@code explain} says leads to the cause. The
 * first tests are one story of one installation, in order; the last three have installations of their own, and go on meanwhile.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TroubleIT {
    private static final String DOMAIN = SelectordBed.DOMAIN;
    private static final Pattern ORDER = Pattern.compile("order (\\d+)");

    private final SelectordBed bed = SelectordBed.create(1);

    @BeforeAll
    void start() {
        bed.start().startOpenDkim();
    }

    @AfterAll
    void close() {
        bed.close();
    }

    @Test
    @Order(1)
    void aStoppedSecondaryHoldsTheFlipIsNamedAndWhenItIsBackTheOrderIsDoneByItself() {
        List<String> before = bed.awaitStandby();
        Bind secondary = bed.bind().secondary(0);
        secondary.stop();

        Output waited = bed.ctl("rotate", "now", DOMAIN, "--wait=3s");

        assertThat(waited.exit()).as(waited.out() + waited.err()).isEqualTo(3);
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(0));
        assertThat(selectorInUse()).isEqualTo(before.get(0));
        assertThat(explain()).contains(hostPort(secondary) + " does not show it since");

        secondary.start();

        awaitDone(order(waited));
        assertThat(bed.inState("ACTIVE")).containsExactly(before.get(1));
        assertThat(selectorInUse()).isEqualTo(before.get(1));
    }

    @Test
    @Order(2)
    void aFrozenZoneIsSaidWithTheWayOutAndAfterRetryTheSameKeyIsPublished() {
        String successor = standbyThatCannotBePublished();
        assertThat(explain()).contains("REFUSED", "the zone is frozen (rndc thaw " + DOMAIN + ")");

        primary().rndc("thaw", DOMAIN);
        assertThat(bed.ctl("retry", DOMAIN).exit()).isZero();

        assertThatItIsReady(successor);
    }

    @Test
    @Order(3)
    void aKilledPrimaryIsNamedWhileAPublicationIsDueAndNothingIsLostWhenItIsBack() {
        String successor = standbyThatCannotBePublished();
        primary().kill();
        assertThat(bed.ctl("retry", DOMAIN).exit()).isZero();

        awaitExplained(hostPort(primary()) + ": cannot connect");
        assertThat(bed.inState("GENERATED")).containsExactly(successor);

        primary().start(); // a zone is not frozen any more after that

        assertThatItIsReady(successor);
    }

    @Test
    @Order(4)
    void aWrongTsigSecretIsSaidWithTheNameOfTheKeyAndRightAgainItGoesOn() throws Exception {
        bed.awaitStandby();
        bed.write("tsig.key", """
            key "selectord" {
            	algorithm hmac-sha256;
            	secret "bm90IHRoZSBzZWNyZXQgdGhhdCBCSU5EIGtub3dzLCBhbGFz";
            };
            """);
        assertThat(bed.ctl("reload").exit()).isZero();
        String successor = rotateAndAwaitSuccessor();

        awaitExplained(
                "BADSIG", "The server's secret of TSIG key selectord (hmac-sha256) seems to differ from ours: copy");
        assertThat(bed.inState("GENERATED")).containsExactly(successor);
        assertThat(served(successor, "TXT")).isEmpty();

        bed.write("tsig.key", Files.readString(bed.bind().keyFile()));
        assertThat(bed.ctl("reload").exit()).isZero();

        assertThatItIsReady(successor);
        assertThat(bed.ctl("rotate", "now", DOMAIN, "--wait=90s").exit()).isZero();
        assertThat(selectorInUse()).isEqualTo(successor);
    }

    @Test
    @Order(5)
    @Execution(ExecutionMode.CONCURRENT)
    void aClockThatIsWrongIsSaidWithItsSecondsAndNothingIsPublishedByIt() {
        try (SelectordBed skewed = SelectordBed.create(0)) {
            skewed.dns("fudge", "300s").environment(clockWrongBy("-400s")).start();
            skewed.startOpenDkim();
            awaitExplained(skewed, "BADTIME", "s behind the server's, and TSIG allows 300 s: set the wrong one");
            assertThat(secondsIn(explain(skewed), "Our clock is (\\d+) s behind"))
                    .isBetween(395, 405);
            assertThat(keyRecords(skewed)).isEmpty();
            List<String> generated = skewed.inState("GENERATED");
            assertThat(skewed.stop()).isZero();

            skewed.environment(Map.of()).start();
            List<String> right = skewed.awaitStandby();
            assertThat(right.get(0)).as("the key made before").isEqualTo(generated.get(0));
            assertThat(skewed.stop()).isZero();

            List<String> published = keyRecords(skewed);
            skewed.environment(clockWrongBy("+400s")).start();
            Output rotated = skewed.ctl("rotate", "now", DOMAIN, "--wait=3s");
            awaitExplained(skewed, "BADTIME", "s ahead of the server's, and TSIG allows 300 s: set the wrong one");
            assertThat(secondsIn(explain(skewed), "Our clock is (\\d+) s ahead"))
                    .as(rotated.out())
                    .isBetween(395, 405);
            assertThat(keyRecords(skewed)).isEqualTo(published);
        }
    }

    @Test
    @Order(6)
    @Execution(ExecutionMode.CONCURRENT)
    void aNameThatSomebodyElseUsesHaltsTheChainAndIsLeftAlone() {
        try (SelectordBed taken = SelectordBed.create(0)) {
            Bind server = taken.bind().primary();
            server.nsupdate(
                    "update add first._domainkey.example.org. 60 CNAME elsewhere.example.net.",
                    "update add second._domainkey.example.org. 60 TXT \"v=DKIM1; p=somebody's\"");
            List<String> theirs = keyRecords(taken);
            taken.policy("selector", "first").start().startOpenDkim();

            Output byAlias = taken.ctl("rotate", "now", DOMAIN, "--wait=90s");
            assertThat(byAlias.exit()).as(byAlias.out() + byAlias.err()).isEqualTo(1);
            assertThat(byAlias.out())
                    .contains("name_taken", "CNAME elsewhere.example.net.", "first._domainkey.example.org.")
                    .contains("selectorctl retry " + DOMAIN);
            assertThat(explain(taken)).contains("halted", "name_taken", "CNAME elsewhere.example.net.");

            anotherTemplate(taken, "second");
            awaitExplained(taken, "name_taken", "v=DKIM1; p=somebody's");
            Output byText = taken.ctl("rotate", "now", DOMAIN, "--wait=90s");
            assertThat(byText.exit()).as(byText.out() + byText.err()).isEqualTo(1);
            assertThat(byText.out()).contains("name_taken", "v=DKIM1; p=somebody's", "second._domainkey.example.org.");
            assertThat(order(byText)).as("it stayed open").isEqualTo(order(byAlias));
            assertThat(keyRecords(taken)).isEqualTo(theirs);

            anotherTemplate(taken, "\"third{random:8}\"");
            Output free = taken.ctl("rotate", "now", DOMAIN, "--wait=90s");
            assertThat(free.exit()).as(free.out() + free.err() + taken.log()).isZero();
            assertThat(order(free)).isEqualTo(order(byAlias));
            assertThat(taken.inState("ACTIVE")).singleElement().asString().startsWith("third");
            assertThat(keyRecords(taken)).containsAll(theirs);
        }
    }

    @Test
    @Order(7)
    @Execution(ExecutionMode.CONCURRENT)
    void recordsFollowTheirNameIntoAZoneOfItsOwnAndBackWithoutAPerson() throws Exception {
        BedZone whole = BedZone.of(DOMAIN + ".").signing(DOMAIN).negativeTtl(1);
        BedZone cutOff =
                BedZone.of("_domainkey." + DOMAIN + ".").signing(DOMAIN).negativeTtl(1);
        try (SelectordBed cut = SelectordBed.create(0, whole, cutOff)) {
            Bind server = cut.bind().primary();
            String both = Files.readString(server.directory().resolve("named.conf"));
            String one = both.substring(0, both.indexOf("zone \"" + cutOff.apex()));
            server.reconfigure(conf -> one);
            cut.audit("1s").start().startOpenDkim();
            cut.awaitStandby();

            server.reconfigure(conf -> both);
            awaitRecordsIn(cut, cutOff);

            server.reconfigure(conf -> one);
            awaitRecordsIn(cut, whole);
            Output rotated = cut.ctl("rotate", "now", DOMAIN, "--wait=90s");
            assertThat(rotated.exit())
                    .as(rotated.out() + rotated.err() + cut.log())
                    .isZero();
        }
    }

    private static void awaitRecordsIn(SelectordBed bed, BedZone zone) {
        String active = bed.inState("ACTIVE").get(0);
        awaitExplained(bed, "zone " + zone.apex());
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(bed.bind().primary().dig(owner(active), "TXT")).hasSize(1);
            assertThat(explain(bed)).doesNotContain("halted");
        });
    }

    private static void anotherTemplate(SelectordBed taken, String selector) {
        taken.policy("selector", selector);
        assertThat(taken.ctl("reload").exit()).isZero();
        assertThat(taken.ctl("retry", DOMAIN).exit()).isZero();
    }

    // ---- the installation of the story

    private Bind primary() {
        return bed.bind().primary();
    }

    /** The zone is frozen, and a flip has made a successor due; its selector. */
    private String standbyThatCannotBePublished() {
        bed.awaitStandby();
        primary().rndc("freeze", DOMAIN);
        String successor = rotateAndAwaitSuccessor();
        awaitExplained("REFUSED");
        assertThat(served(successor, "TXT")).isEmpty();
        return successor;
    }

    private String rotateAndAwaitSuccessor() {
        Output rotated = bed.ctl("rotate", "now", DOMAIN, "--wait=90s");
        assertThat(rotated.exit()).as(rotated.out() + rotated.err() + bed.log()).isZero();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> bed.inState("GENERATED").size() == 1);
        return bed.inState("GENERATED").get(0);
    }

    private void assertThatItIsReady(String successor) {
        assertThat(bed.awaitStandby().get(1)).as("the same key as before").isEqualTo(successor);
        assertThat(served(successor, "TXT")).hasSize(1);
        assertThat(bed.bind().secondary(0).dig(owner(successor), "TXT")).hasSize(1);
    }

    private List<String> served(String selector, String type) {
        return primary().dig(owner(selector), type);
    }

    private static String owner(String selector) {
        return selector + "._domainkey." + DOMAIN;
    }

    private String selectorInUse() {
        SigningDomain domain = new SigningDomain(DOMAIN);
        ProbeAnswer answer = new MilterProbe(bed.openDkim().address())
                .show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(5)));
        return Optional.of(answer)
                .filter(ProbeAnswer.Passed.class::isInstance)
                .map(ProbeAnswer.Passed.class::cast)
                .flatMap(passed -> OutsideWatch.selectorOf(passed.message(), domain))
                .orElseThrow(() -> new AssertionError("not signed: " + answer));
    }

    private String explain() {
        return explain(bed);
    }

    private static String explain(SelectordBed of) {
        Output explained = of.ctl("explain", DOMAIN);
        assertThat(explained.exit()).as(explained.err()).isZero();
        return explained.out();
    }

    private void awaitExplained(String... parts) {
        awaitExplained(bed, parts);
    }

    private static void awaitExplained(SelectordBed of, String... parts) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(explain(of)).contains(parts));
    }

    private static String order(Output rotated) {
        Matcher matcher = ORDER.matcher(rotated.out());
        assertThat(matcher.find()).as(rotated.out()).isTrue();
        return matcher.group(1);
    }

    private void awaitDone(String order) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(bed.http("GET", "/v1/orders/" + order, Optional.empty())
                                .body())
                        .contains("\"result\":\"DONE\""));
    }

    private static String hostPort(Bind server) {
        return "127.0.0.1:" + server.address().getPort();
    }

    /** Everything at or below _domainkey, without what changes by itself. */
    private static List<String> keyRecords(SelectordBed of) {
        return of.bind().primary().axfr(DOMAIN + ".").stream()
                .filter(line -> line.contains("._domainkey."))
                .sorted()
                .toList();
    }

    private static int secondsIn(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static Map<String, String> clockWrongBy(String offset) {
        Optional<Path> library = libfaketime();
        Peers.require(library.isPresent(), "libfaketime.so.1 below /usr/lib");
        return Map.of(
                "LD_PRELOAD",
                library.orElseThrow().toString(),
                "FAKETIME",
                offset,
                "DONT_FAKE_MONOTONIC",
                "1",
                // without it the JVM's timed waits end at once, and it spins
                "FAKETIME_FORCE_MONOTONIC_FIX",
                "0");
    }

    private static Optional<Path> libfaketime() {
        return Stream.of("x86_64-linux-gnu", "aarch64-linux-gnu", "")
                .map(machine -> Path.of("/usr/lib", machine, "faketime", "libfaketime.so.1"))
                .filter(Files::exists)
                .findFirst();
    }
}
