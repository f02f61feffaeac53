package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/**
 * Somebody on the way to the real BIND meddles with one update or its reply. What is said of it is true at that moment; the same update is done
 * when it is repeated, once; and nothing that comes of the first one after its opposite changes anything.
 */
@Timeout(60)
class MeddlingIT {
    private static final Timeouts IMPATIENT = new Timeouts(Duration.ofMillis(500), Duration.ofSeconds(4));
    private static final AtomicLong EPOCH = new AtomicLong();
    private static BindBed bed;

    private final DnsjavaZoneUpdater impatient = new DnsjavaZoneUpdater(Clock.systemUTC(), IMPATIENT, Given.UNHEARD);
    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);

    @BeforeAll
    static void start() {
        bed = BindBed.start(0, BedZone.of("example.org."));
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
    }

    /** Meddles with the first update; the others pass. */
    abstract static class Meddler implements Between.Gate {
        /** Open when the opposite has been done. */
        final CountDownLatch later = new CountDownLatch(1);

        @Override
        public void before(int number) {}

        @Override
        public final void forth(int number, byte[] update, Socket client, Socket server)
                throws InterruptedException, IOException {
            if (number == 1) {
                update(update, client, server);
            } else {
                ScriptedPeer.sendOctets(server, update);
            }
        }

        @Override
        public final void back(int number, byte[] reply, Socket client) throws InterruptedException, IOException {
            if (number == 1) {
                reply(reply, client);
            } else {
                ScriptedPeer.sendOctets(client, reply);
            }
        }

        void update(byte[] update, Socket client, Socket server) throws InterruptedException, IOException {
            ScriptedPeer.sendOctets(server, update);
        }

        void reply(byte[] reply, Socket client) throws InterruptedException, IOException {
            ScriptedPeer.sendOctets(client, reply);
        }

        /** When the opposite has been done. */
        void opposed() throws IOException {}
    }

    static Stream<Arguments> ways() {
        return Stream.of(
                way("the update is lost", Verdict.UNKNOWN, new Meddler() {
                    @Override
                    void update(byte[] update, Socket client, Socket server) {}
                }),
                way("the update is cut in the middle", Verdict.UNKNOWN, new Meddler() {
                    @Override
                    void update(byte[] update, Socket client, Socket server) throws IOException {
                        byte[] framed = ScriptedPeer.framed(update);
                        server.getOutputStream().write(framed, 0, framed.length / 2);
                        server.close();
                        client.close();
                    }
                }),
                way("the update comes late", Verdict.UNKNOWN, new Meddler() {
                    @Override
                    void update(byte[] update, Socket client, Socket server) throws InterruptedException, IOException {
                        if (later.await(30, TimeUnit.SECONDS)) {
                            ScriptedPeer.sendOctets(server, update);
                        }
                    }
                }),
                way("the update comes twice", Verdict.AS_ASKED, new Meddler() {
                    @Override
                    void update(byte[] update, Socket client, Socket server) throws IOException {
                        ScriptedPeer.sendOctets(server, update);
                        ScriptedPeer.sendOctets(server, update);
                    }
                }),
                way("the update comes again later", Verdict.AS_ASKED, new Meddler() {
                    private byte[] kept = {};

                    @Override
                    void update(byte[] update, Socket client, Socket server) throws IOException {
                        kept = update;
                        ScriptedPeer.sendOctets(server, update);
                    }

                    @Override
                    void opposed() throws IOException {
                        Message answer = Between.send(bed.primary().address(), kept);
                        assertThat(answer.getRcode()).isEqualTo(Rcode.NXRRSET);
                    }
                }),
                way("a forged reply in its place", Verdict.UNKNOWN, new Meddler() {
                    @Override
                    void update(byte[] update, Socket client, Socket server) throws IOException {
                        ScriptedPeer.send(client, ScriptedPeer.reply(new Message(update), Rcode.NOERROR));
                    }
                }),
                way("a forged refusal before the reply", Verdict.AS_ASKED, new Meddler() {
                    @Override
                    void update(byte[] update, Socket client, Socket server) throws IOException {
                        ScriptedPeer.send(client, ScriptedPeer.reply(new Message(update), Rcode.REFUSED));
                        ScriptedPeer.sendOctets(server, update);
                    }
                }),
                way("the reply is lost", Verdict.AS_ASKED, new Meddler() {
                    @Override
                    void reply(byte[] reply, Socket client) {}
                }),
                way("the reply is cut in the middle", Verdict.AS_ASKED, new Meddler() {
                    @Override
                    void reply(byte[] reply, Socket client) throws IOException {
                        byte[] framed = ScriptedPeer.framed(reply);
                        client.getOutputStream().write(framed, 0, framed.length / 2);
                        client.close();
                    }
                }),
                way("the reply drips", Verdict.AS_ASKED, new Meddler() {
                    @Override
                    void reply(byte[] reply, Socket client) throws InterruptedException, IOException {
                        for (byte octet : ScriptedPeer.framed(reply)) {
                            client.getOutputStream().write(octet);
                            if (later.await(20, TimeUnit.MILLISECONDS)) {
                                return;
                            }
                        }
                    }
                }),
                way("the reply bears the number of another message", Verdict.AS_ASKED, new Meddler() {
                    @Override
                    void reply(byte[] reply, Socket client) throws IOException {
                        byte[] other = Arrays.copyOf(reply, reply.length);
                        other[1]++;
                        ScriptedPeer.sendOctets(client, other);
                    }
                }),
                way("one bit of the reply is turned", Verdict.AS_ASKED, new Meddler() {
                    @Override
                    void reply(byte[] reply, Socket client) throws IOException {
                        byte[] other = Arrays.copyOf(reply, reply.length);
                        other[3] ^= 5; // NOERROR becomes REFUSED
                        ScriptedPeer.sendOctets(client, other);
                    }
                }));
    }

    private static Arguments way(String called, Verdict said, Meddler meddler) {
        return Arguments.of(Named.of(called, meddler), said);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("ways")
    void whatIsSaidIsTrueAndTheRepetitionEndsIt(Meddler meddler, Verdict said) throws IOException {
        TxtRRset set = Given.rsa2048("s" + EPOCH.get() + "._domainkey.example.org");
        try (Between between = new Between(bed.primary().address(), meddler)) {
            UpdateResult result = apply(impatient, zone(between), Change.publish(set));
            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(said);
            assertThat(result.found().isPresent()).isEqualTo(said == Verdict.AS_ASKED);
            assertThat(served(set)).isEqualTo(said == Verdict.AS_ASKED ? 1 : 0);

            UpdateResult again = apply(updater, bed.zone("example.org."), Change.publish(set));
            assertThat(again.verdict()).as(again.cameBack()).isEqualTo(Verdict.AS_ASKED);
            assertThat(served(set)).isEqualTo(1);
            UpdateResult opposite = apply(updater, bed.zone("example.org."), Change.withdraw(set));
            assertThat(opposite.verdict()).as(opposite.cameBack()).isEqualTo(Verdict.AS_ASKED);

            meddler.later.countDown();
            meddler.opposed();
            await().during(Duration.ofMillis(50))
                    .pollInterval(Duration.ofMillis(25))
                    .until(() -> served(set) == 0);
        }
    }

    private static UpdateResult apply(DnsjavaZoneUpdater updater, Zone zone, Change change) {
        return updater.apply(zone, Optional.of(new Fence(EPOCH.incrementAndGet(), "it")), List.of(change))
                .get(0);
    }

    private static int served(TxtRRset set) {
        return bed.primary().dig(set.owner().name(), "TXT").size();
    }

    private static Zone zone(Between between) {
        return new Zone(Given.APEX, Given.settings(bed.key(), DnsSettings.DEFAULT_FUDGE, List.of(between.address())));
    }
}
