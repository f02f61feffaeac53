package org.selectord.admin.api;

import java.time.Instant;
import java.util.Optional;

/**
 * A transition or an act.
 *
 * @param event a state's name, a step, ORDER or HALTED
 * @param askedBy the name of the token of the person who asked, where one did
 */
public record HistoryLine(
        String domain, Instant at, String event, Optional<String> selector, String text, Optional<String> askedBy) {}
