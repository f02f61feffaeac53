package org.selectord.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.key.PublicHalf;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.selectord.rotation.Custody;
import org.selectord.rotation.DomainSettings;
import org.selectord.rotation.Finding;
import org.selectord.rotation.Halt;
import org.selectord.rotation.HaltReason;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.Look;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.Reason;
import org.selectord.rotation.RotationListener;
import org.selectord.rotation.RotationPolicy;
import org.selectord.rotation.SignerId;
import org.selectord.rotation.Step;
import org.selectord.rotation.Target;
import org.selectord.rotation.Task;
import org.selectord.rotation.Verb;
import org.selectord.rotation.Wait;
import org.slf4j.LoggerFactory;

/** What the journal says of a rotation. */
class RotationLogTest {
    private static final Instant NOW = Instant.parse("2026-01-05T00:00:00Z");
    private static final SigningDomain DOMAIN = SigningDomain.of("example.org");
    private static final KeyId ID = new KeyId(DOMAIN, 1);
    private static final Target ZONE = Target.zone("main", OwnerName.of("example.org."));

    private final Logger logger = (Logger) LoggerFactory.getLogger(RotationLog.class);
    private final ListAppender<ILoggingEvent> told = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing(); // takes what the MDC holds now
            super.append(event);
        }
    };
    private final RotationLog log = new RotationLog();

    @BeforeEach
    void listen() {
        told.start();
        logger.addAppender(told);
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(told);
        logger.setLevel(null);
        logger.setAdditive(true);
    }

    @Test
    void aStateIsToldOnceWithItsDomainAndSelector() {
        ManagedDomain published = domain(key().reached(KeyState.PUBLISHED, NOW));
        log.recorded(domain(key()), published);
        log.recorded(published, published);
        assertThat(lines()).containsExactly("INFO s1 is PUBLISHED, was GENERATED");
        assertThat(told.list.get(0).getMDCPropertyMap())
                .containsEntry("domain", "example.org")
                .containsEntry("selector", "s1");
    }

    @Test
    void anActIsToldAndALookIsNot() {
        log.stepFinished(task(Verb.WITHDRAW), new Outcome.Done(new Finding.Destroyed(ID)), Duration.ofMillis(12));
        log.stepFinished(task(Verb.ASK_SERVERS), new Outcome.Done(new Finding.Destroyed(ID)), Duration.ofMillis(12));
        assertThat(lines()).containsExactly("INFO WITHDRAW done at zone example.org. at main in 12 ms");
        assertThat(told.list.get(0).getMDCPropertyMap()).containsEntry("step", "WITHDRAW");
    }

    @Test
    void anUnknownOutcomeSaysWhatCameBack() {
        log.stepFinished(task(Verb.PUBLISH), new Outcome.Unknown("timed out after 5 s"), Duration.ofSeconds(5));
        assertThat(lines())
                .singleElement()
                .asString()
                .startsWith("WARN PUBLISH")
                .contains("timed out after 5 s");
    }

    @Test
    void whatIsWaitedForIsToldWhenItChangesAndNotAtEveryTry() {
        ManagedDomain once = waiting(1, "ns2 does not answer");
        log.recorded(domain(key()), once);
        log.recorded(once, waiting(2, "ns2 does not answer"));
        log.recorded(once, waiting(3, "ns2 answers SERVFAIL"));
        assertThat(lines())
                .containsExactly(
                        "WARN ASK_SERVERS at zone example.org. at main waits: ns2 does not answer",
                        "WARN ASK_SERVERS at zone example.org. at main waits: ns2 answers SERVFAIL");
    }

    @Test
    void aHaltIsAnErrorAndItsEndIsTold() {
        ManagedDomain halted = with(
                List.of(), List.of(), Map.of(KeyType.RSA, new Halt(HaltReason.NAME_TAKEN, "a CNAME is there", NOW)));
        log.recorded(domain(key()), halted);
        log.recorded(halted, domain(key()));
        assertThat(lines())
                .containsExactly(
                        "ERROR the RSA chain is halted, and waits for a person: name_taken: a CNAME is there",
                        "INFO the RSA chain is no longer halted");
    }

    @Test
    void theEndOfAnOrderSaysWhoAskedAndHowItEnded() {
        Order open = order(Optional.empty());
        Order closed = order(Optional.of(new Order.Closing(NOW, Order.Result.DONE, "every chain signs")));
        log.recorded(with(List.of(), List.of(open), Map.of()), with(List.of(), List.of(closed), Map.of()));
        assertThat(lines()).containsExactly("INFO order 7, ROTATE_NOW by anna: DONE, every chain signs");
    }

    @Test
    void aServerThatLostTheRecordOfAKeyThatSignsIsWarnedOfOnce() {
        PublicHalf half = new PublicHalf(KeyAlgorithm.RSA_2048, new byte[] {1});
        Map<KeyState, Instant> active = Map.of(KeyState.ACTIVE, NOW);
        ManagedDomain before = domain(
                ManagedKey.adopted(ID, new Selector("s1"), half, Custody.FOREIGN, key().record(), active, Map.of()));
        ServerAnswer answer = new ServerAnswer(
                "ns2",
                ServerAnswer.Kind.ANSWERED,
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                "it answered NXDOMAIN");
        Finding nothing = new Finding.OnServers(ID, new Propagation(List.of(answer), Optional.empty()));
        ManagedDomain after = before.with(
                nothing, new Look(NOW, NOW, true), task(Verb.ASK_SERVERS).settings());
        log.recorded(before, after);
        log.recorded(after, after);
        assertThat(lines())
                .containsExactly("WARN ns2 does not have the record of s1, which is ACTIVE: it answered NXDOMAIN; mail"
                        + " that is verified by its answers fails: look at NOTIFY and zone transfers there");
    }

    @Test
    void aListenerThatFailsKeepsNothingFromTheOthers() {
        RotationListener broken = new RotationListener() {
            @Override
            public void recorded(ManagedDomain before, ManagedDomain after) {
                throw new IllegalStateException("broken");
            }
        };
        ((Logger) LoggerFactory.getLogger(Listeners.class)).setLevel(Level.OFF);
        new Listeners(broken, log).recorded(domain(key()), domain(key().reached(KeyState.PUBLISHED, NOW)));
        assertThat(lines()).hasSize(1);
    }

    private List<String> lines() {
        return told.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }

    private static ManagedKey key() {
        TxtRRset record = new TxtRRset(
                OwnerName.of("s1._domainkey.example.org."),
                3600,
                List.of(new TxtRecord(List.of("v=DKIM1; k=rsa; p=AA=="))));
        return ManagedKey.generated(
                ID, new Selector("s1"), KeyAlgorithm.RSA_2048, new KeyFingerprint("0".repeat(64)), record, NOW);
    }

    private static ManagedDomain domain(ManagedKey key) {
        return new ManagedDomain(
                DOMAIN,
                List.of(key),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1);
    }

    private static ManagedDomain with(List<Wait> waits, List<Order> orders, Map<KeyType, Halt> halts) {
        return new ManagedDomain(
                DOMAIN,
                List.of(key()),
                orders,
                List.of(),
                waits,
                halts,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1);
    }

    private static ManagedDomain waiting(int attempts, String what) {
        Wait wait = new Wait(ZONE, Verb.ASK_SERVERS, Optional.of(ID), NOW, attempts, new Reason(what), NOW);
        return with(List.of(wait), List.of(), Map.of());
    }

    private static Order order(Optional<Order.Closing> closing) {
        return new Order(7, DOMAIN, Order.Kind.ROTATE_NOW, Optional.empty(), Map.of(), "anna", NOW, closing);
    }

    private static Task task(Verb verb) {
        DnsSettings dns = new DnsSettings(
                "main",
                List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                new TsigKey(OwnerName.of("k"), "hmac-sha256", new TsigSecret(new byte[32])),
                Duration.ofHours(1),
                Optional.empty(),
                List.of(),
                DnsSettings.DEFAULT_FUDGE,
                DnsSettings.DEFAULT_LATE_MARGIN);
        Step step = new Step(verb, Optional.of(ID), ZONE, Optional.empty(), Optional.empty(), NOW, List.of());
        return new Task(
                domain(key()),
                new DomainSettings(
                        DOMAIN,
                        RotationPolicy.DEFAULT,
                        dns,
                        List.of(new SignerId("opendkim")),
                        DomainSettings.DEFAULT_AUDIT_INTERVAL),
                step);
    }
}
