package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.selectord.key.SigningDomain;

/** The only way in for people: records who asked what, durably, then wakes the sweep. Safe from any thread. */
public final class RotationOrders {
    private final KeyRegistry registry;
    private final Supplier<TimeReading> clock;
    private final Runnable wake;

    public RotationOrders(KeyRegistry registry, Supplier<TimeReading> clock, Runnable wake) {
        this.registry = registry;
        this.clock = clock;
        this.wake = wake;
    }

    /**
     * Places an order, or returns the same one when it is open already.
     *
     * @throws UnknownDomainException when the registry does not know the domain
     * @throws RegistryUnavailableException when it could not be recorded: then nothing was ordered
     */
    public Order place(SigningDomain domain, Order.Kind kind, Map<String, String> detail, String askedBy) {
        while (true) {
            ManagedDomain known = registry.find(domain).orElseThrow(() -> new UnknownDomainException(domain));
            Optional<Order> open = known.openOrder(kind);
            if (open.isPresent()) {
                return open.get();
            }
            Instant now = clock.get().at();
            long number = registry.newOrderNumber();
            Order order = new Order(number, domain, kind, Optional.empty(), detail, askedBy, now, Optional.empty());
            ManagedDomain ordered = known.with(order);
            Recorded recorded = new Recorded(ordered, now, List.of(Chronicle.placed(order)));
            if (registry.save(List.of(recorded)).isEmpty()) {
                wake.run();
                return ordered.orders().stream()
                        .filter(placed -> placed.number() == number)
                        .findFirst()
                        .orElseThrow();
            }
        }
    }

    /** The registry has no such domain. */
    public static final class UnknownDomainException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownDomainException(SigningDomain domain) {
            super("no domain " + domain + " is known here; `selectorctl status` lists those that are");
        }
    }
}
