package org.selectord.rotation;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.selectord.key.SigningDomain;

/** All domains together: asks what has flipped, and where the canaries stand, once for a batch of domains. Safe from any thread. */
public final class Fleet {
    private final FleetBrakes brakes;
    private final Records records;
    private final DomainCatalog catalog;
    private final Supplier<FleetSettings> settings;

    /** Where the records of canaries are found. */
    public interface Records {
        Optional<ManagedDomain> find(SigningDomain domain);
    }

    public Fleet(FleetBrakes brakes, Records records, DomainCatalog catalog, Supplier<FleetSettings> settings) {
        this.brakes = brakes;
        this.records = records;
        this.catalog = catalog;
        this.settings = settings;
    }

    /** For one batch. Blocks; throws {@link RegistryUnavailableException}. */
    public FlipGate gate(Instant now) {
        FleetSettings fleet = settings.get();
        List<FlipGate.Canary> canaries =
                fleet.canaries().stream().flatMap(this::canary).toList();
        FlipLedger ledger =
                brakes.ledger().only(name -> catalog.settingsOf(name).isPresent());
        return new FlipGate(ledger, fleet, canaries, now);
    }

    private Stream<FlipGate.Canary> canary(SigningDomain name) {
        return catalog
                .settingsOf(name)
                .flatMap(known -> records.find(name).map(domain -> new FlipGate.Canary(domain, known)))
                .stream();
    }
}
