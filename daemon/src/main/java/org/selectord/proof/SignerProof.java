package org.selectord.proof;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.selectord.dnsupdate.OwnerName;
import org.selectord.dnsupdate.Propagation;
import org.selectord.dnsupdate.PropagationCheck;
import org.selectord.dnsupdate.Zone;
import org.selectord.key.Selector;
import org.selectord.key.SigningDomain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what a signer signs with and whether that verifies: shows it a message of each domain, one after the other, then asks the authoritative servers of
 * every zone concerned, side by side, and verifies. Blocks, until the deadline at most; any thread.
 */
public final class SignerProof {
    /** A signer answers within milliseconds; one that takes longer than this is not going to. */
    static final Duration ONE_CONVERSATION = Duration.ofSeconds(5);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    private static final int ZONES_AT_ONCE = 8;
    private static final Logger LOG = LoggerFactory.getLogger(SignerProof.class);

    private final MilterProbe probe;
    private final PropagationCheck check;
    private final Clock clock;

    public SignerProof(MilterProbe probe, PropagationCheck check, Clock clock) {
        this.probe = probe;
        this.check = check;
        this.clock = clock;
    }

    /** Whether what a message of a domain was signed with is what the signer was told. */
    public interface AsTold {
        boolean test(SigningDomain domain, Set<Selector> selectors);
    }

    /** One sighting a domain; those that the time did not suffice for are unseen. */
    public Map<SigningDomain, Sighting> look(Map<SigningDomain, Zone> domains, Deadline deadline) {
        return verified(domains, show(domains.keySet(), probing(deadline)), deadline);
    }

    /**
     * The same of a signer that was told something just now and may take it up a moment later: a domain is shown again until it is signed as told, or until
     * patience is over. Only then are the servers asked.
     */
    public Map<SigningDomain, Sighting> lookAfterTelling(
            Map<SigningDomain, Zone> domains, AsTold asTold, Duration patience, Deadline deadline) {
        Deadline probing = probing(deadline);
        Deadline patient = probing.atMost(patience);
        Map<SigningDomain, ProbeAnswer> answers = show(domains.keySet(), probing);
        Set<SigningDomain> unlike = unlike(answers, asTold);
        while (!unlike.isEmpty() && !patient.isOver() && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            answers.putAll(show(unlike, probing));
            unlike = unlike(answers, asTold);
        }
        return verified(domains, answers, deadline);
    }

    /** A third of the time is kept for the servers. */
    private static Deadline probing(Deadline deadline) {
        return deadline.atMost(deadline.left().multipliedBy(2).dividedBy(3));
    }

