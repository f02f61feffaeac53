package org.selectord.admin.api;

import java.util.List;
import java.util.Optional;

/**
 * Where one signing domain stands.
 *
 * @param state the worst that is true: unlisted (the configuration does not name it), halted (a chain of it waits for a person), waiting (no key signs yet), signing
 * @param listed whether the configuration names it; else it goes on signing and is not rotated
 * @param signing the ACTIVE key of each chain
 * @param keys all there ever were; REMOVED ones are tombstones
 * @param next the earliest thing that is due
 * @param missingAliases of a delegated domain: what the customer has to add
 * @param orders those still open
 */
public record DomainStatus(
        String domain,
        String state,
        boolean listed,
        List<SigningSelector> signing,
        List<KeyStatus> keys,
        Optional<PlannedStep> next,
        List<DomainHalt> halts,
        List<DomainWait> waits,
        Optional<DomainHold> hold,
        List<DomainWaiver> waivers,
        List<MissingAlias> missingAliases,
        List<OrderStatus> orders) {}
