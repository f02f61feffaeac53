package org.selectord.dnsupdate.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.selectord.dnsupdate.Change;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.Fence;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryAnswer;
import org.selectord.dnsupdate.PrimaryTls;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.UpdateResult;
import org.selectord.dnsupdate.UpdateResult.Verdict;
import org.selectord.dnsupdate.Zone;
import org.selectord.dnsupdate.bed.Authority;
import org.selectord.dnsupdate.bed.BedZone;
import org.selectord.dnsupdate.bed.BindBed;

/** DNS over TLS to the real BIND, with certificates that openssl made. */
@Timeout(60)
class TlsIT {
    private static final String NAME = "ns1.example.net";
    private static final Timeouts IMPATIENT = new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(4));
    private static final OwnerName APEX = OwnerName.of("example.org");

    private static Authority authority;
    private static Authority stranger;
    private static BindBed bed;
    private static InetSocketAddress server;
    private static InetSocketAddress ofYesterday;
    private static int published;

    private final DnsjavaZoneUpdater updater =
            new DnsjavaZoneUpdater(Clock.systemUTC(), Timeouts.DEFAULT, Given.UNHEARD);
    private final DnsjavaZoneUpdater impatient = new DnsjavaZoneUpdater(Clock.systemUTC(), IMPATIENT, Given.UNHEARD);

    @BeforeAll
    static void start() {
        authority = Authority.make();
        stranger = Authority.make();
        bed = BindBed.start(0, BedZone.of("example.org."));
        Path certificate = authority.certificateOf(NAME);
        ofYesterday = bed.primary().alsoOverTls(certificate, "TLSv1.2");
        server = bed.primary().alsoOverTls(certificate, "TLSv1.3");
    }

    @AfterAll
    static void stop() {
        Optional.ofNullable(bed).ifPresent(BindBed::close);
        Optional.ofNullable(authority).ifPresent(Authority::close);
        Optional.ofNullable(stranger).ifPresent(Authority::close);
    }

    @Test
    void recordsArePublishedFencedAndReadBackAndNobodyOnTheWayReadsThem() throws IOException {
        List<TxtRRset> sets = IntStream.range(0, 300)
                .mapToObj(i -> Given.rsa2048("batch" + i + "._domainkey.example.org"))
                .toList();
        try (Tap tap = new Tap(Optional.of(server))) {
            Zone zone = zone(List.of(tap.address()), authority, NAME, bed.key());
            assertThat(updater.apply(
                            zone,
                            Optional.of(new Fence(1, "tls")),
                            sets.stream().map(Change::publish).toList()))
                    .allSatisfy(result ->
                            assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED));
            assertThat(updater.read(zone, List.of(sets.get(7).owner())))
                    .extracting(PrimaryAnswer::found)
                    .containsExactly(Optional.of(sets.get(7)));
            assertThat(tap.heard()).hasSizeGreaterThan(300 * 400).doesNotContain("_domainkey", "DKIM1");
        }
        assertThat(bed.primary().dig("batch299._domainkey.example.org", "TXT")).hasSize(1);
    }

    @Test
    void whichKeyTheServerTakesIsAskedOverTlsToo() throws IOException {
        TsigKey unknown = Given.key("selectord-2027", "another-another-another-another!");
        TsigKey both = TsigKey.newestFirst(List.of(unknown, bed.key()));
        try (Tap tap = new Tap(Optional.of(server))) {
            assertThat(publish(updater, zone(List.of(tap.address()), authority, NAME, both))
                            .verdict())
                    .isEqualTo(Verdict.AS_ASKED);
            assertThat(tap.heard()).doesNotContain("selectord-2027");
        }
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() throws IOException {
        refused(server, stranger, NAME, "its certificate is not to be believed", "one of the authorities in tls.ca");
    }

    @Test
    void aCertificateForAnotherNameIsRefused() throws IOException {
        refused(server, authority, "ns2.example.net", "its certificate is not to be believed", "ns2.example.net");
    }

    @Test
    void aServerWithoutTlsIsRefused() throws IOException {
        refused(bed.primary().address(), authority, NAME, "does it speak TLS 1.3 at this port?");
    }

    /** Measured with BIND 9.18: it ends the handshake without a word. */
    @Test
    void aServerThatHasOnlyAnOlderTlsIsRefused() throws IOException {
        refused(ofYesterday, authority, NAME, "does it speak TLS 1.3 at this port?");
    }

    @Test
    void aServerThatIsSilentHoldsNobodyLongerThanTheDeadline() throws IOException {
        long begunAt = System.nanoTime();
        try (Tap tap = new Tap(Optional.empty())) {
            UpdateResult result = publish(impatient, zone(List.of(tap.address()), authority, NAME, bed.key()));
            assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(result.cameBack()).contains("time over", "does it speak TLS 1.3");
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begunAt))
                .isBetween(IMPATIENT.exchange(), IMPATIENT.exchange().plusSeconds(1));
    }

    @Test
    void theNextPrimaryIsTriedWhereTheFirstCannotProveWhoItIs() {
        Zone zone = zone(List.of(ofYesterday, server), authority, NAME, bed.key());
        assertThat(publish(updater, zone).verdict()).isEqualTo(Verdict.AS_ASKED);
    }

    @Test
    void theNextPrimaryIsTriedWhereTheFirstIsSilentAndThatIsWaitedForOnce() throws IOException {
        try (Tap silent = new Tap(Optional.empty())) {
            Zone zone = zone(List.of(silent.address(), server), authority, NAME, bed.key());
            for (int i = 0; i < 3; i++) {
                UpdateResult result = publish(impatient, zone);
                assertThat(result.verdict()).as(result.cameBack()).isEqualTo(Verdict.AS_ASKED);
            }
            assertThat(silent.sockets).hasSize(1);
        }
    }

    /** Surely nothing was done, it is said why, and no word of ours was to be read on the way. */
    private void refused(InetSocketAddress server, Authority ca, String name, String... said) throws IOException {
        try (Tap tap = new Tap(Optional.of(server))) {
            UpdateResult result = publish(impatient, zone(List.of(tap.address()), ca, name, bed.key()));
            assertThat(result.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(result.unansweredSignedAt()).isEmpty();
            assertThat(result.cameBack())
                    .contains("no TLS with it as " + name, "nothing was sent")
                    .contains(said);
            assertThat(tap.heard()).isNotEmpty().doesNotContain("_domainkey", "selectord");
        }
        assertThat(bed.primary().dig("s" + published + "._domainkey.example.org", "TXT"))
                .isEmpty();
    }

    private static UpdateResult publish(DnsjavaZoneUpdater updater, Zone zone) {
        published++;
        return updater.apply(
                        zone,
                        Optional.empty(),
                        List.of(Change.publish(Given.txt("s" + published + "._domainkey.example.org", "x"))))
                .get(0);
    }

    private static Zone zone(List<InetSocketAddress> primaries, Authority ca, String name, TsigKey key) {
        DnsSettings dns = Given.settings(key, Duration.ofMinutes(5), primaries);
        try {
            PrimaryTls tls = new PrimaryTls(PrimaryTls.certificates(ca.certificate()), name);
            return new Zone(
                    APEX,
                    new DnsSettings(
                            dns.name(),
                            dns.primaries(),
                            dns.tsig(),
                            dns.recordTtl(),
                            dns.authoritative(),
                            dns.also(),
                            dns.fudge(),
                            dns.lateMargin(),
                            false,
                            List.of(),
                            Optional.of(tls)));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** On the way to a server, or in the place of one that says nothing: keeps what the client sends. */
    private static final class Tap implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Optional<InetSocketAddress> server;
        private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
        private final List<Socket> sockets = new ArrayList<>();

        Tap(Optional<InetSocketAddress> server) throws IOException {
            this.server = server;
            start(this::accept);
        }

        InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), listening.getLocalPort());
        }

        String heard() {
            return heard.toString(StandardCharsets.ISO_8859_1);
        }

        private void accept() throws IOException {
            while (true) {
                Socket client = listening.accept();
                sockets.add(client);
                if (server.isPresent()) {
                    Socket beyond =
                            new Socket(server.get().getAddress(), server.get().getPort());
                    sockets.add(beyond);
                    start(() -> forth(client, beyond));
                    start(() -> beyond.getInputStream().transferTo(client.getOutputStream()));
                }
            }
        }

        private void forth(Socket client, Socket beyond) throws IOException {
            InputStream in = client.getInputStream();
            byte[] octets = new byte[16_384];
            for (int count = in.read(octets); count >= 0; count = in.read(octets)) {
                heard.write(octets, 0, count);
                beyond.getOutputStream().write(octets, 0, count);
            }
            beyond.shutdownOutput();
        }

        private interface Work {
            void run() throws IOException;
        }

        private static void start(Work work) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            work.run();
                        } catch (IOException e) {
                            // one of them is done
                        }
                    },
                    "tap");
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
