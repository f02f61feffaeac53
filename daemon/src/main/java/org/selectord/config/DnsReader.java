package org.selectord.config;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.PrimaryTls;
import org.selectord.dnsupdate.TrustAnchor;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigKeyFile;
import org.selectord.dnsupdate.TsigKeyFileException;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.dnsjava.TrustAnchorFile;

/** One entry of {@code dns}. */
final class DnsReader {
    private static final Duration A_SECOND = Duration.ofSeconds(1);
    // RFC 2181 section 8: 31 bits of seconds
    private static final Duration LONGEST_TTL = Duration.ofSeconds(Integer.MAX_VALUE);
    // RFC 8945 section 4.2: 16 bits of seconds, of which the codec takes 15
    private static final Duration LONGEST_FUDGE = Duration.ofSeconds(Short.MAX_VALUE);
    private static final String USUAL_ALGORITHM = "hmac-sha256";

    private final String name;
    private final Section section;

    private DnsReader(String name, Section section) {
        this.name = name;
        this.section = section;
    }

    /** Empty: something in it was wrong and has been told. */
    static Optional<DnsSettings> read(String name, Section section) {
        return new DnsReader(name, section).settings();
    }

    private Optional<DnsSettings> settings() {
        Shape<InetSocketAddress> server = Shape.text(Addresses::dnsServer);
        Optional<List<InetSocketAddress>> primaries = section.require(
                "primaries", Shape.someOf(section.has("tls") ? Shape.text(Addresses::dnsServerOverTls) : server));
        Section secured = section.section("tls");
        Optional<PrimaryTls> tls = section.has("tls") ? tls(secured) : Optional.empty();
        Optional<TsigKey> tsig = section.require("tsig", this::tsig);
        Duration recordTtl = section.get(
                "record_ttl", Durations.wholeSeconds(A_SECOND, LONGEST_TTL), DnsSettings.DEFAULT_RECORD_TTL);
        List<InetSocketAddress> authoritative = section.get("authoritative", DnsReader::authoritative, List.of());
        List<InetSocketAddress> also = section.get("also", Shape.list(server), List.of());
        Duration fudge =
                section.get("fudge", Durations.wholeSeconds(A_SECOND, LONGEST_FUDGE), DnsSettings.DEFAULT_FUDGE);
        Duration lateMargin =
                section.get("late_margin", Durations.atLeast(Duration.ZERO), DnsSettings.DEFAULT_LATE_MARGIN);
        section.get("lookup", Shape.word(Map.of("system", "system")));
        boolean fence = section.get("fence", Shape.yesOrNo(), true);
        List<TrustAnchor> trustAnchors = section.get("trust_anchors", DnsReader::trustAnchors, List.of());
        section.refuseUnknownKeys();
        return primaries.flatMap(servers -> tsig.map(key -> new DnsSettings(
                name,
                servers,
                key,
                recordTtl,
                Optional.of(authoritative).filter(list -> !list.isEmpty()),
                also,
                fudge,
                lateMargin,
                fence,
                trustAnchors,
                tls)));
    }

    private static Optional<PrimaryTls> tls(Section tls) {
        Optional<OwnerName> name = tls.require("name", Shape.text(OwnerName::of));
        Optional<List<X509Certificate>> ca = tls.require("ca", DnsReader::certificates);
        tls.refuseUnknownKeys();
        return ca.flatMap(authorities -> name.map(server -> new PrimaryTls(authorities, server.withoutDot())));
    }

    private static Optional<List<X509Certificate>> certificates(Node node, String key, Problems problems) {
        return Shape.readableFile().read(node, key, problems).flatMap(file -> {
            try {
                return Optional.of(PrimaryTls.certificates(file));
            } catch (IOException e) {
                problems.error(node.place(), key + ": " + e.getMessage());
                return Optional.empty();
            }
        });
    }