    private static Set<SigningDomain> unlike(Map<SigningDomain, ProbeAnswer> answers, AsTold asTold) {
        return answers.entrySet().stream()
                .filter(entry -> !(entry.getValue() instanceof ProbeAnswer.Passed passed
                        && asTold.test(entry.getKey(), selectors(entry.getKey(), passed.message()))))
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Map<SigningDomain, ProbeAnswer> show(Set<SigningDomain> domains, Deadline probing) {
        Map<SigningDomain, ProbeAnswer> answers = new LinkedHashMap<>();
        for (SigningDomain domain : domains) {
            if (!probing.isOver()) {
                MailMessage message = MailMessage.probe(domain, clock.instant());
                answers.put(domain, probe.show(message, domain, probing.atMost(ONE_CONVERSATION)));
            }
        }
        return answers;
    }

    private Map<SigningDomain, Sighting> verified(
            Map<SigningDomain, Zone> domains, Map<SigningDomain, ProbeAnswer> answers, Deadline deadline) {
        Map<Zone, Set<OwnerName>> wanted = new HashMap<>();
        domains.forEach((domain, zone) -> Optional.ofNullable(answers.get(domain))
                .ifPresent(answer ->
                        wanted.computeIfAbsent(zone, first -> new HashSet<>()).addAll(owners(domain, answer))));
        wanted.values().removeIf(Set::isEmpty);
        Map<Zone, Map<OwnerName, Propagation>> seen = ask(wanted, deadline);
        Map<SigningDomain, Sighting> sightings = new LinkedHashMap<>();
        domains.forEach((domain, zone) -> sightings.put(
                domain,
                sighting(
                        domain,
                        Optional.ofNullable(answers.get(domain)),
                        Optional.ofNullable(seen.get(zone)).orElse(Map.of()))));
        return sightings;
    }

    private static Set<OwnerName> owners(SigningDomain domain, ProbeAnswer answer) {
        Set<OwnerName> owners = new HashSet<>();
        if (answer instanceof ProbeAnswer.Passed passed) {
            DkimSignature.of(domain, passed.message()).forEach(signature -> owners.add(signature.owner()));
        }
        return owners;
    }

    private Map<Zone, Map<OwnerName, Propagation>> ask(Map<Zone, Set<OwnerName>> wanted, Deadline deadline) {
        if (wanted.isEmpty()) {
            return Map.of();
        }
        List<Zone> zones = new ArrayList<>(wanted.keySet());
        ExecutorService threads = Executors.newFixedThreadPool(Math.min(ZONES_AT_ONCE, zones.size()), work -> {
            Thread thread = new Thread(work, "signer-proof");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<Map<OwnerName, Propagation>>> looks = threads.invokeAll(
                    zones.stream()
                            .map(zone -> (Callable<Map<OwnerName, Propagation>>)
                                    () -> check.look(zone, Set.copyOf(wanted.getOrDefault(zone, Set.of()))))
                            .toList(),
                    deadline.left().toMillis(),
                    TimeUnit.MILLISECONDS);
            return inTime(zones, looks);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        } finally {
            threads.shutdownNow();
        }
    }

    private static Map<Zone, Map<OwnerName, Propagation>> inTime(
            List<Zone> zones, List<Future<Map<OwnerName, Propagation>>> looks) throws InterruptedException {
        Map<Zone, Map<OwnerName, Propagation>> seen = new HashMap<>();
        for (int i = 0; i < zones.size(); i++) {
            try {
                seen.put(zones.get(i), looks.get(i).get());
            } catch (CancellationException e) {
                LOG.info(
                        "the servers of zone {} did not all answer in time",
                        zones.get(i).apex());
            } catch (ExecutionException e) {
                LOG.error(
                        "asking the servers of zone {} failed in a way nobody foresaw",
                        zones.get(i).apex(),
                        e.getCause());
            }
        }
        return seen;
    }

    private Sighting sighting(SigningDomain domain, Optional<ProbeAnswer> answer, Map<OwnerName, Propagation> seen) {
        if (answer.isEmpty()) {
            return new Sighting.Unseen(
                    "the time was over before " + probe.address() + " could be shown a message of " + domain);
        } else if (answer.get() instanceof ProbeAnswer.NoAnswer none) {
            return new Sighting.Unseen(none.cameBack());
        } else if (answer.get() instanceof ProbeAnswer.Refused refused) {
            return new Sighting.Refused(
                    "shown a message of " + domain + " at " + probe.address() + ", " + refused.how());
        } else if (answer.get() instanceof ProbeAnswer.Passed passed) {
            return MessageVerifier.judge(passed.message(), domain, seen)
                    .<Sighting>map(
                            verification -> new Sighting.Signed(selectors(domain, passed.message()), verification))
                    .orElseGet(() -> new Sighting.Unsigned("a message of " + domain + " came back from "
                            + probe.address() + " without a signature of " + domain));
        }
        throw new IllegalStateException("an answer nobody reads: " + answer);
    }

    private static Set<Selector> selectors(SigningDomain domain, MailMessage message) {
        Set<Selector> selectors = new HashSet<>();
        for (DkimSignature signature : DkimSignature.of(domain, message)) {
            try {
                selectors.add(new Selector(signature.selector()));
            } catch (IllegalArgumentException e) {
                LOG.debug("{} is signed with a selector that is none of ours: {}", domain, e.getMessage());
            }
        }
        return selectors;
    }
}
