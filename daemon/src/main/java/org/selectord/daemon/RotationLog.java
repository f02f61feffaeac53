package org.selectord.daemon;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.selectord.key.KeyId;
import org.selectord.key.KeyType;
import org.selectord.rotation.Halt;
import org.selectord.rotation.KeyState;
import org.selectord.rotation.ManagedDomain;
import org.selectord.rotation.ManagedKey;
import org.selectord.rotation.Order;
import org.selectord.rotation.Outcome;
import org.selectord.rotation.RotationListener;
import org.selectord.rotation.Step;
import org.selectord.rotation.Task;
import org.selectord.rotation.Verb;
import org.selectord.rotation.Wait;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The log of the rotations, each line with its domain, selector and step: states, acts, orders, and what is waited for, once and not at every try. The
 * history has the same with its evidence, and keeps it.
 */
final class RotationLog implements RotationListener {
    private static final Logger LOG = LoggerFactory.getLogger(RotationLog.class);

    @Override
    public void stepFinished(Task task, Outcome outcome, Duration took) {
        Step step = task.step();
        about(task.domain(), step.key(), step.verb().name(), () -> {
            if (outcome instanceof Outcome.Unknown unknown) {
                LOG.warn(
                        "{} at {}: not known whether it was done ({}); it is looked at before it is tried again",
                        step.verb(),
                        step.target(),
                        unknown.cameBack());
            } else if (outcome instanceof Outcome.Done && !step.verb().looks()) {
                LOG.info("{} done at {} in {} ms", step.verb(), step.target(), took.toMillis());
            } else {
                LOG.debug("{} at {} in {} ms: {}", step.verb(), step.target(), took.toMillis(), outcome);
            }
        });
    }

    @Override
    public void recorded(ManagedDomain before, ManagedDomain after) {
        after.keys().forEach(key -> tellState(before, after, key));
        before.keys().forEach(key -> after.find(key.id()).ifPresent(now -> tellLost(after, key, now)));
        after.waits().stream().filter(wait -> !isKnown(wait, before)).forEach(wait -> tell(after, wait));
        after.orders().forEach(order -> tellClosing(before, order));
        tellHalts(before, after);
    }

    private static void tellState(ManagedDomain before, ManagedDomain after, ManagedKey key) {
        Optional<KeyState> was = before.keys().stream()
                .filter(old -> old.id().equals(key.id()))
                .map(ManagedKey::state)
                .findFirst();
        if (!was.equals(Optional.of(key.state()))) {
            about(
                    after,
                    Optional.of(key.id()),
                    "",
                    () -> LOG.info(
                            "{} is {}{}",
                            key.selector(),
                            key.state(),
                            was.map(state -> ", was " + state).orElse("")));
        }
    }

    private static void tellLost(ManagedDomain domain, ManagedKey before, ManagedKey key) {
        key.lostSince(before)
                .forEach((server, answered) -> about(
                        domain,
                        Optional.of(key.id()),
                        Verb.ASK_SERVERS.name(),
                        () -> LOG.warn(
                                "{} does not have the record of {}, which is {}: {}; mail that is verified by its"
                                        + " answers fails: look at NOTIFY and zone transfers there",
                                server,
                                key.selector(),
                                key.state(),
                                answered)));
    }

    private static boolean isKnown(Wait wait, ManagedDomain before) {
        return before.waits().stream()
                .anyMatch(old -> old.verb() == wait.verb()
                        && old.target().equals(wait.target())
                        && old.key().equals(wait.key())
                        && old.waitingFor().equals(wait.waitingFor()));
    }

    private static void tell(ManagedDomain domain, Wait wait) {
        about(
                domain,
                wait.key(),
                wait.verb().name(),
                () -> LOG.warn("{} at {} waits: {}", wait.verb(), wait.target(), wait.waitingFor()));
    }

    private static void tellClosing(ManagedDomain before, Order order) {
        boolean wasOpen = before.orders().stream().anyMatch(old -> old.number() == order.number() && old.isOpen());
        order.closing()
                .filter(closing -> wasOpen)
                .ifPresent(closing -> about(
                        before,
                        order.key(),
                        "",
                        () -> LOG.info(
                                "order {}, {} by {}: {}, {}",
                                order.number(),
                                order.kind(),
                                order.askedBy(),
                                closing.result(),
                                closing.why())));
    }

    private static void tellHalts(ManagedDomain before, ManagedDomain after) {
        for (KeyType chain : KeyType.values()) {
            Optional<Halt> was = Optional.ofNullable(before.halts().get(chain));
            Optional<Halt> is = Optional.ofNullable(after.halts().get(chain));
            if (is.isPresent() && was.isEmpty()) {
                about(
                        after,
                        Optional.empty(),
                        "",
                        () -> LOG.error(
                                "the {} chain is halted, and waits for a person: {}: {}",
                                chain,
                                is.get().reason().word(),
                                is.get().found()));
            } else if (is.isEmpty() && was.isPresent()) {
                about(after, Optional.empty(), "", () -> LOG.info("the {} chain is no longer halted", chain));
            }
        }
    }

    private static void about(ManagedDomain domain, Optional<KeyId> key, String step, Runnable tell) {
        Map<String, String> before = Objects.requireNonNullElse(MDC.getCopyOfContextMap(), Map.of());
        try {
            MDC.put("domain", domain.name().name());
            MDC.put("step", step);
            MDC.put("selector", key.flatMap(id -> selector(domain, id)).orElse(""));
            tell.run();
        } finally {
            MDC.setContextMap(before);
        }
    }

    private static Optional<String> selector(ManagedDomain domain, KeyId id) {
        return domain.keys().stream()
                .filter(key -> key.id().equals(id))
                .map(key -> key.selector().name())
                .findFirst();
    }
}