    /** {@code zone}, which is no list, or a list that replaces it. */
    static Optional<List<InetSocketAddress>> authoritative(Node node, String key, Problems problems) {
        if (node instanceof Node.Scalar scalar && scalar.text().equals("zone")) {
            return Optional.of(List.of());
        }
        if (node instanceof Node.Sequence) {
            return Shape.someOf(Shape.text(Addresses::dnsServer)).read(node, key, problems);
        }
        problems.error(node.place(), key + ": expected zone or a list of servers, found " + node.kind());
        return Optional.empty();
    }

    private static Optional<List<TrustAnchor>> trustAnchors(Node node, String key, Problems problems) {
        return Shape.path().read(node, key, problems).flatMap(file -> {
            try {
                return Optional.of(TrustAnchorFile.read(file));
            } catch (IOException e) {
                problems.error(
                        node.place(),
                        key + ": " + file + " cannot be used: " + e.getMessage()
                                + "; it names a file of DS or DNSKEY records in zone-file form, such as dnssec-dsfromkey prints");
                return Optional.empty();
            }
        });
    }

    /** One key, or several while one takes the place of another: the newest first. */
    private Optional<TsigKey> tsig(Node node, String key, Problems problems) {
        Shape<List<TsigKey>> keys = this::keys;
        Optional<List<TsigKey>> read = node instanceof Node.Sequence
                ? Shape.someOf(keys)
                        .read(node, key, problems)
                        .map(lists -> lists.stream().flatMap(List::stream).toList())
                : keys.read(node, key, problems);
        return read.map(TsigKey::newestFirst);
    }

    private Optional<List<TsigKey>> keys(Node node, String key, Problems problems) {
        Optional<List<TsigKey>> read =
                node instanceof Node.Mapping ? spelledOut(node, key).map(List::of) : fromFile(node, key, problems);
        read.stream()
                .flatMap(List::stream)
                .flatMap(each -> each.warning().stream())
                .forEach(warning -> problems.warning(node.place(), key + ": " + warning));
        return read;
    }

    private static Optional<List<TsigKey>> fromFile(Node node, String key, Problems problems) {
        return Shape.path().read(node, key, problems).flatMap(file -> {
            try {
                return Optional.of(TsigKeyFile.read(existing(file)).keys());
            } catch (TsigKeyFileException | IllegalArgumentException e) {
                problems.error(node.place(), key + ": " + e.getMessage());
                return Optional.empty();
            }
        });
    }

    /** Does not quote what names no file: it may be the secret itself. */
    private static Path existing(Path file) {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException(
                    "there is no such file: it names a BIND key file, or is a map {name, algorithm, secret: \"${file:PATH}\"}");
        }
        return file;
    }

    private Optional<TsigKey> spelledOut(Node node, String key) {
        Section tsig = Section.of(node, node.place(), key, section.reading());
        Optional<OwnerName> owner = tsig.require("name", Shape.text(OwnerName::of));
        String algorithm = tsig.get("algorithm", DnsReader::algorithm, USUAL_ALGORITHM);
        Optional<TsigSecret> secret =
                tsig.require("secret", section.reading().secrets().secret(DnsReader::decoded));
        tsig.refuseUnknownKeys();
        return owner.flatMap(is -> secret.map(shared -> new TsigKey(is, algorithm, shared)));
    }

    private static Optional<String> algorithm(Node node, String key, Problems problems) {
        if (node instanceof Node.Scalar scalar
                && scalar.text().toLowerCase(Locale.ROOT).startsWith("hmac-md5")) {
            problems.error(node.place(), key + ": " + TsigKey.NO_MD5);
            return Optional.empty();
        }
        return Shape.word(TsigKey.ALGORITHMS.stream().collect(Collectors.toMap(word -> word, word -> word)))
                .read(node, key, problems);
    }

    private static TsigSecret decoded(String base64) {
        try {
            return new TsigSecret(Base64.getDecoder().decode(base64.strip()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the secret is not base64", null); // the cause quotes a character of it
        }
    }
}
