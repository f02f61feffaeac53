package org.selectord.rotation;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.selectord.key.KeyAlgorithm;
import org.selectord.key.SigningDomain;

/** How many new keys of each algorithm the plan asks for in the time ahead: so many spares are made ready. */
public final class KeyDemand {
    private static final int PAGE = 500;

    private final RegistryView registry;
    private final DomainCatalog catalog;
    private final RotationPlanner planner;

    public KeyDemand(RegistryView registry, DomainCatalog catalog, RotationPlanner planner) {
        this.registry = registry;
        this.catalog = catalog;
        this.planner = planner;
    }

    /** As {@link Forecast} says of every domain; of one whose keys sign for less than {@code period}, only so far ahead as they do. */
    public Map<KeyAlgorithm, Integer> within(Duration period, Instant from) {
        Map<KeyAlgorithm, Integer> demand = new EnumMap<>(KeyAlgorithm.class);
        Optional<SigningDomain> last = Optional.empty();
        List<ManagedDomain> page = registry.page(last, PAGE);
        while (!page.isEmpty()) {
            for (ManagedDomain domain : page) {
                catalog.settingsOf(domain.name()).ifPresent(settings -> add(demand, domain, settings, from, period));
            }
            last = Optional.of(page.get(page.size() - 1).name());
            page = registry.page(last, PAGE);
        }
        return Collections.unmodifiableMap(demand);
    }

    private void add(
            Map<KeyAlgorithm, Integer> demand,
            ManagedDomain domain,
            DomainSettings settings,
            Instant from,
            Duration period) {
        Duration signing = settings.policy().signingPeriod();
        Duration ahead = signing.compareTo(period) < 0 ? signing : period;
        Forecast.of(planner, domain, settings, from, ahead).stream()
                .filter(foretold -> foretold.what().equals(KeyState.GENERATED.name()))
                .forEach(foretold -> demand.merge(foretold.algorithm(), 1, Integer::sum));
    }
}
