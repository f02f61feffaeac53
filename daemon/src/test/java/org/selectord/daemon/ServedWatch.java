package org.selectord.daemon;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Deadline;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterAddress;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.ZoneTransferIn;

/**
 * When each selector came and went, as each server hands out its whole zone and as the signer signs; knows nothing of selectord. What is said of a moment
 * is true of it for certain: an event lies between the begin of the last look without it and the end of the first look with it.
 */
final class ServedWatch implements AutoCloseable {
    private static final Duration INTERVAL = Duration.ofMillis(100);

    /** An event that was seen to have happened: not before the one, not after the other. */
    record Between(Instant notBefore, Instant notAfter) {}

    /** What one place (a server, or the signer) was seen to have. */
    private static final class Place {
        private final Map<String, Between> came = new HashMap<>();
        private final Map<String, Between> went = new HashMap<>();
        private final Map<String, Instant> lastSeenAt = new HashMap<>();
        private Optional<Instant> lookedAt = Optional.empty();

        synchronized void saw(Set<String> selectors, Instant began, Instant ended) {
            Instant before = lookedAt.orElse(Instant.MIN);
            for (String selector : selectors) {
                came.putIfAbsent(selector, new Between(before, ended));
                went.remove(selector);
                lastSeenAt.put(selector, began);
            }
            for (String gone : lastSeenAt.keySet()) {
                if (!selectors.contains(gone)) {
                    went.putIfAbsent(gone, new Between(lastSeenAt.get(gone), ended));
                }
            }
            lookedAt = Optional.of(began);
        }

        synchronized Optional<Between> came(String selector) {
            return Optional.ofNullable(came.get(selector));
        }

        synchronized Optional<Between> went(String selector) {
            return Optional.ofNullable(went.get(selector));
        }
    }

    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(4);
    private final SigningDomain domain;
    private final MilterProbe milter;
    private final Place signer = new Place();
    private final Map<InetSocketAddress, Place> servers = new HashMap<>();
    private final List<String> selectors = new CopyOnWriteArrayList<>();
    private final List<String> troubles = new CopyOnWriteArrayList<>();

    ServedWatch(MilterAddress milter, List<InetSocketAddress> servers, SigningDomain domain) {
        this.milter = new MilterProbe(milter);
        this.domain = domain;
        servers.forEach(server -> this.servers.put(server, new Place()));
    }

    ServedWatch watchServers() {
        servers.forEach((server, place) -> watch(() -> look(place, () -> served(server))));
        return this;
    }

    /** Once it runs. */
    ServedWatch watchSigner() {
        watch(() -> look(signer, this::signsWith));
        return this;
    }

    private void watch(Runnable look) {
        var ticking = clock.scheduleWithFixedDelay(look, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        if (ticking.isCancelled()) {
            throw new IllegalStateException("the watch did not start");
        }
    }

    private interface Look {
        Set<String> take() throws Exception;
    }

    private void look(Place place, Look look) {
        Instant began = Instant.now();
        try {
            place.saw(look.take(), began, Instant.now());
        } catch (Exception e) {
            troubles.add(began + " " + e);
        }
    }

    private Set<String> signsWith() {
        ProbeAnswer answer =
                milter.show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(5)));
        if (!(answer instanceof ProbeAnswer.Passed passed)) {
            throw new IllegalStateException("the signer: " + answer);
        }
        Optional<String> selector = OutsideWatch.selectorOf(passed.message(), domain);
        selector.filter(name -> !selectors.contains(name)).ifPresent(selectors::add);
        return Set.copyOf(selector.stream().toList());
    }

    private Set<String> served(InetSocketAddress server) throws Exception {
        Name below = Name.fromString("_domainkey." + domain.name() + ".");
        ZoneTransferIn transfer = ZoneTransferIn.newAXFR(Name.fromString(domain.name() + "."), server, null);
        transfer.run();
        Set<String> found = new HashSet<>();
        for (Record record : transfer.getAXFR()) {
            if (record instanceof TXTRecord && record.getName().subdomain(below)) {
                found.add(record.getName().relativize(below).toString());
            }
        }
        return found;
    }

    /** Those that ever signed, in their order. */
    List<String> signed() {
        return selectors;
    }

    Between firstSigned(String selector) {
        return signer.came(selector).orElseThrow();
    }

    /** Its last signature. */
    Between lastSigned(String selector) {
        return signer.went(selector).orElseThrow();
    }

    /** When the last of all servers began to show it. */
    Between everywhere(String selector) {
        return last(servers.values().stream()
                .map(place -> place.came(selector).orElseThrow())
                .toList());
    }

    /** When the first of all servers showed it no more; empty while any has it. */
    Optional<Between> withdrawn(String selector) {
        List<Between> went = servers.values().stream()
                .flatMap(place -> place.went(selector).stream())
                .toList();
        return went.size() < servers.size() ? Optional.empty() : Optional.of(first(went));
    }

    private static Between last(List<Between> all) {
        return new Between(
                all.stream().map(Between::notBefore).max(Instant::compareTo).orElseThrow(),
                all.stream().map(Between::notAfter).max(Instant::compareTo).orElseThrow());
    }

    private static Between first(List<Between> all) {
        return new Between(
                all.stream().map(Between::notBefore).min(Instant::compareTo).orElseThrow(),
                all.stream().map(Between::notAfter).min(Instant::compareTo).orElseThrow());
    }

    /** Looks that failed: what they would have shown is not known. */
    List<String> troubles() {
        return new ArrayList<>(troubles);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
