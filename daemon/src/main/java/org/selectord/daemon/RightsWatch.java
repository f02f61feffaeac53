package org.selectord.daemon;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.selectord.config.Configuration;
import org.selectord.config.Problem.Severity;
import org.selectord.key.SigningDomain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the rights of our TSIG keys at start, after a reload and once a day, on a thread of its own, and says what it found. Stops nothing. */
final class RightsWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RightsWatch.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(thread());
    private final RightsCheck check;
    private final Supplier<Configuration> configuration;
    private final Set<String> said = new HashSet<>();
    private Optional<Future<?>> daily = Optional.empty();
    private volatile List<RightsCheck.Finding> found = List.of();

    RightsWatch(RightsCheck check, Supplier<Configuration> configuration) {
        this.check = check;
        this.configuration = configuration;
    }

    private static ThreadFactory thread() {
        return work -> {
            Thread thread = new Thread(work, "rights");
            thread.setDaemon(true);
            return thread;
        };
    }

    void start() {
        daily = Optional.of(thread.scheduleWithFixedDelay(this::look, 0, 1, TimeUnit.DAYS));
    }

    /** Another configuration may need other rights. */
    void lookAgain() {
        thread.execute(this::look);
    }

    /** What the last look has to say of a domain. */
    List<String> of(SigningDomain domain) {
        return found.stream()
                .filter(finding -> finding.domains().contains(domain))
                .map(RightsCheck.Finding::toString)
                .toList();
    }

    private void look() {
        try {
            found = check.look(configuration.get());
            found.forEach(this::say);
        } catch (RuntimeException e) {
            LOG.error("rights were not looked at, which is a bug; they are again in a day", e);
        }
    }

    /** What is too narrow is said each time; what somebody may well leave as it is, once. */
    private void say(RightsCheck.Finding finding) {
        String text = finding.toString();
        if (finding.severity() == Severity.ERROR) {
            LOG.error("{}", text);
        } else if (said.add(text)) {
            LOG.warn("{}", text);
        }
    }

    @Override
    public void close() {
        daily.ifPresent(look -> look.cancel(true));
        thread.shutdownNow();
    }
}
