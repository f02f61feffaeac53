package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Why a domain is where it is: the evidence, and every step that is due or will be, as the planner decided it.
 *
 * @param rights what is wrong with what the zone's TSIG key may write, each with what to do; empty when nothing is known to be
 * @param steps the earliest first
 */
public record Explanation(
        String domain,
        Instant asOf,
        String state,
        boolean listed,
        ClockStatus clock,
        Optional<ZoneEvidence> zone,
        List<String> rights,
        List<KeyEvidence> keys,
        List<PlannedStep> steps,
        List<OpenIntent> intents,
        List<DomainWait> waits,
        List<DomainHalt> halts,
        Optional<DomainHold> hold,
        List<DomainWaiver> waivers,
        List<OrderStatus> orders) {}
