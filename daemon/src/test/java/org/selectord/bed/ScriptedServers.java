package org.selectord.bed;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.selectord.dnsupdate.DnsSettings;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.ServerAnswer;
import org.selectord.dnsupdate.ServerAnswer.Kind;
import org.selectord.dnsupdate.TsigKey;
import org.selectord.dnsupdate.TsigSecret;
import org.selectord.dnsupdate.TxtRRset;
import org.selectord.dnsupdate.TxtRecord;
import org.selectord.dnsupdate.Zone;

/** The authoritative servers of every zone, as a table: {@code new ScriptedServers("ns1", "ns2").serve(owner, text).silent("ns2")}. */
public final class ScriptedServers implements PropagationCheck {
    private final List<String> names;
    private final Map<String, List<String>> served = new ConcurrentHashMap<>();
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private volatile Optional<String> problem = Optional.empty();
    private volatile boolean hanging;

    public ScriptedServers(String... names) {
        this.names = List.of(names);
    }

    /** Every server serves one TXT record of these texts each at that name. */
    public ScriptedServers serve(OwnerName owner, String... texts) {
        names.forEach(name -> serveAt(name, owner, texts));
        return this;
    }

    public ScriptedServers serve(TestKey... keys) {
        for (TestKey key : keys) {
            serve(key.owner(), key.record());
        }
        return this;
    }

    public ScriptedServers serveAt(String server, OwnerName owner, String... texts) {
        served.put(server + " " + owner, List.of(texts));
        return this;
    }

    public ScriptedServers silent(String server) {
        silent.add(server);
        return this;
    }

    /** Which servers are authoritative is not known. */
    public ScriptedServers unknown(String why) {
        problem = Optional.of(why);
        return this;
    }

    /** Never answers, until it is interrupted. */
    public ScriptedServers hanging() {
        hanging = true;
        return this;
    }

    @Override
    public Map<OwnerName, Propagation> look(Zone zone, Set<OwnerName> owners) {
        if (hanging) {
            hang();
        }
        Map<OwnerName, Propagation> seen = new HashMap<>();
        owners.forEach(owner -> seen.put(
                owner,
                new Propagation(names.stream().map(name -> answer(name, owner)).toList(), problem)));
        return seen;
    }

    private static void hang() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ServerAnswer answer(String name, OwnerName owner) {
        List<String> texts = silent.contains(name)
                ? List.of()
                : Optional.ofNullable(served.get(name + " " + owner)).orElse(List.of());
        Optional<TxtRRset> found = texts.isEmpty()
                ? Optional.empty()
                : Optional.of(new TxtRRset(
                        owner, 3600, texts.stream().map(ScriptedServers::split).toList()));
        return new ServerAnswer(
                name,
                silent.contains(name) ? Kind.SILENT : Kind.ANSWERED,
                found,
                OptionalLong.empty(),
                OptionalLong.empty(),
                silent.contains(name) ? "timeout" : "NOERROR");
    }

    private static TxtRecord split(String text) {
        List<String> strings = new ArrayList<>();
        for (int from = 0; from == 0 || from < text.length(); from += 200) {
            strings.add(text.substring(from, Math.min(text.length(), from + 200)));
        }
        return new TxtRecord(strings);
    }

    /** A zone that nobody is asked about but these servers. */
    public static Zone zone(String apex) {
        return new Zone(
                OwnerName.of(apex),
                new DnsSettings(
                        "test",
                        List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 53)),
                        new TsigKey(OwnerName.of("test"), "hmac-sha256", new TsigSecret(new byte[32])),
                        Duration.ofHours(1),
                        Optional.empty(),
                        List.of(),
                        DnsSettings.DEFAULT_FUDGE,
                        DnsSettings.DEFAULT_LATE_MARGIN));
    }

    @Override
    public String toString() {
        return Stream.concat(names.stream(), served.keySet().stream()).collect(Collectors.joining(", "));
    }
}
