package org.selectord.rotation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.selectord.key.KeyFingerprint;
import org.selectord.key.SigningDomain;

/** The only way in for people: records who asked what, durably, then wakes the sweep. Safe from any thread. */
public final class RotationOrders {
    private final KeyRegistry registry;
    private final DomainCatalog catalog;
    private final Supplier<TimeReading> clock;
    private final Runnable wake;

    public RotationOrders(KeyRegistry registry, DomainCatalog catalog, Supplier<TimeReading> clock, Runnable wake) {
        this.registry = registry;
        this.catalog = catalog;
        this.clock = clock;
        this.wake = wake;
    }

    /**
     * Places an order, or returns the open one that asks for the same.
     *
     * @throws UnknownDomainException when the registry does not know the domain
     * @throws OrderRefusedException when it can never be fulfilled as things stand, or the domain is unlisted: then nothing was ordered
     * @throws RegistryUnavailableException when it could not be recorded: then nothing was ordered
     */
    public Order place(SigningDomain domain, Order.Kind kind, Map<String, String> detail, String askedBy) {
        while (true) {
            ManagedDomain known = registry.find(domain).orElseThrow(() -> new UnknownDomainException(domain));
            Placement placement = new Placement(known, policyOf(domain));
            Optional<Order> open = placement.open(kind, detail);
            if (open.isPresent()) {
                return open.get();
            }
            Instant now = clock.get().at();
            Order order = new Order(
                    registry.newOrderNumber(), domain, kind, Optional.empty(), detail, askedBy, now, Optional.empty());
            ManagedDomain ordered = placement.place(order);
            List<HistoryEntry> entries = new ArrayList<>(List.of(Chronicle.placed(order)));
            entries.addAll(Chronicle.changes(known, ordered, now, List.of()));
            if (registry.save(List.of(new Recorded(ordered, now, entries))).isEmpty()) {
                wake.run();
                return ordered.orders().stream()
                        .filter(placed -> placed.number() == order.number())
                        .findFirst()
                        .orElseThrow();
            }
        }
    }

    /** Before the keystore takes in a private half that an order will name: from here on no domain takes it for a spare. */
    public void give(KeyFingerprint fingerprint) {
        registry.give(fingerprint);
    }

    private RotationPolicy policyOf(SigningDomain domain) {
        return catalog.settingsOf(domain)
                .map(DomainSettings::policy)
                .orElseThrow(() -> new OrderRefusedException(domain
                        + " is unlisted: no file of the configuration names it. It goes on signing and nothing of it is"
                        + " rotated or withdrawn; list it again, then order"));
    }

    /** The registry has no such domain. */
    public static final class UnknownDomainException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnknownDomainException(SigningDomain domain) {
            super("no domain " + domain + " is known here; `selectorctl status` lists those that are");
        }
    }
}
