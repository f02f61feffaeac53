package org.selectord.admin.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A transition or an act.
 *
 * @param domain absent for what concerns the whole fleet
 * @param event a state's name, a step, ORDER, HALTED or BREAKER
 * @param askedBy the name of the token of the person it was done for, where one asked
 * @param evidence what it rests on, a fact each
 */
public record HistoryLine(
        Optional<String> domain,
        Instant at,
        String event,
        Optional<String> selector,
        String text,
        Optional<String> askedBy,
        List<String> evidence) {}
