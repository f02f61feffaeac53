package org.selectord.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.selectord.key.SigningDomain;
import org.selectord.proof.Deadline;
import org.selectord.proof.MailMessage;
import org.selectord.proof.MilterAddress;
import org.selectord.proof.MilterProbe;
import org.selectord.proof.ProbeAnswer;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/**
 * Ten times a second: has the signer sign a message of each domain, and asks every name server for the selector it used. Knows nothing of selectord.
 * What must not be is a breach, and it goes on watching.
 */
final class OutsideWatch implements AutoCloseable {
    static final Duration INTERVAL = Duration.ofMillis(100);

    private static final Pattern SELECTOR = Pattern.compile("(?:^|[;\\s])s=\\s*([^;\\s]+)");

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final MilterProbe milter;
    private final List<InetSocketAddress> servers;
    private final List<SigningDomain> domains;
    private final List<String> breaches = new CopyOnWriteArrayList<>();
    private final Map<String, Instant> lastUsed = new ConcurrentHashMap<>();
    private final Map<String, Instant> firstMissed = new ConcurrentHashMap<>();
    private final List<Instant> looks = new CopyOnWriteArrayList<>();
    private volatile boolean forgivesSilence;

    OutsideWatch(MilterAddress milter, List<InetSocketAddress> servers, List<SigningDomain> domains) {
        this.milter = new MilterProbe(milter);
        this.servers = List.copyOf(servers);
        this.domains = List.copyOf(domains);
    }

    /** What does not answer is no breach: for tests that kill servers. An answer that must not be still is one. */
    OutsideWatch forgivingSilence() {
        forgivesSilence = true;
        return this;
    }

    private static final class SilentException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SilentException(String what, Throwable cause) {
            super(what, cause);
        }
    }

    OutsideWatch start() {
        var ticking = clock.scheduleAtFixedRate(this::look, 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        if (ticking.isCancelled()) {
            throw new IllegalStateException("the watch did not start");
        }
        return this;
    }

    private void look() {
        looks.add(Instant.now());
        try {
            for (SigningDomain domain : domains) {
                Instant at = Instant.now();
                Optional<String> owner = signed(domain).flatMap(message -> ownerOf(message, domain));
                owner.ifPresent(name -> used(name, at));
            }
            lastUsed.keySet().stream()
                    .filter(owner -> !firstMissed.containsKey(owner))
                    .forEach(this::stillThere);
        } catch (SilentException e) {
            if (!forgivesSilence) {
                breaches.add("the watch itself failed: " + e);
            }
        } catch (RuntimeException e) {
            breaches.add("the watch itself failed: " + e);
        }
    }

    private void used(String owner, Instant at) {
        lastUsed.put(owner, at);
        Set<List<String>> served = new HashSet<>();
        for (InetSocketAddress server : servers) {
            List<String> found = txt(server, owner);
            served.add(found);
            if (found.size() != 1 || !found.get(0).matches("v=DKIM1;.*p=[A-Za-z0-9+/=]{100,}.*")) {
                breaches.add(at + " " + owner + " signs, and " + server + " serves " + found);
            }
        }
        if (served.size() > 1) {
            breaches.add(at + " " + owner + " signs, and the servers differ: " + served);
        }
    }

    private void stillThere(String owner) {
        if (servers.stream().anyMatch(server -> txt(server, owner).isEmpty())) {
            firstMissed.put(owner, Instant.now());
        }
    }

    /** A message of this domain as the signer lets it go; a breach if it does not, or not signed. */
    Optional<MailMessage> signed(SigningDomain domain) {
        ProbeAnswer answer =
                milter.show(MailMessage.probe(domain, Instant.now()), domain, Deadline.in(Duration.ofSeconds(5)));
        if (answer instanceof ProbeAnswer.Passed passed
                && selectorOf(passed.message(), domain).isPresent()) {
            return Optional.of(passed.message());
        }
        if (!forgivesSilence || answer instanceof ProbeAnswer.Passed) {
            breaches.add(Instant.now() + " a message of " + domain + " was not signed: " + answer);
        }
        return Optional.empty();
    }

    static Optional<String> selectorOf(MailMessage message, SigningDomain domain) {
        return message.headers().stream()
                .filter(header -> header.name().equalsIgnoreCase("DKIM-Signature"))
                .map(header -> header.value().replaceAll("\r\n[ \t]", " "))
                .filter(value -> value.matches("(?s).*[;\\s]d=" + Pattern.quote(domain.name()) + "[;\\s].*"))
                .map(SELECTOR::matcher)
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1))
                .findFirst();
    }

    private static Optional<String> ownerOf(MailMessage message, SigningDomain domain) {
        return selectorOf(message, domain).map(selector -> selector + "._domainkey." + domain.name() + ".");
    }

    /** The joined strings of each TXT record. */
    private static List<String> txt(InetSocketAddress server, String owner) {
        try {
            SimpleResolver resolver = new SimpleResolver(server);
            resolver.setTCP(true);
            resolver.setTimeout(Duration.ofSeconds(5));
            Message answer =
                    resolver.send(Message.newQuery(Record.newRecord(Name.fromString(owner), Type.TXT, DClass.IN)));
            List<String> texts = new ArrayList<>();
            for (Record record : answer.getSection(Section.ANSWER)) {
                if (record instanceof TXTRecord txt) {
                    texts.add(String.join("", txt.getStrings()));
                }
            }
            return texts;
        } catch (IOException e) {
            throw new SilentException(server + " did not answer for " + owner, e);
        }
    }

    /** What must not be and was seen. */
    List<String> breaches() {
        return breaches;
    }

    int looks() {
        return looks.size();
    }

    /** How long it has watched. */
    Duration watched() {
        return Duration.between(looks.get(0), looks.get(looks.size() - 1));
    }

    /** When the signer was last seen to use it. */
    Optional<Instant> lastUsed(String selector, SigningDomain domain) {
        return Optional.ofNullable(lastUsed.get(selector + "._domainkey." + domain.name() + "."));
    }

    /** When a server was first seen without it. */
    Optional<Instant> firstMissed(String selector, SigningDomain domain) {
        return Optional.ofNullable(firstMissed.get(selector + "._domainkey." + domain.name() + "."));
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
